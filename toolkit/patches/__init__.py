"""Unified diffs against the pristine tree: made, checked, applied."""
