"""`python -m toolkit.cli`, for a Python whose scripts are not on the path."""

from .main import main

main()
