"""The process between the host and an agent: standard library only."""
