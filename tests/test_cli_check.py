"""``envatlas check``: what it prints, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
import pytest

from envatlas import Finding, Severity
from envatlas.checks.codes import CODES
from envatlas.cli import run
from envatlas.cli.check import check_all, exit_status, show_findings
from envatlas.environs import Environ, Place, Via
from envatlas.hosts import others_can_read
from envatlas.vllm import registry as vllm
from tests.test_checks import MARKER
from tests.test_cli import in_process_of_its_own, is_printable, registry_of
from tests.test_cli_terminal import plain, started_on_terminal

if TYPE_CHECKING:
    import pathlib

    from tests.conftest import Site

ERROR: Final = "{'A_PORT': 'x'}"
WARNING: Final = "{'A_PROT': '1'}"
NOTE: Final = "{'A_PATH': 'relative'}"
NONE: Final = "{}"

_PLUGIN: Final = """\
from envatlas import Integer, Path, Variable, hookimpl

@hookimpl
def envatlas_variables():
    return [
        Variable("A_PORT", Integer(), default=None, help="The port."),
        Variable("A_PATH", Path(), default=None, help="The path."),
    ]
"""

NOTED: Final = Finding("a-note", Severity.NOTE, "A_PATH", "it is relative", "It may be elsewhere", "export A_PATH=/x")


def checked(capsys: pytest.CaptureFixture[str], site: Site, environ: str, *options: str) -> tuple[int, str]:
    """Run the command for a registry of an installed plugin, and return its status and its output."""
    site.add_plugin("acme", _PLUGIN)
    status = run([registry_of(site, environ), "check", *options])
    captured = capsys.readouterr()
    assert captured.err == ""
    return status, captured.out


def test_a_finding_is_shown_with_why_it_matters_and_what_to_type(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """In a block each, the worst first; a line below them counts."""
    _, shown = checked(capsys, site, "{'A_PORT': 'x', 'A_PROT': '1', 'A_PATH': 'relative'}")
    first, second, third, summary = shown.split("\n\n")
    assert first == (
        "error    A_PORT='x' cannot be read: expected a whole number [invalid-value]\n"
        "  why    Whatever reads it ends in an error; plugin 'acme', acme-vllm 1.2, declares it\n"
        "  fix    unset A_PORT"
    )
    assert second.startswith("warning  A_PROT is declared by nobody; did you mean A_PORT? [unknown-variable]\n")
    assert third.startswith("note     A_PATH='relative' is a relative path [surprising-value]\n")
    assert summary == "1 error, 1 warning, 1 note in 1 environment\n"


@pytest.mark.parametrize(
    ("environ", "status", "strict"), [(NONE, 0, 0), (NOTE, 0, 0), (WARNING, 0, 1), (ERROR, 2, 2)], ids=str
)
@pytest.mark.parametrize("form", [[], ["--json"], ["--sarif"], ["--severity=error"]], ids=" ".join)
def test_the_status_says_how_bad_it_is(  # noqa: PLR0913, PLR0917  two of them are fixtures
    capsys: pytest.CaptureFixture[str], site: Site, environ: str, status: int, strict: int, form: list[str]
) -> None:
    """Nothing is wrong, or only notes; warnings count under --strict, errors always; whatever is shown."""
    assert checked(capsys, site, environ, *form)[0] == status
    assert run(["--registry=shown_app:registry", "check", "--strict", *form]) == strict
    assert capsys.readouterr().err == ""


def test_the_status_is_that_of_the_process() -> None:
    """A pipeline can stop on it."""
    assert in_process_of_its_own("check", VLLM_PORT="five").returncode == 2
    assert in_process_of_its_own("check", VLLM_PROT="5").returncode == 0
    assert in_process_of_its_own("check", "--strict", VLLM_PROT="5").returncode == 1


def test_nothing_wrong_is_said() -> None:
    """No output would look like a command that did nothing."""
    done = in_process_of_its_own("check", "--severity=warning")
    assert done.stdout.startswith("0 errors, 0 warnings, ")
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("least", "shown", "hidden"),
    [
        ("note", ["error", "warning", "note"], ""),
        ("warning", ["error", "warning"], "; 1 not shown"),
        ("error", ["error"], "; 2 not shown"),
    ],
)
def test_only_what_is_bad_enough_is_shown(
    capsys: pytest.CaptureFixture[str], site: Site, least: str, shown: list[str], hidden: str
) -> None:
    """The others are counted."""
    environ = "{'A_PORT': 'x', 'A_PROT': '1', 'A_PATH': 'relative'}"
    _, text = checked(capsys, site, environ, f"--severity={least}")
    assert [line.split()[0] for line in text.splitlines() if line[:1].isalpha()] == shown
    assert text.endswith(f"\n1 error, 1 warning, 1 note in 1 environment{hidden}\n")
    run(["--registry=shown_app:registry", "check", "--json", f"--severity={least}"])
    assert [each["severity"] for each in json.loads(capsys.readouterr().out)] == shown


def test_the_two_forms_for_programs_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    """One output has one form."""
    assert run(["check", "--json", "--sarif"]) == 2
    assert "--json and --sarif exclude each other" in capsys.readouterr().err


def test_json_has_an_object_a_finding(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Its members are stable."""
    _, text = checked(capsys, site, ERROR, "--json")
    assert json.loads(text) == [
        {
            "code": "invalid-value",
            "severity": "error",
            "variable": "A_PORT",
            "found": "A_PORT='x' cannot be read: expected a whole number",
            "why": "Whatever reads it ends in an error; plugin 'acme', acme-vllm 1.2, declares it",
            "remedy": "unset A_PORT",
            "place": None,
        }
    ]


def test_what_a_plugins_check_prints_is_no_output(capfd: pytest.CaptureFixture[str], site: Site) -> None:
    """It goes to standard error."""
    checks = "\ndef loud(registry, environ, host):\n    print('loud')\n    return []\n"
    hook = "\n@hookimpl\ndef envatlas_checks():\n    print('hook')\n    return [loud]\n"
    site.add_plugin("acme", _PLUGIN + checks + hook)
    assert run([registry_of(site), "check", "--json"]) == 0
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("[]\n", "hook\nloud\n")


@pytest.mark.parametrize(("ending", "status"), [("click.get_current_context().exit(3)", 3), ("return 5", 0)])
def test_a_plugins_command_says_its_own_status(site: Site, ending: str, status: int) -> None:
    """By exiting with it; what it returns is no status."""
    command = f"\nimport click\n\n@click.command('acme')\ndef acme():\n    {ending}\n"
    site.add_plugin("acme", f"{_PLUGIN}{command}\n@hookimpl\ndef envatlas_commands():\n    return [acme]\n")
    assert run([registry_of(site), "acme"]) == status


def show(capsys: pytest.CaptureFixture[str], findings: Sequence[Finding], environments: int = 1) -> str:
    """Return what is printed of findings."""
    show_findings(findings, findings, environments)
    return capsys.readouterr().out


def at(*places: Place) -> list[Finding]:
    """Return the same finding in several places."""
    return [attrs.evolve(NOTED, place=place) for place in places]


def test_a_finding_in_a_file_has_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    """File, line, document and container."""
    place = Place("deploy.yaml", 12, 2, "Deployment vllm, container engine")
    assert "\n  at     deploy.yaml:12, document 2, Deployment vllm, container engine\n" in show(capsys, at(place))


def test_the_same_in_several_containers_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    """With all its places, and counted once."""
    text = show(capsys, at(Place("a.yaml", 1), Place("a.yaml", 9), Place("a.yaml", 9)), 3)
    assert text.count("it is relative") == 1
    assert "\n  at     a.yaml:1\n  at     a.yaml:9\n\n" in text
    assert text.endswith("\n0 errors, 0 warnings, 1 note in 3 environments\n")


def test_very_many_places_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """A chart may have hundreds of containers."""
    text = show(capsys, at(*(Place("a.yaml", line) for line in range(1, 31))))
    assert text.count("a.yaml:") == 10
    assert "\n  at     20 more\n" in text


def test_a_variable_is_named_before_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    """Unless that names it already; what is about none has no name."""
    assert show(capsys, [NOTED]).startswith("note     A_PATH: it is relative [a-note]\n")
    assert show(capsys, [attrs.evolve(NOTED, variable="")]).startswith("note     it is relative [a-note]\n")


def test_what_would_move_the_cursor_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    """In all that a plugin's check says."""
    odd = "odd \x1b[31m\r\n"
    text = show(capsys, [attrs.evolve(NOTED, variable=odd, found=odd, why=odd, remedy=odd, place=Place(odd))])
    assert is_printable(text)
    assert text.count(r"odd \x1b[31m\r\n") == 4


def test_a_very_long_text_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON has all of it."""
    text = show(capsys, [attrs.evolve(NOTED, found="x" * 5000, remedy="y" * 5000)])
    assert max(map(len, text.splitlines())) < 500


def test_findings_of_several_environments_are_in_one_order() -> None:
    """The worst of all of them come first."""
    found = check_all([vllm.with_environ(environ) for environ in ({"VLLM_PROT": "1"}, {"VLLM_PORT": "x"})])
    assert [each.code for each in found if each.code in CODES] == ["invalid-value", "unknown-variable"]


@pytest.mark.parametrize(("via", "is_here"), [(Via.ENV_FILE, True), (Via.MANIFEST, False), (Via.SECRET, False)])
def test_this_machine_is_asked_for_what_runs_on_it(tmp_path: pathlib.Path, via: Via, is_here: bool) -> None:
    """What is in a manifest runs elsewhere."""
    file = tmp_path / "prod.env"
    file.write_text("")
    file.chmod(0o644)
    assert others_can_read(str(file))
    place = Place(str(file), 1, via=via)
    environ = Environ(place, {"VLLM_API_KEY": MARKER}, {"VLLM_API_KEY": attrs.evolve(place, via=Via.SECRET)})
    found = [each for each in check_all([vllm.with_environ(environ)]) if each.code == "exposed-secret"]
    assert bool(found) is is_here


def test_the_exit_status_is_that_of_the_worst() -> None:
    """For whoever calls it from Python."""
    warned = attrs.evolve(NOTED, severity=Severity.WARNING)
    failed = attrs.evolve(NOTED, severity=Severity.ERROR)
    assert [exit_status([NOTED, each], strict=True) for each in (NOTED, warned, failed)] == [0, 1, 2]
    assert [exit_status([NOTED, each]) for each in (NOTED, warned, failed)] == [0, 0, 2]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_terminal_shows_a_finding_in_columns(width: int) -> None:
    """No line but those of the remedies and the summary is wider; lines go on below their beginning."""
    status, shown = started_on_terminal(width, "check", VLLM_PLUGINS="cuda,nothing_like_it", VLLM_PORT="1")
    assert status == 0
    lines = [line for line in plain(shown).splitlines() if not line.startswith("  fix")]
    summary = lines.pop()
    assert all(len(line) <= width for line in lines)
    assert all(line == line.rstrip() for line in lines)
    assert any(line.startswith(" " * 9) for line in lines)
    assert summary == f"0 errors, 2 warnings, {summary.split()[4]} notes in 1 environment"
    assert "\n  fix    export VLLM_PLUGINS=cuda,nothing_like_it,engine\n" in plain(shown)


def test_a_terminal_has_colours_unless_they_are_not_wanted() -> None:
    """Each severity has its own; a pipe has none."""
    assert "\x1b[1;31merror" in started_on_terminal(80, "check", VLLM_PORT="five")[1]
    assert "\x1b[1;31m" not in started_on_terminal(80, "check", VLLM_PORT="five", NO_COLOR="1")[1]
    assert "\x1b" not in in_process_of_its_own("check", VLLM_PORT="five").stdout


def test_sarif_is_printed_as_json(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """One log, with the finding in it."""
    _, text = checked(capsys, site, ERROR, "--sarif")
    log = cast("dict[str, Any]", json.loads(text))
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["invalid-value"]
