"""Processes of others that are no program under study: started, walled in, and ended."""
