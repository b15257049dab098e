"""Replies of a language model, taken apart into edits, looks, notes and a stop."""
