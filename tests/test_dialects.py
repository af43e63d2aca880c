"""Dialects: each kind is the expression that its documentation names."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Variable
from envatlas.dialects import ExactChoice, WordFlag
from envatlas.testing import values
from tests.validators import Invalid, by_each_validator

WORDS = ("1", "On", "true")
TEXTS = st.one_of(st.sampled_from(["1", "on", "On", " on ", "TRUE", "", "0"]), st.text(max_size=4))


@given(text=TEXTS, ignore_case=st.booleans(), strip=st.booleans())
def test_a_word_flag_is_true_for_its_words(text: str, ignore_case: bool, strip: bool) -> None:
    """As they are, in lower case, without space."""
    flag = WordFlag(*WORDS, ignore_case=ignore_case, strip=strip)
    asked = text.strip() if strip else text
    assert flag.parse(text) is ((asked.lower() if ignore_case else asked) in WORDS)
    negated = WordFlag(*WORDS, ignore_case=ignore_case, strip=strip, otherwise=True)
    assert negated.parse(text) is not flag.parse(text)


@pytest.mark.parametrize("words", [("1",), ("0", ""), ("off", "0")])
@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize("otherwise", [True, False])
def test_a_word_flag_writes_what_it_reads(words: tuple[str, ...], value: bool, otherwise: bool) -> None:
    """Also where the usual texts are among its words."""
    flag = WordFlag(*words, otherwise=otherwise)
    assert flag.parse(flag.render(value)) is value


def test_a_word_flag_for_which_all_usual_texts_are_true_writes_no_false() -> None:
    """Rather than a wrong one."""
    with pytest.raises(ValueError, match="no text reads as False"):
        WordFlag("0", "", "false", "1").render(False)


def test_a_word_flag_says_which_words_are_true() -> None:
    """And whether case counts."""
    assert WordFlag("1").expected == "any text; '1' is true"
    assert WordFlag("1", "on", ignore_case=True).expected == "any text; '1', 'on' are true, in any case"
    assert WordFlag("0", otherwise=True).expected == "any text; '0' is false"
    assert WordFlag("1").schema() == {"type": "string"}


def test_a_word_that_no_text_is_compared_as_is_not_said_to_be_true() -> None:
    """Lower case has no capitals, and what is stripped no space around it."""
    assert WordFlag("A", "b", ignore_case=True).expected == "any text; 'b' is true, in any case"
    assert WordFlag("A", "b", ignore_case=True).render(True) == "b"
    assert WordFlag(" 1", "1", strip=True).expected == "any text; '1' is true"


@pytest.mark.parametrize(
    "make",
    [WordFlag, lambda: WordFlag("A", ignore_case=True), lambda: WordFlag(" ", strip=True), ExactChoice],
    ids=["no word", "no lower case", "no text without space", "no choice"],
)
def test_a_kind_that_no_text_fits_is_refused(make: Callable[[], object]) -> None:
    """Where it is made."""
    with pytest.raises(ValueError, match="texts"):
        make()


@pytest.mark.parametrize("kind", [WordFlag, ExactChoice])
def test_what_is_no_text_is_refused(kind: Callable[[str], object]) -> None:
    """Where it is made."""
    with pytest.raises(TypeError, match="expected str, got int"):
        kind(cast("str", 1))


@given(text=st.one_of(st.sampled_from(["fork", "Fork", "SPAWN", ""]), st.text(max_size=5)), ignore_case=st.booleans())
def test_an_exact_choice_reads_its_texts_and_no_other(text: str, ignore_case: bool) -> None:
    """The value is the text as it stands."""
    kind = ExactChoice("fork", "Spawn", ignore_case=ignore_case)
    known = (text.lower() in {"fork", "spawn"}) if ignore_case else text in {"fork", "Spawn"}
    if known:
        assert kind.parse(text) == kind.render(text) == text
    else:
        with pytest.raises(ValueError, match="exactly one of"):
            kind.parse(text)


def test_an_exact_choice_has_a_schema() -> None:
    """Of any text, where case does not matter and the choices are not plain."""
    assert ExactChoice("a").schema() == {"type": "string", "enum": ["a"]}
    assert ExactChoice("\xe9", ignore_case=True).schema() == {"type": "string"}
    assert ExactChoice("a", ignore_case=True).expected == "exactly one of 'a', in any case"


@by_each_validator
@given(
    text=st.one_of(
        st.from_regex(re.compile("^(fork|a.b)$", re.IGNORECASE)), st.sampled_from(["fork\n", "for\u212a", "axb"])
    )
)
def test_the_schema_of_a_choice_in_any_case_accepts_what_it_reads(invalid: Invalid, text: str) -> None:
    """And nothing else."""
    kind = ExactChoice("Fork", "a.b", ignore_case=True)
    is_read = text.lower() in {"fork", "a.b"}
    assert bool(invalid(kind.schema(), text)) is not is_read


def test_no_other_letter_has_an_ascii_lower_case() -> None:
    """Than the sign of Kelvin, of which schemas know."""
    others = [each for each in map(chr, range(128, sys.maxunicode + 1)) if each.lower().isascii()]
    assert others == ["\u212a"]


@given(data=st.data())
def test_an_exact_choice_has_values_for_tests(data: st.DataObject) -> None:
    """`envatlas.testing` finds them by the schema."""
    variable = Variable("A", ExactChoice("fork", "spawn", ignore_case=True), default=None, help="A; unset, none.")
    value = data.draw(values(variable))
    assert value is not None
    assert value.lower() in {"fork", "spawn"}
