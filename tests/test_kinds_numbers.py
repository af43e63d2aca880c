"""Numbers: what `int` and `float` make of a text."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Integer, Kind, Number

TEXTS: Final = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
"""Any text that an environment can have, where its bytes are UTF-8."""

ODD_TEXTS: Final = st.text(
    st.sampled_from(
        "0123456789+-_.eEinfatyINFATYrulsoxb \t\n\r\v\f\x1c\x1f\x85\xa0\u2003\u2028\u3000"
        "\u0661\u0967\uff11\xb2\xbd\ufeff\u200b\u212a\u0130\u017f"
    ),
    max_size=8,
)
"""Texts of what numbers and words are made of, and of what resembles it."""


def outcome(function: Callable[[str], object], text: str) -> str:
    """Return a representation of what a function of a text does: its result, or that it raises ValueError."""
    try:
        return repr(function(text))
    except ValueError:
        return "ValueError"


@given(text=st.one_of(TEXTS, ODD_TEXTS))
def test_an_integer_is_what_int_makes_of_any_text(text: str) -> None:
    """Integer and the built-in int agree: the same number, or ValueError."""
    assert outcome(Integer().parse, text) == outcome(int, text)


@given(text=st.one_of(TEXTS, ODD_TEXTS, st.floats().map(str)))
def test_a_number_is_what_float_makes_of_any_text(text: str) -> None:
    """Number and the built-in float agree: the same number, or ValueError."""
    assert outcome(Number().parse, text) == outcome(float, text)


@given(value=st.integers(-(2**53), 2**53))
def test_a_number_renders_a_whole_one_as_a_float(value: int) -> None:
    """An int is taken for the float that is equal to it."""
    assert Number().parse(Number().render(value)) == value


@pytest.mark.parametrize("value", [2**53 + 1, 10**400], ids=["no float is equal", "no float is as large"])
def test_a_number_refuses_a_whole_one_that_no_float_equals(value: int) -> None:
    """Where no text reads as the value, rendering it is a ValueError."""
    with pytest.raises(ValueError, match=r"\w"):
        Number().render(value)


def test_an_integer_refuses_more_digits_than_python_reads() -> None:
    """A number too long for int to read back has no text."""
    with pytest.raises(ValueError, match="digits"):
        Integer().render(10 ** sys.get_int_max_str_digits())


def test_nan_reads_as_nan() -> None:
    """The text nan is a number, if not one that equals itself."""
    assert math.isnan(Number().parse("nan"))


@pytest.mark.parametrize("kind", [Integer(), Number()], ids=repr)
def test_a_number_is_not_rendered_from_its_text(kind: Kind[object]) -> None:
    """The text of a number is not the number."""
    with pytest.raises(TypeError, match=r"got str$"):
        kind.render("1")
