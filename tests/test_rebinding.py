"""Rebinding: a function reads another mapping, exactly, or is refused."""

from __future__ import annotations

import functools
import json
import math
import os
import pathlib
import tempfile
import threading
from collections.abc import Callable, Mapping
from math import floor
from os import environ, getenv
from os.path import expanduser
from typing import Final

import pytest

from envatlas.rebinding import RebindingError, mentions, names_behind, names_read, rebound

CHOICES: Final = {"a": ["b"]}
_READ: Final = os.environ
_ASKED: Final = os.getenv


def _of(name: str, *, default: str = "none") -> Callable[[], str]:
    def read() -> str:
        return os.getenv(name, default)

    return read


def _countdown(number: int) -> str:
    return os.environ["A"] if number == 0 else _countdown(number - 1)


def _imports() -> object:
    import json as library
    import os as system

    return library.loads(system.environ["A"])


def _imports_more() -> object:
    import shutil

    return shutil.which("sh")


def _changes() -> object:
    CHOICES["a"].append("c")
    return CHOICES


def _own_class() -> object:
    return _Own


class _Own:
    """A class of the test's."""


_CACHED: Final = functools.cache(lambda: os.environ["A"])
_CODES: Final = {
    "getenv": lambda: os.getenv("A", "0"),
    "get": lambda: os.environ.get("A"),
    "subscript": lambda: os.environ["A"],
    "copy": lambda: os.environ.copy()["A"],
    "union": lambda: ((os.environ | {"A": "2"})["A"], ({"A": "2"} | os.environ)["A"]),
    "in": lambda: "A" in os.environ and "B" not in os.environ,
    "imported getenv": lambda: getenv("A"),
    "another name": lambda: _READ["A"],
    "helper": _of("A"),
    "recursion": lambda: _countdown(3),
    "import": _imports,
    "expanduser": lambda: (os.path.expanduser("~/x"), expanduser("~/y")),
    "path": lambda: os.path.join(os.environ["A"], os.sep),
    "pure modules": lambda: (json.loads("5"), math.floor(2.5), sorted([2, 1])),
    "a function of a pure module": lambda: floor(2.5),
    "a class of Python": lambda: [int("5"), ValueError("x").args],
}


@pytest.mark.parametrize("function", _CODES.values(), ids=_CODES)
def test_a_copy_does_with_a_mapping_what_the_function_does_with_the_process(
    function: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever way it looks at the environment in."""
    environ = {"A": "1", "HOME": "/other"}
    copied = rebound(function, environ)()
    for name, text in environ.items():
        monkeypatch.setenv(name, text)
    assert copied == function()


def test_a_copy_looks_only_at_its_mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process has is not there, also in a helper."""
    monkeypatch.setenv("A", "1")
    assert rebound(_of("A"), {})() == "none"
    assert rebound(lambda: (len(os.environ), [*os.environ]), {"B": "2"})() == (1, ["B"])
    with pytest.raises(KeyError):
        rebound(lambda: os.environ["A"], {})()


def test_a_copy_cannot_change_what_the_function_finds() -> None:
    """It has a list of its own."""
    assert rebound(_changes, {})() == {"a": ["b", "c"]}
    assert CHOICES == {"a": ["b"]}


_REFUSED: Final[Mapping[str, tuple[Callable[[], object], str]]] = {
    "another module": (lambda: tempfile.gettempdir() + "", "tempfile is the module tempfile"),
    "a class": (lambda: pathlib.Path.home() / "", "pathlib is the module pathlib"),
    "a class of its own": (_own_class, "_Own is a class of tests.test_rebinding"),
    "what is cached": (lambda: _CACHED() + "", "_CACHED is of type _lru_cache_wrapper"),
    "no function": (_CACHED, "it is of type _lru_cache_wrapper"),
}


@pytest.mark.parametrize(("function", "why"), _REFUSED.values(), ids=_REFUSED)
def test_what_may_look_at_the_process_is_refused(function: Callable[[], object], why: str) -> None:
    """Before anything of it runs, and with the reason."""
    with pytest.raises(RebindingError, match=why):
        rebound(function, {})


def _sets() -> None:
    os.environ["A"] = "2"


def _deletes() -> None:
    del os.environ["A"]


def _merges() -> None:
    os.environ |= {"A": "2"}


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (_sets, "it writes to os.environ"),
        (_deletes, "it writes to os.environ"),
        (_merges, "it writes to os.environ"),
        (lambda: os.environ.setdefault("B", "2"), "it uses os.environ.setdefault"),
        (lambda: os.environ.pop("A"), "it uses os.environ.pop"),
        (lambda: os.environ.update(A="2"), "it uses os.environ.update"),
        (os.environ.clear, "it is of type method"),
    ],
    ids=["set", "delete", "merge", "setdefault", "pop", "update", "clear"],
)
def test_a_copy_writes_nothing(write: Callable[[], object], why: str) -> None:
    """Neither to the process, nor to the other mapping."""
    environ = {"A": "1"}
    before = dict(os.environ)
    with pytest.raises(RebindingError, match=why):
        rebound(write, environ)()
    assert (environ, dict(os.environ)) == ({"A": "1"}, before)


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda: os.path.expandvars("$A"), "it uses os.path.expandvars"),
        (lambda: os.environb[b"A"], "it uses os.environb"),
        (lambda: os.posix_spawn("true", [], {}), "it uses os.posix_spawn"),
        (_imports_more, "shutil is imported"),
    ],
    ids=["expandvars", "bytes", "another process", "an import"],
)
def test_what_looks_at_the_process_is_refused_when_it_does(function: Callable[[], object], why: str) -> None:
    """The copy raises."""
    with pytest.raises(RebindingError, match=why):
        rebound(function, {"A": "1"})()


def test_threads_do_not_meet() -> None:
    """Each copy reads its own mapping."""
    found: dict[int, object] = {}

    def read(number: int) -> None:
        function = rebound(lambda: os.environ["A"], {"A": str(number)})
        found[number] = {function() for _ in range(200)}

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: {str(number)} for number in range(4)}


def test_the_names_that_are_looked_up_are_known() -> None:
    """In calls, subscripts and tests, and where a helper was told the name."""

    def function() -> object:
        return os.getenv("A", "B") or os.environ["C"] or os.environ.get("D") or "E" in os.environ

    assert names_read(function) == ("A", "C", "D", "E")
    assert names_read(_of("F")) == ("F",)
    assert names_read(int) == ()
    assert names_read(lambda: os.environ.get("A-B")) == ()
    assert names_read(lambda: ("A" in environ, environ["B"], environ.get("C"))) == ("A", "B", "C")
    assert names_read(lambda: (_READ["A"], _ASKED("B"))) == ("A", "B")
    assert names_read(lambda: (os.environ.setdefault("A", "1"), os.environ.copy())) == ("A",)


def test_what_is_looked_up_elsewhere_is_no_name_of_a_variable() -> None:
    """A dict has keys as well, and a text may be called as a function is."""
    assert names_read(lambda: (CHOICES.get("KEY"), CHOICES["a"], "B" in CHOICES, "getenv")) == ()


def test_a_name_is_mentioned_wherever_it_stands() -> None:
    """As a constant, in a closure, or as a default."""

    def function(first: str = "A", *, second: str = "B") -> object:
        return first, second, "C", lambda: "D"

    assert [name for name in "ABCDE" if mentions(function, name)] == ["A", "B", "C", "D"]
    assert (mentions(_of("F"), "F"), mentions(_of("F"), "G"), mentions(int, "A")) == (True, False, False)


def test_the_names_behind_are_those_of_its_helpers_as_well() -> None:
    """And `HOME`, where a path is expanded; recursion ends."""
    assert names_behind(lambda: os.path.expanduser(os.getenv("A", _countdown(1)))) == ("A", "HOME")
    assert names_behind(int) == ()


def test_a_cell_that_is_empty_is_nothing() -> None:
    """The function would raise as well."""

    def function() -> str:
        return os.environ[late]

    with pytest.raises(RebindingError):
        rebound(functools.partial(function), {})
    assert names_read(function) == ()
    late = "A"
    assert rebound(function, {"A": "1"})() == "1"
