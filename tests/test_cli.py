"""The command line: running it, for its own tests and for those beside it; help and version."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from envatlas.cli import run

if TYPE_CHECKING:
    from tests.conftest import Site

BIN: Final = pathlib.Path(sys.executable).parent
BUNDLED: Final = "envatlas-vllm-"
"""What the names of the bundled plugins' distributions start with."""

_REGISTRY: Final = """\
import os
from envatlas.registry import Registry

registry = Registry(
    "test", group="envatlas.test", filter_variable="TEST_PLUGINS", prefix="A_", environ={environ}
)
"""


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command in this process, and return its standard output."""
    assert run(arguments) == 0
    return capsys.readouterr().out


def registry_of(site: Site, environ: str = "{}") -> str:
    """Write a module with a registry of the site's plugins, and return the option that chooses it.

    Args:
        site: Where the plugins are.
        environ: The source of the environment that the registry reads.
    """
    site.write({"shown_app": _REGISTRY.format(environ=environ)})
    return "--registry=shown_app:registry"


def in_process_of_its_own(
    *arguments: str, site: Site | None = None, redirected: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a fresh process.

    Args:
        arguments: What stands behind the command's name.
        site: A folder of plugins.
        redirected: What a shell does with its streams: ``>&-``.
        environ: Variables that are added to those of this process.
    """
    path = {} if site is None else {"PYTHONPATH": str(site.folder)}
    return subprocess.run(
        ["bash", "-c", f'exec "$0" "$@" {redirected}', BIN / "envatlas", *arguments],
        env={**os.environ, **path, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def objects(text: str) -> dict[str, Mapping[str, Any]]:
    """Return the objects of an array by their names."""
    return {each["name"]: each for each in cast("list[Mapping[str, Any]]", json.loads(text))}


def row(text: str, name: str) -> list[str]:
    """Return the words of the line that starts with a name."""
    return next(line.split() for line in text.splitlines() if line.split()[:1] == [name])


def is_printable(text: str) -> bool:
    """Return whether a terminal shows a text as it is, with nothing in it that moves the cursor or hides letters."""
    return all(letter.isprintable() or letter == "\n" for letter in text)


def test_help_and_version_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    """Both print, and end well."""
    assert "Commands:" in printed(capsys, "--help")
    assert "PATTERN" in printed(capsys, "list", "-h")
    assert printed(capsys, "--version") == "envatlas, version 0.1.0\n"


def test_the_module_is_the_same_as_the_command() -> None:
    """``python -m envatlas`` prints what ``envatlas`` prints."""
    module = subprocess.run([sys.executable, "-m", "envatlas", "plugins"], capture_output=True, check=True)
    command = subprocess.run([BIN / "envatlas", "plugins"], capture_output=True, check=True)
    assert module.stdout == command.stdout


def test_the_help_says_in_a_line_what_each_command_does() -> None:
    """No line is cut, even on a narrow terminal."""
    done = in_process_of_its_own("--help", COLUMNS="80")
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    assert ["list", "List the variables and their values."] in lines
    assert ["plugins", "List the plugins and what became of them."] in lines
    assert "..." not in done.stdout.replace("[ARGS]...", "")


@pytest.mark.parametrize("command", ["check", "diff", "list", "plugins"])
def test_the_help_of_a_command_says_what_its_options_do(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Each option says what it shows or prints."""
    shown = " ".join(printed(capsys, command, "--help").split())
    assert "--json Print JSON: an array of objects." in shown
    assert "--registry MODULE:ATTRIBUTE The registry to show; vLLM's unless it is given." in shown


def test_the_help_is_no_wider_than_can_be_read() -> None:
    """On a wide terminal its lines end after 100 columns at most."""
    assert max(map(len, in_process_of_its_own("list", "--help", COLUMNS="200").stdout.splitlines())) <= 100
