"""Dialects: each kind is the expression that its documentation names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas.dialects import ExactChoice, WordFlag

WORDS = ("1", "On", "true")
TEXTS = st.one_of(st.sampled_from(["1", "on", "On", " on ", "TRUE", "", "0"]), st.text(max_size=4))


@given(text=TEXTS, ignore_case=st.booleans(), strip=st.booleans())
def test_a_word_flag_is_true_for_its_words(text: str, ignore_case: bool, strip: bool) -> None:
    """As they are, in lower case, without space."""
    flag = WordFlag(*WORDS, ignore_case=ignore_case, strip=strip)
    asked = text.strip() if strip else text
    assert flag.parse(text) is ((asked.lower() if ignore_case else asked) in WORDS)


@pytest.mark.parametrize("words", [("1",), ("0", ""), ("off", "0")])
@pytest.mark.parametrize("value", [True, False])
def test_a_word_flag_writes_what_it_reads(words: tuple[str, ...], value: bool) -> None:
    """Also where the usual texts are among its words."""
    assert WordFlag(*words).parse(WordFlag(*words).render(value)) is value


def test_a_word_flag_for_which_all_usual_texts_are_true_writes_no_false() -> None:
    """Rather than a wrong one."""
    with pytest.raises(ValueError, match="no text reads as False"):
        WordFlag("0", "", "false").render(False)


def test_a_word_flag_says_which_words_are_true() -> None:
    """And whether case counts."""
    assert WordFlag("1").expected == "any text; '1' is true"
    assert WordFlag("1", "on", ignore_case=True).expected == "any text; '1', 'on' are true, in any case"
    assert WordFlag("1").schema() == {"type": "string"}


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


def test_an_exact_choice_has_a_schema_where_case_counts() -> None:
    """Of any text, where it does not."""
    assert ExactChoice("a").schema() == {"type": "string", "enum": ["a"]}
    assert ExactChoice("a", ignore_case=True).schema() == {"type": "string"}
    assert ExactChoice("a", ignore_case=True).expected == "exactly one of 'a', in any case"
