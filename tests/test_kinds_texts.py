"""Texts: as they stand, in upper case, one of a few, and in lists."""

from __future__ import annotations

import sys
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Choice, Text, TextList, UpperText

TEXTS: Final = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
"""Any text that an environment can have, where its bytes are UTF-8."""

SPACES: Final = "".join(filter(str.isspace, map(chr, range(sys.maxunicode + 1))))


@given(text=st.text())
def test_a_text_is_itself(text: str) -> None:
    """Text changes nothing."""
    assert Text().parse(text) == text


@given(text=st.text())
def test_an_upper_text_is_in_upper_case(text: str) -> None:
    """UpperText reads any text as `str.upper` has it."""
    assert UpperText().parse(text) == text.upper()


def test_an_upper_text_refuses_lower_case() -> None:
    """No text reads as one in lower case."""
    with pytest.raises(ValueError, match="'gpu' is not in upper case"):
        UpperText().render("gpu")


@given(before=st.text(st.sampled_from(SPACES)), after=st.text(st.sampled_from(SPACES)))
def test_a_choice_ignores_space_around_it(before: str, after: str) -> None:
    """A choice is read with any space before and after it."""
    assert Choice("fork", "spawn").parse(f"{before}spawn{after}") == "spawn"


@pytest.mark.parametrize("text", ["Fork", "fork,spawn", "fo rk", "", "for"])
def test_a_choice_refuses_every_other_text(text: str) -> None:
    """What is none of the choices is refused, with the choices named."""
    with pytest.raises(ValueError, match=r"is not one of 'fork', 'spawn'$"):
        Choice("fork", "spawn").parse(text)


@pytest.mark.parametrize("value", ["other", "", " fork "])
def test_a_choice_renders_nothing_but_its_choices(value: str) -> None:
    """A text that is none of the choices is no value, even where it would read as one."""
    with pytest.raises(ValueError, match=r"is not one of 'fork', 'spawn'$"):
        Choice("fork", "spawn").render(value)


@pytest.mark.parametrize("choices", [(), ("",), (" a",), ("a", "b\n")])
def test_choices_without_space_around_them_are_required(choices: tuple[str, ...]) -> None:
    """A choice that no text could name is refused, and so is none at all."""
    with pytest.raises(ValueError, match=r"^choices are texts without space around them, at least one: got "):
        Choice(*choices)


@given(text=st.text(), separator=st.sampled_from([",", ":", "::", " "]))
def test_a_list_is_what_split_makes_of_any_text(text: str, separator: str) -> None:
    """TextList and `str.split` agree."""
    assert TextList(separator).parse(text) == text.split(separator)


@given(text=st.one_of(TEXTS, st.text(st.sampled_from("ab, \t"))))
def test_a_stripped_list_has_no_space_and_no_empty_text(text: str) -> None:
    """With strip, space around a text is ignored, and a text of nothing else is dropped."""
    expected = [item for item in map(str.strip, text.split(",")) if item]
    assert TextList(strip=True).parse(text) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (TextList(), []),
        (TextList(), ["a,b"]),
        (TextList("aa"), ["a", "b"]),
        (TextList(strip=True), [" a"]),
        (TextList(strip=True), ["a", ""]),
    ],
)
def test_a_list_that_no_text_stands_for_is_refused(kind: TextList, value: list[str]) -> None:
    """A list that would read back as another is a ValueError."""
    with pytest.raises(ValueError, match=r"^no text reads as "):
        kind.render(value)


@pytest.mark.parametrize("value", ["a", ("a",), [1], [None]])
def test_a_list_renders_nothing_but_a_list_of_texts(value: object) -> None:
    """A text, a tuple, and a list of something else are of another type."""
    with pytest.raises(TypeError, match=r"^expected (list|str), got "):
        TextList().render(value)


def test_a_separator_is_not_empty() -> None:
    """Nothing cannot stand between two texts."""
    with pytest.raises(ValueError, match="separator"):
        TextList("")


def test_each_parse_has_a_list_of_its_own() -> None:
    """Whoever changes a list changes nobody else's."""
    kind = TextList()
    kind.parse("a").append("b")
    assert kind.parse("a") == ["a"]
