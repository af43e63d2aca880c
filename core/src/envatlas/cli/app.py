"""The command ``envatlas``: its subcommands, and what happens when one ends in an error."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Sequence
from typing import Final, cast

import click

from envatlas.cli.commands import Commands
from envatlas.cli.options import registry_option
from envatlas.cli.words import language_option
from envatlas.errors import EnvatlasError
from envatlas.formats.shown import printable
from envatlas.version import VERSION

INTERRUPTED: Final = 130
_COMPLETE: Final = "_ENVATLAS_COMPLETE"
"""The variable by which a shell asks what completes a line, as `envatlas.cli.completion` has it."""
_NO_OUTPUT: Final = 1
_OF_OUTPUT: Final = frozenset({errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EPIPE})
"""What it means that a stream takes no more."""
_WIDEST_HELP: Final = 100


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _WIDEST_HELP})
@click.version_option(VERSION, prog_name="envatlas", help="Show the version, and end.")
@registry_option
@language_option
def app() -> None:
    """Show the environment variables that an application and its plugins declare.

    The application is vLLM, unless --registry names another.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit status.

    Args:
        arguments: What stands behind the command's name; the process's own arguments where it is not given.

    Returns:
        0, or what the command says; 2 for wrong usage and for whatever envatlas refuses; 1 where the output cannot be
        written, be it that nobody reads it any more; 130 after Ctrl-C.
    """
    logging.getLogger("envatlas").addHandler(logging.NullHandler())  # the commands show problems themselves
    _write_anything()
    if _COMPLETE in os.environ:
        from envatlas.cli.completion import complete  # noqa: PLC0415  only a shell that completes a line needs it

        return complete(app)
    try:
        ended: object = app.main(arguments, prog_name="envatlas", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        vars(error)["message"] = _printable(error.message)  # which types say is final
        error.show()
        return error.exit_code
    except EnvatlasError as error:
        for each in _leaves(error):
            click.echo(f"Error: {_printable(str(each))}", err=True)
        return 2
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except (OSError, SystemExit) as error:
        return _unwritten(error)
    return ended if isinstance(ended, int) else 0  # a command that ends by Context.exit() says with what


def _leaves(error: BaseException) -> list[BaseException]:
    """Return the errors of a group; of any other, itself."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for each in cast("BaseExceptionGroup[BaseException]", error).exceptions for leaf in _leaves(each)]
    return [error]


def _printable(text: str) -> str:
    """Return a text of one or more lines without what would move the cursor."""
    return "\n".join(map(printable, text.split("\n")))


def _unwritten(error: BaseException) -> int:
    """Say that the output cannot be written; not where nobody reads it, which click and rich make a SystemExit."""
    if isinstance(error, OSError) and error.errno not in _OF_OUTPUT:
        click.echo(f"Error: {_printable(str(error))}", err=True)
        return _NO_OUTPUT
    if not isinstance(error, BrokenPipeError | SystemExit):
        click.echo(f"Error: cannot write the output: {error}", err=True)
    # As Python's documentation has it in its note on SIGPIPE, so that the flush at the end does not fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.stdout.flush()  # what is left; the process's end finds nothing
    return _NO_OUTPUT


def _write_anything() -> None:
    """Let output show what its encoding cannot: an environment holds any bytes. A closed stream takes anything."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  it is open to the end
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
