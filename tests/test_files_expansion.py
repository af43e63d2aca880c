"""Expansion: ``$(NAME)`` by the rules that Kubernetes documents and tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas.files.interpolation import InterpolationError
from envatlas.files.kubernetes.expansion import expand
from envatlas.files.limits import LONGEST_TEXT

KNOWN = {"A": "a", "B": "b", "EMPTY": "", "REF": "$(A)"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$(A)", "a"),
        ("$(A)-$(A)", "a-a"),
        ("_$(B)_", "_b_"),
        ("x$(EMPTY)y", "xy"),
        ("$(REF)", "$(A)"),
        ("$(NOWHERE)", "$(NOWHERE)"),
        ("$$(A)", "$(A)"),
        ("$$(B)_$(A)", "$(B)_a"),
        ("$$$(A)", "$a"),
        ("$$$$(A)", "$$(A)"),
        ("$$$$$$$(A)", "$$$a"),
        ("$$$$$$$(NOWHERE)", "$$$$(NOWHERE)"),
        ("$A", "$A"),
        ("$$A", "$A"),
        ("${A}", "${A}"),
        ("(A)", "(A)"),
        ("$A)", "$A)"),
        (r"\$(A)", r"\a"),
        ("$(A$(B))", "$(A$(B))"),
        ("$(A$(B)", "$(A$(B)"),
        ("x$(A", "x$(A"),
        ("$(B)__$(", "b__$("),
        ("--$($($($(", "--$($($($("),
        ("$(x$$y)", "$(x$$y)"),
        ("$?_$!", "$?_$!"),
        ("$(A)$", "a$"),
        ("$()", "$()"),
        ("", ""),
        ("\n", "\n"),
        ("$ü$(A)", "$üa"),
    ],
)
def test_a_text_is_expanded_as_kubernetes_does(text: str, expanded: str) -> None:
    """Two dollar signs are one, and what is set nowhere stays as it is."""
    assert expand(text, KNOWN.get) == expanded


@given(text=st.text())
def test_a_text_whose_dollar_signs_are_doubled_is_itself(text: str) -> None:
    """That is how a text is kept from being expanded."""
    assert expand(text.replace("$", "$$"), KNOWN.get) == text


@given(text=st.text(alphabet="$(){}AB x"))
def test_a_text_without_references_to_what_is_set_has_as_many_brackets(text: str) -> None:
    """Where nothing is set, only dollar signs are taken away."""
    assert expand(text, lambda _: None).replace("$", "") == text.replace("$", "")


def test_references_that_multiply_end_early() -> None:
    """A few of them could ask for gigabytes."""
    with pytest.raises(InterpolationError, match="longer than") as caught:
        expand("$(A)" * 100, {"A": "x" * (LONGEST_TEXT // 50)}.get)
    assert caught.value.is_mistake


def test_a_text_that_is_too_long_already_is_left_alone() -> None:
    """It is refused as it is."""
    text = "$(A)" + "x" * LONGEST_TEXT
    assert expand(text, KNOWN.get) == text
