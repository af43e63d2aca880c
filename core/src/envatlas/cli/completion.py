"""``envatlas completion``: what a shell needs to complete commands, names and options; and completing them."""

from __future__ import annotations

import contextlib
import os
from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete, shell_complete

_VARIABLE: Final = "_ENVATLAS_COMPLETE"
"""The variable by which a shell asks what completes a line; click calls it so."""
_NAME: Final = "envatlas"
_SHELLS: Final[dict[str, type[ShellComplete]]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command("completion", short_help="Print what a shell needs to complete commands and names.")
@click.argument("shell", type=click.Choice([*_SHELLS]))
@click.pass_context
def completion_command(context: click.Context, *, shell: str) -> None:
    """Print the script by which a shell completes commands, options, variables and plugins.

    \b
    bash  echo 'eval "$(envatlas completion bash)"' >> ~/.bashrc
    zsh   echo 'eval "$(envatlas completion zsh)"' >> ~/.zshrc
    fish  envatlas completion fish > ~/.config/fish/completions/envatlas.fish

    In zsh, the line stands behind the one that calls compinit.
    """  # noqa: D301  click's mark of a paragraph that keeps its lines
    click.echo(_SHELLS[shell](context.find_root().command, {}, _NAME, _VARIABLE).source())


def complete(app: click.Command) -> int:
    """Print what completes a shell's line, which the environment holds; nothing else, for the line is being written.

    Args:
        app: The command line.

    Returns:
        The exit status, which shells ignore.
    """
    with contextlib.ExitStack() as undo:
        nowhere = undo.enter_context(open(os.devnull, "w", encoding="utf-8"))
        undo.enter_context(contextlib.redirect_stderr(nowhere))
        saved = os.dup(2)
        undo.callback(os.close, saved)
        undo.callback(os.dup2, saved, 2)
        os.dup2(nowhere.fileno(), 2)
        try:
            return shell_complete(app, {}, _NAME, _VARIABLE, os.environ[_VARIABLE])
        except Exception:  # noqa: BLE001  a plugin's command may fail in any way; running it says how
            return 1
