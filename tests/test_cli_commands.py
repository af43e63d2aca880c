"""Commands: those that plugins add, beside envatlas's own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click
import pytest

from envatlas.cli import run
from envatlas.cli.app import app
from envatlas.cli.plugins import plugins_command
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


def test_a_command_that_another_plugin_has_is_refused_and_reported(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """Both are named; the one that loaded first keeps it."""
    site.add_plugin("bolt", site.declaring("B_PORT") + _COMMANDS.replace("RETURN", "return [greet]"))
    assert run([with_commands(site, "return [greet]"), "greet", "you"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "hello you\n"
    assert shown.err == (
        "! plugin 'bolt', bolt-vllm 1.2, offers a command that cannot be: "
        "plugin 'acme', acme-vllm 1.2, has a command greet already\n"
    )


def test_a_plugin_that_offers_one_command_twice_is_told_so(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """The first is the one that runs."""
    assert run([with_commands(site, "return [greet, greet]"), "greet", "you"]) == 0
    assert "plugin 'acme', acme-vllm 1.2, has a command greet already" in capsys.readouterr().err


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


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("raise SystemExit(9)", 9, ""),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit('no license')", 1, "Error: the plugin's command greet failed: no license\n"),
        (
            "raise RuntimeError('no: ' + KEY)",
            1,
            "Error: the plugin's command greet failed: RuntimeError: no: <secret>\n",
        ),
        ("open('/no/such/file')", 1, "FileNotFoundError"),
    ],
)
def test_a_plugins_command_that_fails_says_so_in_a_line_without_a_secret(
    capsys: pytest.CaptureFixture[str], site: Site, body: str, status: int, said: str
) -> None:
    """A status that it exits with is the command's."""
    key = "Variable('A_KEY', Text(), default=None, help='The key.', secret=True)"
    source = site.declaring(key) + "\nKEY = 'sk-12345678'\n" + _COMMANDS.replace("RETURN", "return [greet]")
    site.add_plugin("acme", source.replace('click.echo(f"hello {name}")', body))
    assert run([registry_of(site, "{'A_KEY': 'sk-12345678'}"), "greet", "you"]) == status
    shown = capsys.readouterr().err
    assert said in shown
    assert "sk-12345678" not in shown
    assert "Traceback" not in shown


def test_what_a_hook_of_commands_quotes_of_a_secret_is_hidden(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """The plugin is active, and adds no commands."""
    key = "Variable('A_KEY', Text(), default=None, help='The key.', secret=True)"
    hook = "\n@hookimpl\ndef envatlas_commands():\n    raise RuntimeError('sk-12345678')\n"
    site.add_plugin("acme", site.declaring(key) + hook)
    assert run([registry_of(site, "{'A_KEY': 'sk-12345678'}"), "--help"]) == 0
    shown = capsys.readouterr().err
    assert "plugin 'acme', acme-vllm 1.2, adds no commands: calling its hook" in shown
    assert "sk-12345678" not in shown


@pytest.mark.parametrize("name", ["'a b'", "'red\\x1b[31m'", "None"])
def test_a_command_without_a_name_that_can_be_typed_is_refused(
    capsys: pytest.CaptureFixture[str], site: Site, name: str
) -> None:
    """And nothing of it moves the cursor."""
    assert run([with_commands(site, f"return [click.Command({name})]"), "--help"]) == 0
    shown = capsys.readouterr().err
    assert "is no name for a command" in shown
    assert "\x1b" not in shown


def test_all_commands_are_listed(site: Site) -> None:
    """Those of plugins as well."""
    with_commands(site, "return [greet]")
    shown = importlib.import_module("shown_app").registry
    with click.Context(app, obj=shown) as context:
        names = app.list_commands(context)
    assert {"greet", "list", "plugins"} <= {*names}
    assert names == sorted(names)


def test_a_mistake_of_envatlass_own_command_is_not_blamed_on_a_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is raised as it is."""

    def fail(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(plugins_command, "callback", fail)
    with pytest.raises(ZeroDivisionError):
        run(["plugins"])


def test_what_is_no_fault_of_the_output_is_not_blamed_on_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that a command does not find, say."""

    def look(**_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "/no/such")

    monkeypatch.setattr(plugins_command, "callback", look)
    assert run(["plugins"]) == 1
    assert capsys.readouterr().err == "Error: [Errno 2] No such file or directory: '/no/such'\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("my-greet", "No such command 'my-greet'. Plugin 'my_greet' is not active: TEST_PLUGINS leaves it out"),
        ("other", "No such command 'other'."),
        ("acme", "No such command 'acme'."),
    ],
)
def test_the_command_of_a_plugin_that_is_not_active_is_refused_with_the_reason(
    capsys: pytest.CaptureFixture[str], site: Site, command: str, said: str
) -> None:
    """It is called like its plugin; of one that has none, nothing is said."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add_plugin("my_greet", site.declaring("B_PORT"))
    assert run([registry_of(site, "{'TEST_PLUGINS': 'acme'}"), command]) == 2
    assert capsys.readouterr().err.endswith(f"Error: {said}\n")
