"""``python -m envatlas``, and the command ``envatlas``."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Final, NoReturn

_NEEDS: Final = {"click", "rich"}
_INTERRUPTED: Final = 130


def status() -> int:
    """Run the command line on the process's arguments, and return the exit status.

    Where the extra ``cli`` is not installed, it says what to install.
    """
    try:
        from envatlas.cli import run  # noqa: PLC0415  the libraries it needs may be missing

        return run()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing not in _NEEDS:
            raise
        sys.stderr.write(
            f"envatlas: the command line needs {missing}, which is not installed: pip install 'envatlas[cli]'\n"
        )
        return 1


def main() -> NoReturn:
    """Run the command line, and end the process; what plugins print at its very end is no output of the command."""
    ended = status()
    with contextlib.suppress(OSError):
        os.dup2(2, 1)
    sys.exit(ended)


if __name__ == "__main__":
    main()
