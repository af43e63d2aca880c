"""``python -m envatlas``, and the command ``envatlas``."""

from __future__ import annotations

import sys
from typing import Final

_NEEDS: Final = {"click", "rich"}


def main() -> int:
    """Run the command line on the process's arguments, and return the exit status.

    Where the extra ``cli`` is not installed, it says what to install.
    """
    try:
        from envatlas.cli import run  # noqa: PLC0415  the libraries it needs may be missing
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing not in _NEEDS:
            raise
        message = f"envatlas: the command line needs {missing}, which is not installed: pip install 'envatlas[cli]'"
        print(message, file=sys.stderr)  # noqa: T201
        return 1
    return run()


if __name__ == "__main__":
    sys.exit(main())
