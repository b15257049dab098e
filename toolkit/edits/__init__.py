"""A champion's edits as a weave of blocks: what integrity and attribution both read."""
