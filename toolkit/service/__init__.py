"""A lab behind HTTP: programs and people outside ask the judge of one cell."""
