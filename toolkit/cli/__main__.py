"""Start of the command line: `toolkit`, and `python -m toolkit.cli`.

Everything else is imported once signals have their handler.
"""

from __future__ import annotations

import sys

from .. import interrupts


def main() -> None:
    """Run the command line of this process, and end the process."""
    try:
        interrupts.install()
        from .main import run

        code = run()
        interrupts.finish(code)
    except KeyboardInterrupt as stop:
        code = interrupts.end(stop)
    except Exception as error:
        behind = interrupts.behind(error)
        if behind is None:
            raise
        code = interrupts.end(behind)
    sys.exit(code)


if __name__ == "__main__":
    main()
