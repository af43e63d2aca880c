"""Scalars: what a YAML text without quotes is where text is expected."""

from __future__ import annotations

from typing import Final

import pytest

from envatlas.files.nodes import ScalarNode
from envatlas.files.scalars import Sort, number_in_compose, sort_in_compose, sort_in_kubernetes

BOOLEANS: Final = ["true", "True", "TRUE", "false", "False", "FALSE"]
YES_NO: Final = ["y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"]
NOTHING: Final = ["", "~", "null", "Null", "NULL"]
NUMBERS: Final = [
    "0",
    "1",
    "-1",
    "+1",
    "1_000",
    "1__0",
    "1_",
    "0_7",
    "017",
    "-017",
    "08",
    "0o17",
    "0O17",
    "0x1F",
    "0X1f",
    "-0x1f",
    "0b11",
    "0B1",
    "-0b11",
    "1e3",
    "1E5",
    "1e+5",
    "1.5e+3",
    ".5",
    "5.",
    "1_0.5",
    "99999999999999999999",
    ".inf",
    "-.inf",
    "+.Inf",
    ".nan",
    ".NaN",
]
TEXTS: Final = [
    "text",
    "oN",
    "nULL",
    "tRUE",
    "12:30:45",
    "1:30",
    "2001-01-01",
    "=",
    "_1",
    "0x",
    ".",
    "+",
    "-",
    "1.2.3",
    "1,000",
    "0o9",
    "0b2",
    "1e",
    "1e3.5",
    "0.0.0.0",
    "..5",
    "-.nan",
    "٣",
]
"""What ``kubectl`` 1.32 makes of each of these was looked at, but for infinities, which JSON has not."""


@pytest.mark.parametrize(
    ("texts", "in_kubernetes", "in_compose"),
    [
        (BOOLEANS, Sort.BOOLEAN, Sort.BOOLEAN),
        (YES_NO, Sort.BOOLEAN, Sort.TEXT),
        (NOTHING, Sort.NOTHING, Sort.NOTHING),
        (NUMBERS, Sort.NUMBER, Sort.NUMBER),
        (TEXTS, Sort.TEXT, Sort.TEXT),
    ],
)
def test_a_plain_scalar_is_what_the_program_takes_it_for(
    texts: list[str], in_kubernetes: Sort, in_compose: Sort
) -> None:
    """The two differ in yes and no."""
    for text in texts:
        scalar = ScalarNode(1, text)
        assert (text, sort_in_kubernetes(scalar), sort_in_compose(scalar)) == (text, in_kubernetes, in_compose)


@pytest.mark.parametrize("text", ["true", "yes", "1", ""])
def test_a_quoted_scalar_is_a_text(text: str) -> None:
    """That is what the quotes are for."""
    scalar = ScalarNode(1, text, is_plain=False)
    assert (sort_in_kubernetes(scalar), sort_in_compose(scalar)) == (Sort.TEXT, Sort.TEXT)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1", "1"),
        ("+1", "1"),
        ("-0", "0"),
        ("1_000", "1000"),
        ("017", "15"),
        ("-0x1F", "-31"),
        ("0b11", "3"),
        ("0o17", "15"),
        ("08", "8"),
        ("0.90", "0.9"),
        ("5.", "5"),
        (".5", "0.5"),
        ("1e3", "1000"),
        ("1e20", "100000000000000000000"),
        ("1e21", None),
        ("0.0001", "0.0001"),
        ("0.00001", None),
        ("0.0", "0"),
        (".inf", None),
        (".NaN", None),
        ("1" * 30, None),
    ],
)
def test_compose_writes_a_number_as_go_does(text: str, written: str | None) -> None:
    """Where Go would use an exponent, or more digits than it has, nothing is said."""
    assert number_in_compose(text) == written
