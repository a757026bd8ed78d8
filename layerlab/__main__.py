"""`layerlab` and `python -m layerlab`: the door to the command line, also where the extras are missing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line on `argv` (the process's own by default) and give its exit code."""
    if find_spec("click") is None:
        print("layerlab: the command line needs: pip install 'layerlab[lab]'", file=sys.stderr)
        return 1
    from layerlab.cli import run

    return run(argv)


if __name__ == "__main__":
    sys.exit(main())
