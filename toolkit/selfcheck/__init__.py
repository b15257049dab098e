"""A/A of the whole instrument: made programs that differ by nothing go through all of it.

Gate, verdict and attribution are those of a comparison; only the programs are made (made.py).
"""
