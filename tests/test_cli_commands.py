"""Commands: those that plugins add, beside envatlas's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envatlas.cli import run
from tests.test_cli import printed, registry_of

if TYPE_CHECKING:
    from tests.conftest import Site

_COMMANDS = """
import click

@click.command("greet", short_help="Greet somebody.")
@click.argument("name")
def greet(name):
    click.echo(f"hello {name}")

@hookimpl
def envatlas_commands():
    RETURN
"""


def with_commands(site: Site, returned: str) -> str:
    """Install a plugin whose hook of commands runs a statement, and return the option that chooses its registry."""
    site.add_plugin("acme", site.declaring("A_PORT") + _COMMANDS.replace("RETURN", returned))
    return registry_of(site)


def test_a_plugins_command_is_one_of_the_commands(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """It runs, and the help says in a line what it does."""
    option = with_commands(site, "return [greet]")
    assert printed(capsys, option, "greet", "you") == "hello you\n"
    assert "greet Greet somebody." in " ".join(printed(capsys, option, "--help").split())


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("raise RuntimeError('broken')", "calling its hook envatlas_commands raised RuntimeError: broken"),
        ("return 5", "its hook envatlas_commands returned an int, and not an iterable"),
        ("return 'greet'", "its hook envatlas_commands returned a str, and not an iterable"),
        ("return [5]", "offers a command that cannot be: int is no click.Command"),
        ("return [click.Command('list')]", "offers a command that cannot be: envatlas has a command list of its own"),
        ("raise SystemExit", "calling its hook envatlas_commands raised SystemExit"),
    ],
)
def test_a_plugin_that_offers_nonsense_has_no_command_and_takes_none_away(
    capsys: pytest.CaptureFixture[str], site: Site, returned: str, said: str
) -> None:
    """It is named, and the others work."""
    option = with_commands(site, returned)
    assert run([option, "--help"]) == 0
    captured = capsys.readouterr()
    assert said in captured.err
    assert "plugin 'acme', acme-vllm 1.2" in captured.err
    assert "greet" not in captured.out
    assert "A_PORT" in printed(capsys, option, "list")


def test_a_plugin_that_returns_nothing_offers_nothing(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """A hook may find that it has no command here."""
    option = with_commands(site, "return None")
    assert run([option, "--help"]) == 0
    assert capsys.readouterr().err == ""


def test_an_interrupt_in_a_hook_is_the_operators(site: Site) -> None:
    """Ctrl-C ends the command, wherever it is."""
    assert run([with_commands(site, "raise KeyboardInterrupt"), "greet"]) == 130


def test_a_command_that_is_nobodys_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest command is named."""
    assert run(["explian", "VLLM_PORT"]) == 2
    assert "No such command 'explian'" in capsys.readouterr().err
