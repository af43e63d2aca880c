"""Checks: what all their tests share, and the driver: order, places, and plugins' checks that fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import pytest

import envatlas
from envatlas import Finding, Host, Registry, Severity, ToldHost, Variable
from envatlas.checks import Check, check
from envatlas.checks.codes import CODES
from envatlas.checks.remedies import where_set
from envatlas.environs import PROCESS, Environ, Place, Via
from envatlas.vllm import registry as vllm

if TYPE_CHECKING:
    from tests.conftest import Site

MARKER: Final = "sk-" + "marker"
UNKNOWN: Final = ToldHost()
"""A machine that nothing is known of."""

FILE: Final = Place("prod.env", via=Via.ENV_FILE)


def findings(
    environ: Mapping[str, str], *, registry: Registry = vllm, host: Host = UNKNOWN, code: str | None = None
) -> list[Finding]:
    """Return what envatlas's own checks find, of one code or of all."""
    own = [each for each in check(registry, environ, host) if each.code in CODES]
    return [each for each in own if code is None or each.code == code]


def only(environ: Mapping[str, str], *, registry: Registry = vllm, host: Host = UNKNOWN) -> Finding:
    """Return the one finding that there is."""
    (finding,) = findings(environ, registry=registry, host=host)
    return finding


def in_file(texts: Mapping[str, str], via: Via = Via.ENV_FILE) -> Environ:
    """Return the environment of a file that sets a variable in each line."""
    places = {name: Place("prod.env", line, via=via) for line, name in enumerate(texts, start=1)}
    return Environ(Place("prod.env", via=via), dict(texts), places)


def variables_of(site: Site, *variables: Variable[object], environ: Mapping[str, str] | None = None) -> Registry:
    """Return a registry with the prefix ``A_`` of an installed plugin that declares these."""
    import attrs

    return attrs.evolve(site.registry_of(*variables, environ=environ), prefix="A_")


_PLUGIN: Final = """\
from envatlas import Finding, Integer, Severity, Text, Variable, hookimpl

@hookimpl
def envatlas_variables():
    return [
        Variable("A_PORT", Integer(), default=None, help="The port."),
        Variable("A_KEY", Text(), default=None, help="The key.", secret=True),
    ]

def finding(found="found", variable="A_PORT", code="a-port", **more):
    return Finding(code, Severity.NOTE, variable, found, more.pop("why", "why"), more.pop("remedy", "remedy"), **more)

def good(registry, environ, host):
    yield finding("what a good check finds")

{checks}

@hookimpl
def envatlas_checks():
    return {offered}
"""


def of_plugin(
    site: Site, checks: str, offered: str = "[good, bad]", environ: Mapping[str, str] | None = None
) -> list[Finding]:
    """Return what is found with a plugin that has checks."""
    site.add_plugin("acme", _PLUGIN.format(checks=checks, offered=offered))
    return list(check(site.registry(), {} if environ is None else environ, UNKNOWN))


def bad(*lines: str) -> str:
    """Return the source of a check."""
    return "\n    ".join(["def bad(registry, environ, host):", *lines])


def test_the_names_for_checks_are_public() -> None:
    """An application checks with what it imports from the package."""
    assert envatlas.check is check
    assert envatlas.Check is Check


def test_a_start_does_not_import_the_checks(site: Site) -> None:
    """Nor findings and hosts: only who asks for them pays for them."""
    code = "import json, sys; from envatlas.vllm import registry; registry.load(); print(json.dumps([*sys.modules]))"
    modules = cast("list[str]", site.answer(code))
    assert {"envatlas.checks", "envatlas.findings", "envatlas.hosts"}.isdisjoint(modules)


def test_an_environment_without_a_variable_has_no_finding() -> None:
    """Nothing set is nothing wrong."""
    assert findings({}) == []


def test_the_worst_comes_first() -> None:
    """Errors, then warnings, then notes; of each severity by the variable's name."""
    found = findings(
        {
            "VLLM_CACHE_ROOT": "cache",
            "VLLM_RPC_TIMEOUT": "0",
            "VLLM_PROT": "5",
            "VLLM_PORT": "five",
            "LOCAL_RANK": "x",
        }
    )
    assert [(str(each.severity), each.variable) for each in found] == [
        ("error", "LOCAL_RANK"),
        ("error", "VLLM_PORT"),
        ("warning", "VLLM_PROT"),
        ("warning", "VLLM_RPC_TIMEOUT"),
        ("note", "VLLM_CACHE_ROOT"),
    ]


def test_the_environment_is_the_registrys_unless_it_is_given(site: Site) -> None:
    """So a registry of a file's environment is checked as it is."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    registry = site.registry({"A_PORT": "x"})
    assert [each.variable for each in check(registry, host=UNKNOWN)] == ["A_PORT"]
    assert check(registry, {}, UNKNOWN) == ()


def test_the_host_is_this_machine_unless_it_is_given() -> None:
    """A check of a live environment needs no more than the registry."""
    assert [each.code for each in check(vllm, {"VLLM_PORT": "x"}) if each.code in CODES] == ["invalid-value"]


def test_a_finding_has_the_place_of_its_variable() -> None:
    """The file and the line where it is set; one that is about none has the file."""
    found = findings(in_file({"VLLM_RPC_TIMEOUT": "1", "VLLM_PORT": "five"}))
    assert [str(each.place) for each in found] == ["prod.env:2"]


def test_what_is_wrong_with_what_is_installed_is_in_no_file(site: Site) -> None:
    """It would be the same without the file."""
    site.add_plugin("acme", "import no_such_module")
    assert only(in_file({}), registry=site.registry()).place == PROCESS


def test_the_same_is_found_once(site: Site) -> None:
    """A check that says a thing twice says it once."""
    found = of_plugin(site, bad("return [finding('a'), finding('a'), finding('b')]"), "[bad]")
    assert [each.found for each in found] == ["a", "b"]


def test_a_plugins_checks_are_made(site: Site) -> None:
    """They get the registry, the environment and the host."""
    found = of_plugin(
        site,
        bad("return [finding(f'{len(registry)} {environ[\"A_PORT\"]} {host.ask(open)}')]"),
        environ={"A_PORT": "5"},
    )
    assert [each.found for each in found] == ["3 5 None", "what a good check finds"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("raise RuntimeError('no driver')", "it raised RuntimeError: no driver"),
        ("raise SystemExit(3)", "it raised SystemExit: 3"),
        ("raise GeneratorExit", "it raised GeneratorExit"),
        ("return None", "it raised TypeError: 'NoneType' object is not iterable"),
        ("return ['a text']", "it raised TypeError: str is no Finding"),
        ("return [type('F', (Finding,), {})('a', Severity.NOTE, 'A', 'f', 'w', 'r')]", "TypeError: F is no Finding"),
        ("return [finding(5)]", "it raised ValueError: found is a text that is not empty: got 5"),
        ("return [finding(code='A Port')]", "it raised ValueError: code is in lower case with hyphens: got 'A Port'"),
        ("return [finding(place='here')]", "it raised TypeError: place is of the type Place: got 'here'"),
        ("from no_such_module import anything", "it raised ModuleNotFoundError"),
    ],
)
def test_a_check_that_fails_is_a_finding(site: Site, lines: str, said: str) -> None:
    """What the plugin's other checks, and the others' find, is found as well."""
    failed, good = of_plugin(site, bad(lines))
    assert (failed.code, failed.severity, failed.variable) == ("check-failed", Severity.WARNING, "")
    assert failed.found.startswith("a check of plugin 'acme', acme-vllm 1.2, did not run to its end: ")
    assert said in failed.found
    assert failed.remedy == "pip install --upgrade acme-vllm"
    assert good.found == "what a good check finds"


@pytest.mark.parametrize("offered", ["5", "None", "'good'", "1 // 0", "[5]"])
def test_checks_that_are_none_are_a_finding(site: Site, offered: str) -> None:
    """What the hook returns is a plugin's own affair."""
    found = of_plugin(site, "", offered)
    assert [each.code for each in found] == ([] if offered == "None" else ["check-failed"])


def test_what_a_check_found_before_it_failed_counts(site: Site) -> None:
    """A generator's findings are as good as a list's."""
    found = of_plugin(site, bad("yield finding('before')", "raise RuntimeError"), "[bad]")
    assert [each.code for each in found] == ["check-failed", "a-port"]


@pytest.mark.parametrize(
    "look", ["Environment(registry, environ)['A_PORT']", "Environment(registry, environ).snapshot()"]
)
def test_a_check_may_read_what_cannot_be_read(site: Site, look: str) -> None:
    """That has a finding of its own, and ends the check and no more."""
    found = of_plugin(
        site, bad("from envatlas import Environment", look, "yield finding('never')"), environ={"A_PORT": "x"}
    )
    assert [each.code for each in found] == ["invalid-value", "a-port"]


def test_a_check_may_read_what_is_not_told(site: Site) -> None:
    """A text that a file does not tell ends the check, without a finding."""
    from envatlas.environs import Untold

    environ = Environ(FILE, {}, untold={"A_PORT": Untold(FILE, "it is in a Secret")})
    found = of_plugin(site, bad("environ['A_PORT']", "yield finding('never')"), environ=environ)
    assert [each.found for each in found] == ["what a good check finds"]


def test_an_interruption_ends_the_checks(site: Site) -> None:
    """Ctrl-C is the operator's, and no finding."""
    with pytest.raises(KeyboardInterrupt):
        of_plugin(site, bad("raise KeyboardInterrupt"))


@pytest.mark.parametrize(
    "lines",
    [
        "raise RuntimeError(environ['A_KEY'])",
        "return [finding(f'no access with {environ[\"A_KEY\"]!r}')]",
        "return [finding(why=environ['A_KEY'])]",
        "return [finding(remedy=environ['A_KEY'])]",
        "return [finding(variable=environ['A_KEY'])]",
        "return [finding(code=environ['A_KEY'])]",
        "return [finding(place=__import__('envatlas.environs').environs.Place(environ['A_KEY']))]",
        "return [finding(place=__import__('envatlas.environs').environs.Place('a', container=environ['A_KEY']))]",
    ],
)
def test_a_check_that_quotes_a_secret_does_not_show_it(site: Site, lines: str) -> None:
    """In no part of a finding, whatever the plugin put it into."""
    found = of_plugin(site, bad(lines), "[bad]", {"A_KEY": MARKER})
    assert len(found) == 1
    assert MARKER not in repr(found)


def test_a_plugins_finding_may_name_its_place(site: Site) -> None:
    """One that it leaves out is filled in."""
    lines = "return [finding(place=__import__('envatlas.environs').environs.Place('a.conf', 2))]"
    (finding,) = of_plugin(site, bad(lines), "[bad]", in_file({"A_PORT": "5"}))
    assert str(finding.place) == "a.conf:2"


def test_every_code_says_what_it_is() -> None:
    """In a sentence without its full stop, sorted by the codes."""
    assert list(CODES) == sorted(CODES)
    assert all(text[0].isupper() and not text.endswith(".") for text in CODES.values())


def test_an_own_check_that_fails_is_a_finding(site: Site) -> None:
    """A declaration of a plugin's own kind may raise anything at any time; the other checks still run."""

    class Odd:
        __hash__ = None  # type: ignore[assignment]  # as Python has it

        def __eq__(self, other: object) -> bool:
            raise RuntimeError("cannot be compared")

    class Broken:
        name = "broken"
        expected = "anything"
        empty_is_unset = False

        def parse(self, text: str) -> object:
            """Return a value that cannot be compared."""
            return Odd()

        def render(self, value: object) -> str:
            """Return a text."""
            return ""

        def schema(self) -> Mapping[str, object]:
            """Return the schema of any text."""
            return {}

    registry = variables_of(site, Variable("A_ODD", Broken(), default=None, help="Odd."))
    found = findings({"A_ODD": " 1 ", "A_UNKNOWN": "1"}, registry=registry)
    assert [each.code for each in found] == ["check-failed", "unknown-variable"]
    assert "a check of plugin '(registry)', envatlas" in found[0].found


def test_a_remedy_that_is_no_shells_stays_as_it_is() -> None:
    """An open quote is not to be parsed."""
    assert where_set("it's this", "A", in_file({"A": "1"})) == "it's this"
    assert where_set("", "A", in_file({"A": "1"})) == ""
