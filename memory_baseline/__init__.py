"""Answers questions about a long conversation with pictures, from memory of its turns."""
