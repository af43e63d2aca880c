"""The command ``envatlas``: its subcommands, and what happens when one ends in an error."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import Final

import click

from envatlas.cli.list import list_command
from envatlas.cli.options import registry_option
from envatlas.cli.plugins import plugins_command
from envatlas.errors import EnvatlasError
from envatlas.version import VERSION

_INTERRUPTED: Final = 130
_CLOSED_PIPE: Final = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="envatlas")
@registry_option
def app() -> None:
    """Show the environment variables that an application and its plugins declare.

    The application is vLLM, unless --registry names another.
    """


app.add_command(list_command)
app.add_command(plugins_command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit status.

    Args:
        arguments: What stands behind the command's name; the process's own arguments where it is not given.

    Returns:
        0; 2 for wrong usage and for whatever envatlas refuses; 1 where nobody reads the output any more; 130 after
        Ctrl-C.
    """
    logging.getLogger("envatlas").addHandler(logging.NullHandler())  # the commands show problems themselves
    _write_anything()
    try:
        app.main(arguments, prog_name="envatlas", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except EnvatlasError as error:
        click.echo(f"Error: {error}", err=True)
        return 2
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except (BrokenPipeError, SystemExit):  # click and rich turn the first into the second
        # As Python's documentation of SIGPIPE has it, so that the flush at the end does not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _CLOSED_PIPE
    return 0


def _write_anything() -> None:
    """Let output show what its encoding cannot: an environment holds any bytes."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
