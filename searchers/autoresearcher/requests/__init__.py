"""Requests of the staged loop: all that a language model is shown, and in how many tokens."""
