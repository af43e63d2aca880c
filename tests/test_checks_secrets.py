"""Checks and secrets: whatever the environment is, and whatever a plugin does, none is shown."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas import Finding, Kind, ToldHost, Variable
from envatlas.checks import check
from envatlas.cli import run
from envatlas.cli.check import FindingWords, check_all, show_findings
from envatlas.cli.output import show_json
from envatlas.environs import Environ, Place, Untold, Via
from envatlas.formats.findings import finding_object
from envatlas.formats.sarif import sarif_log
from envatlas.languages import Words, languages
from envatlas.vllm import registry as vllm
from tests.test_checks import variables_of
from tests.test_cli_secrets import FORMS, SECRETS, TEXT, VLLM_APP
from tests.test_secrets import KINDS, MARKER

if TYPE_CHECKING:
    from tests.conftest import Site

NAMES: Final = sorted({name for variable in vllm for name in (variable.name, *variable.sources)})
UNKNOWN: Final = st.sampled_from(["VLLM_API_KYE", "vllm_api_key", "VLLM_SERVICE_HOST", "VLLM_SERVICE_PORT", "A B"])
AROUND: Final = st.text(st.sampled_from(" \t\r\n\"'\u00a0\u200b\ufeff"), max_size=3)
SECRET: Final = st.builds("{}{}{}".format, AROUND, st.just(MARKER), AROUND)
"""A secret in what nobody meant to write around it."""

USUAL: Final = ["", "0", "1", "true", "no", " 1 ", '"1"', "x", "-1", "1e9", "nan", "~/x", "a,b", "tcp://10.0.0.1:80"]
TEXTS: Final = st.one_of(st.sampled_from(USUAL), st.text())


@st.composite
def environments(draw: st.DrawFn) -> dict[str, str]:
    """Draw an environment in which all secrets have one text, which some other names have as well."""
    secret = draw(SECRET)
    names = st.one_of(st.sampled_from(NAMES), UNKNOWN, st.text(), st.just(f"VLLM_{secret}"))
    environ = draw(st.dictionaries(names, st.one_of(TEXTS, st.just(secret)), max_size=12))
    return {**environ, **dict.fromkeys(SECRETS, secret)}


def shown(findings: Sequence[Finding]) -> str:
    """Return all ways in which findings are shown, in all languages."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        for language in languages():
            show_findings(findings, findings, 1, FindingWords.of([vllm], Words(language)))
        show_json(map(finding_object, findings), ())
    return f"{output.getvalue()} {sarif_log(findings)} {findings} {[*map(str, findings)]}"


@settings(deadline=None)  # the first one imports
@given(environ=environments())
def test_no_environment_makes_a_check_fail_or_show_a_secret(environ: dict[str, str]) -> None:
    """Nothing is raised, no check fails, and what is shown in any form has no secret in it."""
    findings = check(vllm, environ, ToldHost())
    assert [each for each in findings if each.code == "check-failed"] == []
    assert MARKER not in shown(findings)


@settings(deadline=None)  # likewise
@given(
    environ=environments(),
    untold=st.lists(st.sampled_from(NAMES), max_size=3),
    via=st.sampled_from([via for via in Via if via is not Via.PROCESS]),
)
def test_no_file_makes_a_check_fail_or_show_a_secret(environ: dict[str, str], untold: list[str], via: Via) -> None:
    """The same for what files say, of which they may not tell all."""
    place = Place("deploy.yaml", 1, 2, "Deployment vllm, container engine", via)
    texts = {name: text for name, text in environ.items() if name not in untold}
    not_told = dict.fromkeys(untold, Untold(place, "it is in a Secret"))
    of_file = Environ(place, texts, dict.fromkeys(texts, place), not_told, {"vllm": place})
    findings = check_all([vllm.with_environ(of_file)])
    assert [each for each in findings if each.code == "check-failed"] == []
    assert MARKER not in shown(findings)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_secret_that_is_refused_is_not_shown(site: Site, kind: Kind[object]) -> None:
    """Whatever its kind raises about it; a list takes any text."""
    registry = variables_of(site, Variable("A_SECRET", kind, default=None, help="S.", secret=True))
    findings = check(registry, {"A_SECRET": MARKER}, ToldHost())
    assert [each.code for each in findings] == ([] if kind.name == "list" else ["invalid-value"])
    assert MARKER not in shown(findings)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("options", [[], ["--language=zh_CN"], ["--json"], ["--sarif"]], ids=" ".join)
def test_the_command_shows_no_secret_that_a_plugin_quotes(  # noqa: PLR0913, PLR0917  three of them are fixtures
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    site: Site,
    name: str,
    form: str,
    options: list[str],
) -> None:
    """Neither in what it raises when it is imported, nor when it checks; on neither stream."""
    quoted = FORMS[form].format(name=name)
    monkeypatch.setenv(name, TEXT)
    teller = f"import json, os, urllib.parse\nraise RuntimeError('refused: ' + {quoted})"
    checker = _CHECKER.format(quoted=quoted)
    modules = {"teller_vllm": teller, "checker_vllm": checker}
    plugins = {"teller": "teller_vllm", "checker": "checker_vllm"}
    site.add("teller-vllm", plugins=plugins, modules=modules, group=vllm.group)
    site.write({"shown_app": VLLM_APP})
    assert run(["--registry=shown_app:registry", "check", *options]) == 2
    captured = capfd.readouterr()
    assert MARKER not in captured.out + captured.err
    assert "RuntimeError: refused: " in captured.out
    assert "RuntimeError: no access: " in captured.out


_CHECKER: Final = """\
import json, os, urllib.parse
from envatlas import Finding, Severity, hookimpl

@hookimpl
def envatlas_variables():
    return []

def tells(registry, environ, host):
    yield Finding("a", Severity.NOTE, "A", 'key ' + {quoted}, "why", "do")
    raise RuntimeError('no access: ' + {quoted})

@hookimpl
def envatlas_checks():
    return [tells]
"""
