"""Spelling hints."""

from __future__ import annotations

from envatlas.spelling import nearest_names


def test_a_name_with_two_letters_swapped_is_recognised() -> None:
    """The commonest mistake leads to the name that was meant."""
    assert nearest_names("VLLM_PROT", ["VLLM_HOST_IP", "VLLM_PORT"]) == ("VLLM_PORT",)


def test_case_is_ignored_and_given_back() -> None:
    """A name in the wrong case is near, and shown as it is declared."""
    assert nearest_names("ACME_PORT", ["Acme_Port"]) == ("Acme_Port",)


def test_the_nearest_name_comes_first() -> None:
    """Names are sorted by how much they resemble."""
    assert nearest_names("ACME_PORT", ["ACME_PORTS_A", "ACME_PORTS"]) == ("ACME_PORTS", "ACME_PORTS_A")


def test_at_most_three_names_are_given() -> None:
    """More would hide the one that was meant."""
    assert len(nearest_names("ACME_PORT", [f"ACME_PORT{number}" for number in range(9)])) == 3


def test_a_name_like_no_other_has_no_hint() -> None:
    """No name is better than a wrong one."""
    assert nearest_names("HOME", ["VLLM_PORT", "VLLM_HOST_IP"]) == ()


def test_no_names_give_no_hint() -> None:
    """A registry without variables has nothing to suggest."""
    assert nearest_names("VLLM_PORT", []) == ()
