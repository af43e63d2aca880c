"""Laws of every reading: after any changes, it is what an environment has that was never read before."""

from __future__ import annotations

import collections
import os
import unittest.mock
from collections.abc import Callable, Mapping, MutableMapping
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas import Computed, Flag, Integer, OneFlag, Path, Text, TextList, Variable, user_cache
from envatlas.environment import Environment
from envatlas.errors import InvalidValueError
from envatlas.owner import Owner
from envatlas.readers import Reader, reader_of
from envatlas.texts import texts_of
from envatlas.values import inputs, read
from envatlas.vllm import registry

ACME: Final = Owner("acme", "acme-vllm", "1.2")
NAMES: Final = tuple(dict.fromkeys(name for variable in registry for name in inputs(variable)))
TEXTS: Final = st.sampled_from(["", " ", "0", "1", "2", "~", "~/x", "/x", "a,b", "true", "x", "\udcff"])


SETTINGS: Final[list[Variable[object]]] = [
    Variable("A", OneFlag(), default=False, help="A flag."),
    Variable("A", Integer(), default=None, help="A number."),
    Variable("A", Flag(), default=True, help="A flag.", reads=("A", "B")),
    Variable("A", Text(), default="unset", help="A text.", reads=("B",)),
    Variable("A", Text(), default="unset", help="A text.", reads=("B", "A", "HOME", "C")),
    Variable("A", Path(), default=None, help="A path."),
    Variable("A", Path(), default=user_cache("a"), help="A path."),
    Variable("A", Path(), default=user_cache("a"), help="A path.", reads=("A", "B")),
    Variable("HOME", Path(), default=None, help="A path."),
    Variable("A", TextList(), default=["a"], help="A list.", reads=("A", "B")),
    Variable("A", TextList(strip=True), default=Computed(lambda environ: [environ.get("B", "b")], "b"), help="A list."),
    Variable("A", Text(), default=Computed(lambda environ: environ.get("B", "b"), "b", ("C",)), help="A text."),
    Variable("A", Flag(), default=Computed(lambda environ: "B" in environ, "b", ()), help="A flag."),
]
"""Variables of one, two, three and more inputs, of values that can change, and of defaults that say too little."""

CHANGES: Final = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", "HOME", "XDG_CACHE_HOME"]),
        st.none() | TEXTS,
    ),
    max_size=30,
)
"""Names, and the texts that they are given one after the other; None unsets."""

Environ = MutableMapping[str, str]


class Public(collections.ChainMap[str, str]):
    """The public side of an environment, and nothing of its private one."""


def reader(variable: Variable[object], environ: Mapping[str, str]) -> Reader[object]:
    """Return a live reader of one variable."""
    return reader_of(variable, environ, texts_of(environ), ACME)


def outcome(variable: Variable[object], environ: Mapping[str, str], read_live: Reader[object] | None = None) -> object:
    """Return a variable's value, and its type; or the text of the error; by a reader, or by a read of a fresh copy."""
    try:
        value = read(variable, dict(environ), ACME) if read_live is None else read_live(None)
    except InvalidValueError as error:
        return str(error)
    return type(value), value


def by(look: Callable[[Environment, str], object], envs: Environment, variable: Variable[object]) -> object:
    """Return a variable's value, and its type; or the text of the error; by a look at an environment."""
    return outcome(variable, {}, lambda _: look(envs, variable.name))


def change(environ: Environ, name: str, text: str | None) -> None:
    """Set a name, or unset it."""
    if text is None:
        environ.pop(name, None)
    else:
        environ[name] = text


@pytest.mark.parametrize("variable", SETTINGS, ids=lambda each: f"{each.kind.name}-{len(inputs(each))}")
@pytest.mark.parametrize("kept", ["dict", "bytes", "public"])
@given(changes=CHANGES)
def test_a_reader_has_what_a_fresh_read_has(
    variable: Variable[object], kept: str, changes: list[tuple[str, str]]
) -> None:
    """After each of any changes, a value, or the error, is that of an environment that was never read before."""
    with unittest.mock.patch.dict(os.environ, clear=True):
        sorts: dict[str, Environ] = {"dict": {}, "bytes": os.environ, "public": Public(os.environ)}
        environ = sorts[kept]
        live = reader(variable, environ)
        for name, text in changes:
            change(environ, name, text)
            assert outcome(variable, environ, live) == outcome(variable, environ)
            assert outcome(variable, environ, live) == outcome(variable, environ)


@settings(max_examples=30, deadline=None)
@given(changes=st.lists(st.dictionaries(st.sampled_from(NAMES), st.none() | TEXTS, max_size=20), max_size=5))
def test_every_installed_variable_follows_every_change(changes: list[dict[str, str | None]]) -> None:
    """After any changes of all names that anything depends on, each variable is what a fresh read makes of it."""
    with unittest.mock.patch.dict(os.environ, clear=True):
        live = {variable: reader(variable, os.environ) for variable in registry}
        for texts in changes:
            for name, text in texts.items():
                change(os.environ, name, text)
            environ = dict(os.environ)
            differing = [each.name for each in live if outcome(each, environ, live[each]) != outcome(each, environ)]
            assert differing == []


@settings(max_examples=30, deadline=None)
@given(changes=st.lists(st.dictionaries(st.sampled_from(NAMES), st.none() | TEXTS, max_size=20), max_size=5))
def test_an_environment_follows_every_change(changes: list[dict[str, str | None]]) -> None:
    """The same as attributes and as items, of a dict."""
    environ: dict[str, str] = {}
    envs = Environment(registry, environ)
    for texts in changes:
        for name, text in texts.items():
            change(environ, name, text)
        for variable in registry:
            fresh = Environment(registry, dict(environ))
            assert by(Environment.__getitem__, envs, variable) == by(Environment.__getitem__, fresh, variable)
            assert by(getattr, envs, variable) == by(Environment.__getitem__, fresh, variable)
