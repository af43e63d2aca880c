"""The bundled plugins against vLLM's documentation: what the documented program computes, and who owns what.

A line of ``data/seed_cases.jsonl`` has a variable, the whole environment, and a value or an error's class.
"""

from __future__ import annotations

import collections
import json
import math
import os
import pathlib
import tempfile
import unittest.mock
from collections.abc import Callable, MutableMapping
from typing import Final, NotRequired, TypedDict, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas.environment import Environment
from envatlas.errors import InvalidValueError
from envatlas.texts import texts_of
from envatlas.vllm import registry

DATA: Final = pathlib.Path(__file__).parent / "data"


class Case(TypedDict):
    """One evaluation of the documented program."""

    variable: str
    environ: dict[str, str]
    value: NotRequired[object]
    error: NotRequired[str]


def cases_by_variable() -> dict[str, list[Case]]:
    """Return all cases, grouped."""
    grouped: dict[str, list[Case]] = {}
    for line in (DATA / "seed_cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = cast("Case", json.loads(line))
        grouped.setdefault(case["variable"], []).append(case)
    return grouped


CASES: Final = cases_by_variable()
OWNERS: Final = cast("dict[str, list[str]]", json.loads((DATA / "plugins.json").read_text(encoding="utf-8")))

TEXTS: Final = st.text(st.characters(exclude_characters="\0"))
"""Any text that an environment can have, and lone surrogates."""


def differs(case: Case, envs: Environment, environ: MutableMapping[str, str]) -> str:
    """Return how a live reading differs from the documented one, once its environment is set; empty if it does not."""
    environ.clear()
    environ.update(case["environ"])
    name = case["variable"]
    expected = f"raises {case['error']}" if "error" in case else repr(case.get("value"))
    try:
        value = envs[name]
    except InvalidValueError as error:
        agrees = "error" in case and error.variable == name
        got = f"raises {error!r}"
    else:
        agrees = "error" not in case and is_same(value, case.get("value"))
        got = repr(value)
    return "" if agrees else f"{case['environ']}: expected {expected}, got {got}"


def is_same(value: object, expected: object) -> bool:
    """Return whether two values are equal and of one type, with all their items; NaN is itself."""
    if type(value) is not type(expected):
        return False
    if isinstance(value, list) and isinstance(expected, list):
        items, others = cast("list[object]", value), cast("list[object]", expected)
        return len(items) == len(others) and all(map(is_same, items, others))
    if isinstance(value, float) and math.isnan(value):
        return isinstance(expected, float) and math.isnan(expected)
    return value == expected


def name_in_error(environ: dict[str, str], name: str) -> str | None:
    """Return the variable that a read's InvalidValueError names; None if it raises none."""
    try:
        Environment(registry, environ)[name]
    except InvalidValueError as error:
        return error.variable
    return None


def test_all_cases_are_there() -> None:
    """The data has 5160 cases, and some for each of the 94 variables."""
    assert sum(map(len, CASES.values())) == 5160
    assert sorted(CASES) == sorted(name for names in OWNERS.values() for name in names)
    assert len(CASES) == 94


class Public(collections.ChainMap[str, str]):
    """The public side of an environment, and nothing of its private one."""


ENVIRONS: Final[dict[str, Callable[[], MutableMapping[str, str]]]] = {
    "dict": dict,
    "bytes": lambda: os.environ,
    "public": lambda: Public(os.environ),
}
"""The sorts of environments: a dict, the process's own by its bytes, and the same by its public side."""


@pytest.mark.parametrize("sort", ENVIRONS)
@pytest.mark.parametrize("name", CASES)
def test_a_reading_is_what_the_documented_program_computes(
    name: str, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each case reads as the same value of the same type, or raises where the documented program does.

    One live environment goes through all cases, there and back, so that what it remembers counts as well.
    """
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")
    cases = [*CASES[name], *reversed(CASES[name])]
    with unittest.mock.patch.dict(os.environ):
        environ = ENVIRONS[sort]()
        envs = Environment(registry, environ)
        differences = [difference for case in cases if (difference := differs(case, envs, environ))]
    assert not differences, "\n".join([name, *differences])


@pytest.mark.parametrize(("sort", "is_stored"), [("dict", True), ("bytes", True), ("public", False)])
def test_each_sort_of_environment_is_read_its_own_way(sort: str, is_stored: bool) -> None:
    """The three sorts above are of both ways to the texts: below, and by the public side."""
    assert (texts_of(ENVIRONS[sort]()).stored is not None) is is_stored


def test_plugins_own_what_is_documented() -> None:
    """Each bundled plugin is active and declares its own variables in the documented order, and no other."""
    bundled = {
        plugin.name: list(plugin.variables)
        for plugin in registry.plugins
        if plugin.distribution.startswith("envatlas-vllm-")
    }
    assert bundled == {plugin: names for plugin, names in OWNERS.items() if plugin != "(registry)"}


def test_the_registry_owns_its_filter_variable() -> None:
    """What belongs to no plugin belongs to the registry: the variable that selects plugins."""
    assert OWNERS["(registry)"] == ["VLLM_PLUGINS"]
    assert registry.owner("VLLM_PLUGINS").plugin == "(registry)"


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(TEXTS, TEXTS.map("~{}".format), st.integers().map(str), st.floats().map(str)))
def test_no_text_makes_a_read_raise_anything_else(text: str) -> None:
    """Whatever text any variable has, it reads as a value or raises InvalidValueError that names it."""
    for variable in registry:
        environ = {"HOME": "/home/user", **dict.fromkeys(variable.sources, text)}
        assert name_in_error(environ, variable.name) in {None, variable.name}
