"""Endings: the status of a command, and what it leaves on standard error when something stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from envatlas.cli import run
from envatlas.cli.app import app
from envatlas.vllm import registry
from tests.test_cli import BIN, in_process_of_its_own

if TYPE_CHECKING:
    from tests.conftest import Site


def test_what_envatlas_refuses_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that runs into an error of envatlas's own ends in no traceback."""
    command = click.Command("fails", callback=lambda: registry["VLLM_PROT"])
    monkeypatch.setitem(app.commands, "fails", command)
    assert run(["fails"]) == 2
    assert capsys.readouterr().err == f"Error: {registry.unknown('VLLM_PROT')}\n"


def test_a_command_can_end_with_a_status_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says with ``context.exit`` is the status of the whole."""
    command = click.Command("disagrees", callback=lambda: click.get_current_context().exit(1))
    monkeypatch.setitem(app.commands, "disagrees", command)
    assert run(["disagrees"]) == 1


def test_an_interrupt_is_quiet(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with status 130, and no traceback."""
    import envatlas.cli.plugins

    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(envatlas.cli.plugins, "show_json", interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
    try:
        assert run(["plugins", "--json"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err.strip() == ""


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["plugins"]])
def test_a_closed_pipe_is_quiet(arguments: list[str]) -> None:
    """Where nobody reads any more, a command ends without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run([BIN / "envatlas", *arguments], stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_pipe_that_closes_while_output_waits_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last flush finds the pipe closed, and what is left goes nowhere."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as closing:
        monkeypatch.setattr(sys, "stdout", closing)
        os.close(reading)
        assert run(["plugins", "--json"]) == 1
        closing.write("more")


def test_a_stream_that_cannot_be_reconfigured_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program may have put anything in the place of standard output."""

    class Stream:
        def __init__(self) -> None:
            self.written = ""

        def write(self, text: str) -> None:
            self.written += text

        def flush(self) -> None: ...

        def isatty(self) -> bool:
            return False

    stream = Stream()
    monkeypatch.setattr(sys, "stdout", stream)
    assert run(["--version"]) == 0
    assert stream.written == "envatlas, version 0.1.0\n"


def test_running_the_module_ends_with_the_status_of_the_command() -> None:
    """The status is the process's."""
    for argument, ended in (("--version", 0), ("no-such-command", 2)):
        done = subprocess.run([sys.executable, "-m", "envatlas", argument], capture_output=True, check=False)
        assert done.returncode == ended


def _without(module: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process that cannot import a module."""
    code = f"import sys; sys.modules[{module!r}] = None; from envatlas.__main__ import status; sys.exit(status())"
    return subprocess.run([sys.executable, "-c", code, "list"], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_its_extra_the_command_says_what_to_install(missing: str) -> None:
    """A library that is not there is named, and so is the extra that brings it."""
    done = _without(missing)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"needs {missing}" in done.stderr
    assert "pip install 'envatlas[cli]'" in done.stderr


def test_another_missing_module_is_not_blamed_on_the_extra() -> None:
    """A fault of envatlas itself is shown as what it is."""
    done = _without("envatlas.cli.app")
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize("module", ["click", "rich.cells"])
def test_an_interrupt_while_libraries_are_imported_is_quiet(site: Site, module: str) -> None:
    """Much of a command's time passes there."""
    package = {"rich.__init__": ""} if "." in module else {}
    site.write({**package, module: "raise KeyboardInterrupt"})
    done = in_process_of_its_own("list", site=site)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("streams", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["plugins"], ["--help"]])
def test_a_closed_stream_takes_anything(arguments: list[str], streams: str) -> None:
    """A service may have been started without standard output, without standard error, or without both."""
    done = in_process_of_its_own(*arguments, redirected=streams)
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(done.stdout) is (streams == "2>&-")


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["plugins"], ["--help"]])
def test_output_that_cannot_be_written_is_one_line_and_status_1(arguments: list[str]) -> None:
    """A full disk has no traceback."""
    done = in_process_of_its_own(*arguments, redirected=">/dev/full")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: cannot write the output: [Errno 28] No space left on device\n",
    )


@pytest.mark.parametrize("arguments", [["no-such-command"], ["list", "--no-such-option"], ["--registry", "x", "list"]])
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    """What is wrong goes to standard error."""
    done = in_process_of_its_own(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: envatlas" in done.stderr


@pytest.mark.parametrize("command", ["list", "plugins"])
def test_what_is_wrong_with_variables_and_plugins_changes_no_status(command: str) -> None:
    """A command that lists what is wrong has done what it was asked for."""
    done = in_process_of_its_own(command, VLLM_PLUGINS="engine,nobody", VLLM_PORT="five")
    assert (done.returncode, done.stderr) == (0, "")
    assert "! VLLM_PLUGINS names 'nobody'" in done.stdout
