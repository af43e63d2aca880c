"""Completion: what a shell offers while a command is written, and that nothing disturbs the line."""

from __future__ import annotations

import os
import pathlib
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.cli import run
from envatlas.vllm import registry
from tests import foreign_parsers as foreign
from tests.test_cli import BIN, BUNDLED, in_process_of_its_own, printed, registry_of

if TYPE_CHECKING:
    from tests.conftest import Site

Capture = pytest.CaptureFixture[str]

_DRIVERS: Final = {
    # The words of the line are the script's arguments; each prints what the shell would offer, a line each.
    "bash": """
        eval "$(envatlas completion bash)"
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
        _envatlas_completion envatlas
        printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "zsh": """
        compdef() { }
        _describe() { print -rl -- "${(@P)3}" }
        compadd() { print -rl -- "${(@P)5}" }
        eval "$(envatlas completion zsh)"
        words=("$@"); CURRENT=$#
        _envatlas_completion
    """,
    "fish": """
        envatlas completion fish | source
        complete --do-complete "$argv"
    """,
}


BROKEN: Final = """\
from envatlas.registry import Registry

class Broken(Registry):
    def _load(self):
        raise RuntimeError("no")

registry = Broken("broken", group="envatlas.broken")
"""

ACMETIZING: Final = """
import click

@click.command("acmetize", short_help="Acmetizes.")
def acmetize(): ...

@hookimpl
def envatlas_commands():
    return [acmetize]
"""


def offered(shell: str, line: str, **environ: str) -> list[str]:
    """Return what a real shell offers at the end of a line, without the descriptions beside it."""
    words = {"bash": ["bash", *line.split(" ")], "zsh": ["zsh", *line.split(" ")], "fish": [line]}[shell]
    path = f"{BIN}:{os.environ['PATH']}"
    done = subprocess.run(
        [shell, "-c", _DRIVERS[shell], *words],
        env={**os.environ, "PATH": path, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [each.partition("\t")[0].partition(":")[0] for each in done.stdout.splitlines() if each]


def completed(capfd: Capture, *words: str) -> list[str]:
    """Return what completes the last of some words, in this process; nothing else is written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_ENVATLAS_COMPLETE", "bash_complete")
        patch.setenv("COMP_WORDS", " ".join(["envatlas", *(word or "''" for word in words)]))
        patch.setenv("COMP_CWORD", str(len(words)))
        assert run([]) == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    return [line.partition(",")[2] for line in captured.out.splitlines() if line]


@pytest.mark.parametrize("shell", [pytest.param(each, marks=foreign.needs(each)) for each in _DRIVERS])
def test_a_shell_offers_commands_names_and_formats(shell: str) -> None:
    """By the script that is printed for it."""
    assert {"completion", "diff", "export", "list", "plugins"} <= {*offered(shell, "envatlas ")}
    assert offered(shell, "envatlas list VLLM_PO") == ["VLLM_PORT"]
    assert offered(shell, "envatlas list --plugin cu") == ["cuda"]
    assert offered(shell, "envatlas export --format sy") == ["systemd"]


@foreign.needs("bash")
def test_a_shell_offers_nothing_and_shows_nothing_where_a_plugin_is_broken(site: Site) -> None:
    """What the plugin writes and raises stays off the line; the others' names are offered."""
    site.add("loud-vllm", plugins={"loud": "loud_vllm"}, group=registry.group)
    site.write(
        {"loud_vllm": "import os\nprint('loud')\nos.system('echo louder; echo loudest >&2')\nraise SystemExit(3)"}
    )
    assert offered("bash", "envatlas list VLLM_PO", PYTHONPATH=str(site.folder)) == ["VLLM_PORT"]
    assert offered("bash", "envatlas list --plugin lo", PYTHONPATH=str(site.folder)) == ["loading", "logging", "loud"]
    assert offered("bash", "envatlas pl", PYTHONPATH=str(site.folder)) == ["plugins"]


def test_a_registry_that_cannot_be_imported_offers_nothing_wrong(capfd: Capture, site: Site) -> None:
    """Vllm's names are offered in its place, as before it was written."""
    site.write({"broken_app": "raise RuntimeError('no')"})
    assert completed(capfd, "list", "--registry", "broken_app:registry", "VLLM_PO") == ["VLLM_PORT"]


def test_a_registry_that_cannot_load_offers_nothing(capfd: Capture, site: Site) -> None:
    """Nor does it say why, in the middle of a line."""
    site.write({"broken_app": BROKEN})
    option = "--registry=broken_app:registry"
    assert completed(capfd, option, "list", "V") == []
    assert completed(capfd, option, "list", "--plugin", "") == []
    assert completed(capfd, option, "export", "--secret", "") == []
    assert completed(capfd, option, "pl") == ["plugins"]


def test_a_language_without_words_takes_nothing_away(capfd: Capture) -> None:
    """What is offered has its help in English, as where none is named: the line may not be at its end."""
    assert completed(capfd, "diff", "--language", "xx", "l") == ["live"]
    assert completed(capfd, "list", "--language", "xx", "VLLM_PO") == ["VLLM_PORT"]
    assert completed(capfd, "--language", "xx", "pl") == ["plugins"]


@pytest.mark.parametrize("command", ["list", "export"])
def test_names_are_completed_in_any_case(capfd: Capture, command: str) -> None:
    """All that begin so."""
    assert completed(capfd, command, "vllm_dp_") == sorted(
        each.name for each in registry if each.name[:8] == "VLLM_DP_"
    )


def test_the_names_of_inactive_plugins_are_completed_as_well(capfd: Capture, site: Site) -> None:
    """Whoever asks for one is told why it is not there."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    option = registry_of(site, "{'TEST_PLUGINS': ''}")
    assert completed(capfd, option, "list", "") == ["A_PORT", "TEST_PLUGINS"]
    assert completed(capfd, option, "list", "--plugin", "A") == ["acme"]


def test_only_secrets_complete_the_name_of_a_secret(capfd: Capture) -> None:
    """Those of the active plugins, of which one can be exported."""
    bundled = {each.name for each in registry if registry.owner(each.name).distribution.startswith(BUNDLED)}
    found = {*completed(capfd, "export", "--secret", "")}
    assert found & bundled == {"S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "VLLM_API_KEY"}


def test_a_name_that_a_shell_would_not_take_as_it_stands_is_not_offered(capfd: Capture, site: Site) -> None:
    """It would have to be quoted."""
    site.add("acme-vllm", plugins={"a b": "acme_vllm", "$(acme)": "acme_vllm", "acme": "acme_vllm"})
    option = registry_of(site, "{'TEST_PLUGINS': ''}")
    assert completed(capfd, option, "list", "--plugin", "") == ["acme"]


def test_commands_and_options_are_completed(capfd: Capture, site: Site) -> None:
    """Those of plugins as well."""
    site.add_plugin("acme", site.declaring("A_PORT") + ACMETIZING)
    option = registry_of(site)
    assert completed(capfd, option, "acme") == ["acmetize"]
    assert completed(capfd, option, "pl") == ["plugins"]
    assert "--registry" in completed(capfd, "--r")
    assert "--values-only" in completed(capfd, "diff", "--v")


def test_an_environment_is_this_process_or_a_path(capfd: Capture) -> None:
    """Which the shell completes."""
    assert completed(capfd, "diff", "li") == ["live"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_ENVATLAS_COMPLETE", "bash_complete")
        patch.setenv("COMP_WORDS", "envatlas diff prod")
        patch.setenv("COMP_CWORD", "2")
        assert run([]) == 0
    assert capfd.readouterr().out == "file,prod\n"


def test_no_secret_is_in_what_is_offered(monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    """Names and help are all."""
    for name in ("VLLM_API_KEY", "VLLM_PORT"):
        monkeypatch.setenv(name, "sk-marker")
    monkeypatch.setenv("_ENVATLAS_COMPLETE", "zsh_complete")
    monkeypatch.setenv("COMP_WORDS", "envatlas list V")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert run([]) == 0
    captured = capfd.readouterr()
    assert f"VLLM_PORT\n{registry['VLLM_PORT'].help[:100]}\n" in captured.out
    assert "sk-marker" not in captured.out + captured.err


def test_an_instruction_that_nobody_gives_is_silent() -> None:
    """The variable may be set to anything."""
    done = in_process_of_its_own("list", _ENVATLAS_COMPLETE="nonsense")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    done = in_process_of_its_own("list", _ENVATLAS_COMPLETE="bash_complete")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


@pytest.mark.parametrize("shell", _DRIVERS)
def test_the_script_is_printed_for_each_shell(capsys: Capture, shell: str) -> None:
    """And its help says how to install it."""
    assert "_ENVATLAS_COMPLETE" in printed(capsys, "completion", shell)
    assert f"envatlas completion {shell}" in printed(capsys, "completion", "--help")
    assert run(["completion", "tcsh"]) == 2


def test_completing_leaves_standard_error_as_it_was(capfd: Capture, tmp_path: pathlib.Path) -> None:
    """It is silenced for as long as it takes."""
    completed(capfd, "list", "VLLM_PO")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"
