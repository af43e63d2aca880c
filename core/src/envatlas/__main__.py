"""``python -m envatlas``, and the command ``envatlas``."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Final, NoReturn

_EXTRAS: Final = {"babel": "catalogues", "click": "cli", "rich": "cli"}
"""What a command needs, and the extra that has it."""
_INTERRUPTED: Final = 130


def status() -> int:
    """Run the command line on the process's arguments, and return the exit status.

    Where an extra that it needs is not installed, it says what to install.
    """
    try:
        from envatlas.cli import run  # noqa: PLC0415  the libraries it needs may be missing

        return run()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing not in _EXTRAS:
            raise
        sys.stderr.write(
            f"envatlas: this needs {missing}, which is not installed: pip install 'envatlas[{_EXTRAS[missing]}]'\n"
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
