"""A reader of edits: which label an edit has, and whether a tuner could have made it."""
