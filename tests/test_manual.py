"""The manual page: it is what the commands say, and roff reads it without complaint."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
from typing import Final

import click
import pytest

from envatlas.cli import commands
from envatlas.cli.manual import manual

ROOT: Final = pathlib.Path(__file__).parent.parent
PAGE: Final = ROOT / "core/man/envatlas.1"
REMEDY: Final = "python -m envatlas.cli.manual > core/man/envatlas.1"


def test_the_page_is_what_the_commands_say() -> None:
    """Whoever changes a command writes the page anew."""
    assert PAGE.read_text(encoding="utf-8") == manual(), f"the manual page is stale; in {ROOT}: {REMEDY}"


def test_the_command_that_mends_it_prints_the_page() -> None:
    """Whatever plugins are installed or left out: it is envatlas's own."""
    assert REMEDY.startswith("python -m envatlas.cli.manual")
    environ = {**os.environ, "COLUMNS": "40", "VLLM_PLUGINS": ""}
    done = subprocess.run(
        [sys.executable, "-m", "envatlas.cli.manual"], capture_output=True, text=True, check=True, env=environ
    )
    assert done.stdout == manual()


def test_every_command_and_every_option_is_in_the_page() -> None:
    """With the line that says what it does."""
    page = manual()
    for name in commands.OWN:
        shown = name.replace("-", r"\-")
        section = page.partition(f".SS envatlas {shown}\n")[2].partition("\n.S")[0]
        assert f"\\fBenvatlas {shown}\\fR [OPTIONS]" in section
        assert "\\fB\\-h, \\-\\-help\\fR\n\\&Show this message and exit." in section
    assert ".TP\n\\fB\\-\\-plugin NAME\\fR\n\\&Only variables of this plugin; repeatable.\n" in page
    assert "\\(aqVLLM_*_TIMEOUT\\(aq" in page


def test_the_page_is_text() -> None:
    """Nothing in it moves a cursor: every character can be printed, or ends a line."""
    assert {letter for letter in manual() if not letter.isprintable()} == {"\n"}


def test_a_table_in_a_help_text_keeps_its_rows() -> None:
    """Each is a term, and what is said of it; what is above them stays a line."""
    page = manual()
    assert "\n\\&A and B are each\n.TP\n\\fBlive\\fR\n\\&the environment of this process\n.TP\n" in page
    assert "\n.TP\n\\fBdotenv\\fR\n\\&as python\\-dotenv reads it\n.TP\n" in page


def test_the_page_says_what_chooses_the_language() -> None:
    """And what an error of a check, or a name that nobody declares, ends with."""
    status, environment = manual().partition(".SH EXIT STATUS")[2].split(".SH ENVIRONMENT")
    assert "\\&check has errors; nobody declares a name; an environment or another file cannot be read;" in status
    assert all(name in environment for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"))


def test_the_commands_of_a_group_are_in_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in a section of its own; what roff would take for a request, or for a quote, is text."""

    @click.group("deep")
    def deep_command() -> None:
        r""".Starts with a dot, and has a \ in it."""

    @deep_command.command("inner")
    @click.argument("name")
    def _inner(name: str) -> None:
        """'Starts with a quote."""

    monkeypatch.setattr(sys.modules[__name__], "deep_command", deep_command, raising=False)
    monkeypatch.setitem(commands.OWN, "deep", (__name__, "Goes down."))
    page = manual()
    assert "\n\\&.Starts with a dot, and has a \\e in it.\n" in page
    assert "\n.SS envatlas deep inner\n\\fBenvatlas deep inner\\fR [OPTIONS] NAME\n" in page
    assert "\n\\&\\(aqStarts with a quote.\n" in page


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not on this machine")
def test_groff_reads_the_page_without_a_warning() -> None:
    """And shows everything in 80 columns, without a word or an escape that it does not know."""
    command = ["groff", "-man", "-ww", "-Tascii", "-P-cbou", "-rLL=80n", str(PAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    shown = " ".join(done.stdout.split())
    assert "envatlas list [OPTIONS] [PATTERN]..." in shown
    assert re.search(r"--registry MODULE:ATTRIBUTE The registry to show; vLLM's unless it is given\.", shown)
    assert (
        "zsh echo 'eval \"$(envatlas completion zsh)\"' >> ~/.zshrc fish envatlas completion fish > ~/.config" in shown
    )
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not on this machine")
def test_mandoc_finds_nothing_wrong_with_the_page() -> None:
    """But that it has no date: it would be one of the day on which somebody ran a command."""
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", PAGE], capture_output=True, text=True, check=False)
    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []
