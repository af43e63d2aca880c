"""Findings: what one is made of, and how it is said in a line."""

from __future__ import annotations

import pickle
from typing import Any, Final

import attrs
import pytest

from envatlas import Finding, Severity
from envatlas.environs import PROCESS, Place
from envatlas.findings import ORDER

CORE: Final = Finding("bad-core", Severity.WARNING, "A_CORE", "core 9 does not exist", "It is ignored", "unset A_CORE")


def test_a_finding_is_said_in_a_line() -> None:
    """The severity, the variable, what was found, and the code."""
    assert str(CORE) == "warning: A_CORE: core 9 does not exist [bad-core]"


def test_a_variable_is_named_once() -> None:
    """What starts with the name has it before it already; what is about no variable has none."""
    assert attrs.evolve(CORE, found="A_CORE=9 does not exist").headline == "A_CORE=9 does not exist"
    assert attrs.evolve(CORE, variable="").headline == "core 9 does not exist"


def test_severities_are_in_order() -> None:
    """The worst is the first, and each is the word that is shown."""
    assert list(map(str, ORDER)) == ["error", "warning", "note"]


def test_a_finding_of_a_check_has_the_place_of_a_process() -> None:
    """Where the variable is set is filled in afterwards."""
    assert CORE.place == PROCESS
    assert str(PROCESS) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "Bad Core"},
        {"code": ""},
        {"severity": "warning"},
        {"variable": None},
        {"found": ""},
        {"found": ["core"]},
        {"why": ""},
        {"remedy": ""},
        {"remedy": None},
        {"place": "a.env"},
    ],
    ids=str,
)
def test_a_finding_that_says_nothing_is_refused(wrong: dict[str, Any]) -> None:
    """Each part is what it must be, so that whoever shows findings need not look."""
    with pytest.raises((TypeError, ValueError)):
        attrs.evolve(CORE, **wrong)


def test_a_finding_is_a_value() -> None:
    """Equal findings are one in a set, and a finding crosses to another process."""
    assert len({CORE, attrs.evolve(CORE)}) == 1
    assert pickle.loads(pickle.dumps(CORE)) == CORE
    assert attrs.evolve(CORE, place=Place("a.env")) != CORE
