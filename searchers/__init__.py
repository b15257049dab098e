"""Bundled searchers, loaded through the same entry points as anybody's."""
