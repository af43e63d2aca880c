"""Flags: each dialect is the expression that its documentation names."""

from __future__ import annotations

import re
from typing import Final, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import (
    Flag,
    IntegerFlag,
    NonemptyFlag,
    NotZeroFlag,
    OneFlag,
    OnTrueOneFlag,
    StrippedTrueOneFlag,
    TrueFlag,
    TrueOneFlag,
)


class AnyFlag(Protocol):
    """What these tests need of a flag."""

    @property
    def expected(self) -> str:
        """What it reads, in words."""
        ...

    def parse(self, text: str) -> bool:
        """Return whether a text is true."""
        ...


DIALECTS: Final[list[AnyFlag]] = [
    IntegerFlag(),
    NonemptyFlag(),
    NotZeroFlag(),
    OnTrueOneFlag(),
    OneFlag(),
    StrippedTrueOneFlag(),
    TrueFlag(),
    TrueOneFlag(),
]

WORDS: Final = ("1", "0", "true", "false", "yes", "no", "on", "off", "", "2", "t", "y", "none")
SPACE: Final = st.text(st.sampled_from(" \t\n\r\x1c\xa0\u2003"), max_size=2)


def in_other_case(word: str) -> st.SearchStrategy[str]:
    """Return the word in any mixture of upper and lower case."""
    return st.tuples(*(st.sampled_from([letter, letter.upper()]) for letter in word)).map("".join)


TEXTS: Final = st.one_of(
    st.sampled_from(WORDS),
    st.tuples(SPACE, st.sampled_from(WORDS).flatmap(in_other_case), SPACE).map("".join),
    st.integers().map(str),
    st.text(),
)
"""Words that one dialect or another knows, in any case and with space around them, and any other text."""

each_dialect: Final = pytest.mark.parametrize("flag", DIALECTS, ids=repr)


def documented(flag: AnyFlag) -> str:
    """Return the expression that the first line of a dialect's docstring names."""
    found = re.match(r"A flag as ``(.+?)``", type(flag).__doc__ or "")
    assert found is not None
    return found[1]


def evaluate(expression: str, text: str) -> bool | None:
    """Return the value of an expression of a text; None where it raises ValueError."""
    try:
        value: object = eval(expression, {}, {"text": text})
    except ValueError:
        return None
    assert isinstance(value, bool)
    return value


def parsed(flag: AnyFlag, text: str) -> bool | None:
    """Return what a flag makes of a text; None where it raises ValueError."""
    try:
        return flag.parse(text)
    except ValueError:
        return None


@each_dialect
@given(text=TEXTS)
def test_a_dialect_is_the_expression_that_it_documents(flag: AnyFlag, text: str) -> None:
    """On any text, a dialect has the value of the expression in its docstring, or both raise ValueError."""
    assert parsed(flag, text) is evaluate(documented(flag), text)


@pytest.mark.parametrize(
    ("flag", "true"),
    [
        (IntegerFlag(), {"1", "2"}),
        (NonemptyFlag(), {*WORDS} - {""}),
        (NotZeroFlag(), {*WORDS} - {"0"}),
        (OnTrueOneFlag(), {"on", "true", "1"}),
        (OneFlag(), {"1"}),
        (StrippedTrueOneFlag(), {"true", "1"}),
        (TrueFlag(), {"true"}),
        (TrueOneFlag(), {"true", "1"}),
        (Flag(), {"1", "true", "yes", "on"}),
    ],
    ids=lambda each: "words" if isinstance(each, set) else repr(each),  # a set has no order that lasts
)
def test_a_flag_is_true_for_its_words(flag: AnyFlag, true: set[str]) -> None:
    """Of the common words, exactly those are true that the flag's name says."""
    assert {word for word in WORDS if parsed(flag, word)} == true


@given(
    word=st.sampled_from(["1", "true", "yes", "on", "0", "false", "no", "off"]).flatmap(in_other_case),
    before=SPACE,
    after=SPACE,
)
def test_the_strict_flag_takes_its_words_in_any_case(word: str, before: str, after: str) -> None:
    """Case, and space around the word, do not count."""
    assert Flag().parse(before + word + after) is (word.lower() in {"1", "true", "yes", "on"})


@given(text=TEXTS)
def test_the_strict_flag_refuses_every_other_text(text: str) -> None:
    """A text that is none of the eight words is refused, and never taken for false."""
    words = {"1", "true", "yes", "on", "0", "false", "no", "off"}
    assert (parsed(Flag(), text) is None) == (text.strip().lower() not in words)


def test_the_strict_flag_says_which_words_it_takes() -> None:
    """The refusal shows the text, and what is expected."""
    with pytest.raises(ValueError, match=r"^'maybe' is not 1 or 0, true or false, yes or no, on or off$"):
        Flag().parse("maybe")


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        (OneFlag(), "any text; 1 is true"),
        (TrueFlag(), "any text; true is true, in any case"),
        (TrueOneFlag(), "any text; true or 1 is true, in any case"),
        (OnTrueOneFlag(), "any text; on, true or 1 is true, in any case"),
    ],
    ids=repr,
)
def test_a_dialect_of_words_names_them(flag: AnyFlag, expected: str) -> None:
    """What a dialect expects is built from the words that it takes for true."""
    assert flag.expected == expected


@pytest.mark.parametrize(
    ("flag", "on", "off"),
    [
        (Flag(), "1", "0"),
        (IntegerFlag(), "1", "0"),
        (OneFlag(), "1", "0"),
        (TrueFlag(), "true", "false"),
        (TrueOneFlag(), "1", "0"),
        (NotZeroFlag(), "1", "0"),
        (NonemptyFlag(), "1", ""),
    ],
    ids=repr,
)
def test_a_flag_writes_the_text_that_operators_write(flag: Flag, on: str, off: str) -> None:
    """True and false are rendered as the words that the flag's documentation uses."""
    assert (flag.render(True), flag.render(False)) == (on, off)
