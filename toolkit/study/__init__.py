"""Studies: the file that declares one, its space, its task and its data."""
