"""Expectations: what a documentation allows, and how it says so."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Between, EachOf, Expectation, Integer, Matches, OneOf, Variable
from envatlas.values import read

EXPECTATIONS: Final[list[Expectation]] = [
    OneOf("a", "b"),
    EachOf(OneOf("a", "b")),
    Between(minimum=1),
    Matches(r"[0-9]+", "digits"),
]

each_expectation: Final = pytest.mark.parametrize("expectation", EXPECTATIONS, ids=repr)


@each_expectation
def test_each_expectation_has_the_protocol(expectation: Expectation) -> None:
    """What envatlas calls an expectation implements the protocol, and says in words what it allows."""
    assert isinstance(expectation, Expectation)
    assert expectation.describe()


@each_expectation
def test_an_expectation_is_frozen(expectation: Expectation) -> None:
    """No attribute of an expectation can be changed."""
    for name in ("choices", "each", "minimum", "pattern"):
        with pytest.raises(AttributeError):
            setattr(expectation, name, None)


@each_expectation
def test_an_expectation_allows_no_foreign_value(expectation: Expectation) -> None:
    """A value of a type that the documentation does not speak of is not allowed, and no error."""
    assert not expectation.allows(object())


def test_expectations_of_equal_fields_are_equal() -> None:
    """Expectations are values, so that declarations with the same one are the same declaration."""
    assert OneOf("a", "b") == OneOf("a", "b")
    assert hash(Between(0, 1)) == hash(Between(0, 1))
    assert len(set(EXPECTATIONS)) == len(EXPECTATIONS)


@given(value=st.integers() | st.text(), choices=st.lists(st.integers() | st.text(), min_size=1))
def test_one_of_allows_its_choices_only(value: object, choices: list[object]) -> None:
    """A value is allowed exactly if it is among the choices."""
    assert OneOf(*choices).allows(value) == (value in choices)


def test_one_of_none_is_refused() -> None:
    """An expectation that nothing could meet is a mistake."""
    with pytest.raises(ValueError, match=r"^OneOf needs at least one choice$"):
        OneOf()


def test_one_of_names_its_choices() -> None:
    """The choices are named as a Python program writes them."""
    assert OneOf("cuda", 2, None).describe() == "one of 'cuda', 2, None"


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ([], True),
        (["a"], True),
        (["a", "b", "a"], True),
        (("a", "b"), False),
        (["a", "c"], False),
        ("ab", False),
        (None, False),
    ],
)
def test_each_of_allows_a_list_of_allowed_items(value: object, allowed: bool) -> None:
    """A list is allowed if all its items are; neither a tuple nor a text is taken for one."""
    assert EachOf(OneOf("a", "b")).allows(value) is allowed


def test_each_of_names_what_an_item_must_be() -> None:
    """The description is built from that of the items."""
    assert EachOf(Between(0, 9)).describe() == "a list, each from 0 to 9"


@given(
    value=st.integers() | st.floats(),
    minimum=st.none() | st.integers() | st.floats(allow_nan=False),
    maximum=st.none() | st.integers() | st.floats(allow_nan=False),
)
def test_between_includes_its_bounds(value: float, minimum: float | None, maximum: float | None) -> None:
    """A number is allowed exactly if it is not below the one bound, and not above the other; NaN never is."""
    if minimum is None and maximum is None:
        minimum = value if value == value else 0  # noqa: PLR0124  NaN is no bound
    above = minimum is None or value >= minimum
    below = maximum is None or value <= maximum
    assert Between(minimum, maximum).allows(value) == (above and below)


@pytest.mark.parametrize("value", ["1", None, [1]])
def test_between_allows_nothing_but_numbers(value: object) -> None:
    """What cannot be compared with a bound is not allowed."""
    assert not Between(0, 2).allows(value)


def test_between_no_bounds_is_refused() -> None:
    """An expectation that every number meets is a mistake."""
    with pytest.raises(ValueError, match=r"^Between needs a minimum or a maximum$"):
        Between()


@pytest.mark.parametrize(
    ("expectation", "description"),
    [
        (Between(minimum=1), "at least 1"),
        (Between(maximum=0.5), "at most 0.5"),
        (Between(0, 1), "from 0 to 1"),
    ],
    ids=repr,
)
def test_between_names_its_bounds(expectation: Between, description: str) -> None:
    """The description has the bounds that there are; a zero is one."""
    assert expectation.describe() == description


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("0,1", True),
        ("0", True),
        ("0,", False),
        ("0,1\n", False),
        ("x0", False),
        ("", False),
        (0, False),
        (None, False),
    ],
)
def test_a_text_matches_from_its_start_to_its_end(value: object, allowed: bool) -> None:
    """Neither a part of a text is enough, nor is a line break at its end forgiven."""
    assert Matches(r"[0-9]+(,[0-9]+)*", "whole numbers, separated by commas").allows(value) is allowed


def test_a_form_is_said_in_words() -> None:
    """An expression that nobody can read needs a description."""
    assert Matches(r"/.*", "an absolute path").describe() == "an absolute path"
    with pytest.raises(ValueError, match="form"):
        Matches(r"/.*", "")


def test_an_expectation_changes_no_reading() -> None:
    """A value that the documentation does not allow is read as it is."""
    port = Variable("A_PORT", Integer(), default=80, help="The port.", expects=Between(1, 65535))
    assert read(port, {"A_PORT": "-1"}) == -1


def test_a_pattern_that_is_no_regular_expression_is_refused_when_it_is_made() -> None:
    """A check of an environment must never run into it."""
    with pytest.raises(ValueError, match=r"'\(' is no regular expression"):
        Matches("(", "a form")
