"""The page of a run: one file, that needs no network and no server (docs/page.md)."""
