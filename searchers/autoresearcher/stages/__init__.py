"""Stages of the staged loop, a module each; `loop.py` ties them together."""
