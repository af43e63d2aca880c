"""Checks of variables that have no effect, or no future."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import pytest

from envatlas import Deprecated, Flag, Integer, Kind, Path, Registry, Severity, Text, TextList, Variable
from envatlas.environs import Environ, Untold
from envatlas.vllm import registry as vllm
from tests.test_checks import FILE, findings, only, variables_of

if TYPE_CHECKING:
    from tests.conftest import Site

SUB: Final = Variable("A_SUB", Integer(), default=5, help="S.", only_with="A_MAIN")
OLD: Final = Variable("A_OLD", Integer(), default=None, help="O.", deprecated=Deprecated("0.9", "V0 is gone.", "A_NEW"))
NEW: Final = Variable("A_NEW", Integer(), default=None, help="N.")
GONE: Final = Variable("A_GONE", Integer(), default=None, help="G.", deprecated=Deprecated("0.9", "V0 is gone."))
QUIET: Final = Variable("A_QUIET", Flag(), default=False, help="Q.")


def with_main(site: Site, kind: Kind[object], default: object, *, secret: bool = False) -> Registry:
    """Return a registry in which A_SUB counts only with A_MAIN."""
    return variables_of(site, SUB, Variable("A_MAIN", kind, default=default, help="M.", secret=secret))


def test_a_variable_without_effect_is_a_warning() -> None:
    """It names the variable without which it has none, and how to turn that on."""
    found = only({"VLLM_USE_V1": "0", "VLLM_V1_OUTPUT_PROC_CHUNK_SIZE": "64"})
    assert (found.code, found.severity) == ("no-effect", Severity.WARNING)
    assert found.found == "VLLM_V1_OUTPUT_PROC_CHUNK_SIZE has no effect, as VLLM_USE_V1 is False"
    assert found.remedy == "export VLLM_USE_V1=1"


def test_a_default_that_is_set_without_effect_is_a_note() -> None:
    """Nothing would be otherwise if it had an effect."""
    assert only({"VLLM_USE_V1": "0", "VLLM_ENABLE_V1_MULTIPROCESSING": "1"}).severity is Severity.NOTE


def test_a_variable_with_effect_has_no_finding() -> None:
    """The default of the other counts as well as its text."""
    assert findings({"VLLM_V1_OUTPUT_PROC_CHUNK_SIZE": "64"}) == []
    assert findings({"VLLM_USE_V1": "1", "VLLM_V1_OUTPUT_PROC_CHUNK_SIZE": "64"}) == []


@pytest.mark.parametrize(
    ("kind", "default", "value", "remedy"),
    [
        (Flag(), False, "False", "export A_MAIN=1"),
        (Integer(), 0, "0", "export A_MAIN=1"),
        (Integer(), None, "None", "set A_MAIN, or unset A_SUB"),
        (Path(), None, "None", "set A_MAIN, or unset A_SUB"),
        (Text(), "", "''", "set A_MAIN, or unset A_SUB"),
    ],
    ids=repr,
)
def test_the_other_variable_is_off_where_it_is_false_zero_empty_or_none(
    site: Site, kind: Kind[object], default: object, value: str, remedy: str
) -> None:
    """Where one text turns it on, that is the remedy."""
    found = only({"A_SUB": "7"}, registry=with_main(site, kind, default))
    assert (found.found, found.remedy) == (f"A_SUB has no effect, as A_MAIN is {value}", remedy)


def test_the_other_variable_may_be_a_secret(site: Site) -> None:
    """That it is not set is all that is said."""
    registry = with_main(site, Text(), None, secret=True)
    assert only({"A_SUB": "7"}, registry=registry).found == "A_SUB has no effect, as A_MAIN is not set"


def test_whether_the_other_variable_is_off_may_not_be_known(site: Site) -> None:
    """It cannot be read, its text is not told, or nobody declares it."""
    registry = with_main(site, Integer(), 0)
    assert [each.variable for each in findings({"A_SUB": "7", "A_MAIN": "x"}, registry=registry)] == ["A_MAIN"]
    environ = Environ(FILE, {"A_SUB": "7"}, untold={"A_MAIN": Untold(FILE, "it is in a Secret")})
    assert findings(environ, registry=registry) == []


def test_a_variable_that_only_counts_with_one_that_nobody_declares_counts(site: Site) -> None:
    """Nothing is known against it."""
    assert findings({"A_SUB": "7"}, registry=variables_of(site, SUB)) == []


def test_a_variable_that_cannot_be_read_has_no_effect_either(site: Site) -> None:
    """Both are said."""
    found = findings({"A_SUB": "x"}, registry=with_main(site, Integer(), 0))
    assert [(each.code, str(each.severity)) for each in found] == [("invalid-value", "error"), ("no-effect", "warning")]


def test_a_variable_that_is_not_read_from_its_own_name_has_no_effect() -> None:
    """The remedy is the name that it is read from."""
    name = "VLLM_USE_HPU_CONTIGUOUS_CACHE_FETCH"
    found = only({name: "0"})
    assert (found.code, found.severity, found.variable) == ("no-effect", Severity.WARNING, name)
    assert found.found == f"{name} is set, and is not read from its own name, but from VLLM_CONTIGUOUS_PA"
    assert found.remedy == f'export VLLM_CONTIGUOUS_PA="${name}"; unset {name}'


@pytest.fixture
def aging(site: Site) -> Registry:
    """Give a registry with variables that are deprecated, and one that keeps that back."""
    return attrs.evolve(variables_of(site, OLD, NEW, GONE, QUIET), quiet_variable="A_QUIET")


def test_a_deprecated_variable_is_a_warning(aging: Registry) -> None:
    """It says since when, why, and what replaces it."""
    found = only({"A_OLD": "5"}, registry=aging)
    assert (found.code, found.severity, found.variable) == ("deprecated", Severity.WARNING, "A_OLD")
    assert (found.found, found.why) == ("A_OLD is deprecated since 0.9; A_NEW replaces it", "V0 is gone")
    assert found.remedy == 'export A_NEW="$A_OLD"; unset A_OLD'


def test_a_deprecated_variable_without_a_replacement_is_to_go(aging: Registry) -> None:
    """There is nothing else to set."""
    found = only({"A_GONE": "5"}, registry=aging)
    assert (found.found, found.remedy) == ("A_GONE is deprecated since 0.9", "unset A_GONE")


@pytest.mark.parametrize(("text", "is_quiet"), [("1", True), ("0", False), ("maybe", False)])
def test_deprecation_is_kept_back_where_the_operator_says_so(aging: Registry, text: str, is_quiet: bool) -> None:
    """A text that cannot be read says nothing."""
    assert findings({"A_OLD": "5", "A_QUIET": text}, registry=aging, code="deprecated") == [] or not is_quiet
    assert len(findings({"A_OLD": "5", "A_QUIET": text}, registry=aging, code="deprecated")) == int(not is_quiet)


def test_deprecation_is_said_where_it_is_not_told_whether_to_keep_it_back(aging: Registry) -> None:
    """A file may set the variable without telling its text."""
    environ = Environ(FILE, {"A_OLD": "5"}, untold={"A_QUIET": Untold(FILE, "it is in a Secret")})
    assert only(environ, registry=aging).code == "deprecated"


@pytest.mark.parametrize("quiet", [None, "A_UNKNOWN"])
def test_a_registry_need_not_have_a_variable_that_keeps_it_back(aging: Registry, quiet: str | None) -> None:
    """Nor need that be declared."""
    registry = attrs.evolve(aging, quiet_variable=quiet)
    assert only({"A_OLD": "5", "A_QUIET": "1"}, registry=registry).code == "deprecated"


@pytest.mark.parametrize(("text", "differ"), [("5", ""), ("6", ", to another text")])
def test_a_deprecated_variable_and_its_replacement_are_a_warning(aging: Registry, text: str, differ: str) -> None:
    """Whether it is kept back that one is deprecated or not: which of the two counts is the question."""
    found = only({"A_OLD": "5", "A_NEW": text, "A_QUIET": "1"}, registry=aging)
    assert (found.code, found.severity, found.remedy) == ("replaced-variable", Severity.WARNING, "unset A_OLD")
    assert found.found == f"A_OLD is set, and A_NEW as well, which replaces it{differ}"


def test_vllm_keeps_deprecation_back_by_its_own_variable() -> None:
    """It is one of those that it documents."""
    assert vllm.quiet_variable == "VLLM_NO_DEPRECATION_WARNING"
    assert vllm.quiet_variable in vllm


def test_a_list_that_is_off_is_not_turned_on_by_a_text(site: Site) -> None:
    """What to put into it is the operator's to say."""
    registry = with_main(site, TextList(strip=True), None)
    (found,) = findings({"A_SUB": "7", "A_MAIN": ","}, registry=registry, code="no-effect")
    assert (found.found, found.remedy) == ("A_SUB has no effect, as A_MAIN is []", "set A_MAIN, or unset A_SUB")
