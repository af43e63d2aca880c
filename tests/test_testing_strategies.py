"""What plugin authors test with: the texts and the values that the strategies make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from envatlas import (
    Between,
    Choice,
    EachOf,
    Flag,
    Integer,
    Number,
    OneOf,
    Path,
    Schema,
    Text,
    TextList,
    Variable,
    user_cache,
)
from envatlas.testing import texts, values


@attrs.frozen
class Level:
    """A kind whose schema is what a test says it is."""

    says: Schema
    name = "level"
    expected = "low or high"
    empty_is_unset = True

    def parse(self, text: str) -> str:
        """Return the level."""
        if text not in {"low", "high"}:
            raise ValueError(text)
        return text

    def render(self, value: object) -> str:
        """Return its text."""
        return str(value)

    def schema(self) -> Schema:
        """Return what is said of it."""
        return self.says


HELP: Final = "Whatever it is; unset, nothing."
VARIABLES: Final[dict[str, Variable[object]]] = {
    "integer": Variable("A", Integer(), default=80, help=HELP, expects=Between(minimum=1)),
    "number": Variable("A", Number(), default=None, help=HELP, expects=Between(maximum=1)),
    "flag": Variable("A", Flag(), default=False, help=HELP, reads=("B", "A")),
    "choice": Variable("A", Choice("a", "b"), default=None, help=HELP),
    "list": Variable("A", TextList(), default=None, help=HELP, expects=EachOf(OneOf("a", "b"))),
    "path": Variable("A", Path(), default=user_cache("a"), help=HELP),
    "enumeration": Variable("A", Level({"type": "string", "enum": ["low", "high"]}), default=None, help=HELP),
    "a pattern that is none": Variable("A", Level({"type": "string", "pattern": "("}), default="low", help=HELP),
    "a schema that says little": Variable("A", Level({"type": "string"}), default="low", help=HELP),
}


@pytest.mark.parametrize("name", VARIABLES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_text_can_be_set(name: str, data: st.DataObject) -> None:
    """It is one that an environment can hold."""
    text = data.draw(texts(VARIABLES[name]))
    assert "\0" not in text
    text.encode()


@pytest.mark.parametrize("name", VARIABLES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_value_is_one_of_the_kind(name: str, data: st.DataObject) -> None:
    """It has a text, or at least is of the type that has."""
    variable = VARIABLES[name]
    value = data.draw(values(variable))
    assert value is not None
    assert variable.kind.render(value) is not None


FOUND: Final[dict[str, tuple[str, Callable[[str], bool]]]] = {
    "the default": ("integer", lambda text: text == "80"),
    "a bound": ("integer", lambda text: text == "1"),
    "a bound from above": ("number", lambda text: text == "1.0"),
    "what each is expected to be": ("list", lambda text: text == "b"),
    "another readable one": ("integer", lambda text: text.isdecimal() and int(text) > 1000),
    "one with space behind it": ("choice", lambda text: text == "a "),
    "one in quotes": ("flag", lambda text: text.startswith('"') and text[1:-1].lower() in {"1", "true"}),
    "an empty one": ("flag", lambda text: text == ""),
    "one that no kind expects": ("enumeration", lambda text: text not in {"low", "high"} and len(text) > 5),
}


@pytest.mark.parametrize("what", FOUND)
def test_readable_and_surprising_texts_are_among_them(what: str) -> None:
    """Those of the declaration, others of the kind, and those that somebody types by mistake."""
    name, is_it = FOUND[what]
    assert is_it(find(texts(VARIABLES[name]), is_it, settings=settings(max_examples=20_000, deadline=None)))


def test_a_text_of_any_kind_is_any_text() -> None:
    """Where the schema says no more, nothing is left out."""
    free = Variable("A", Text(), default=None, help=HELP)
    assert find(values(free), lambda text: "é" in text) == "é"
