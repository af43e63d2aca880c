"""Laws of every kind: a text becomes a value, the value the text, and the schema says which texts do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas import (
    Choice,
    Flag,
    Integer,
    IntegerFlag,
    Kind,
    NonemptyFlag,
    NotZeroFlag,
    Number,
    OneFlag,
    OnTrueOneFlag,
    Path,
    StrippedTrueOneFlag,
    Text,
    TextList,
    TrueFlag,
    TrueOneFlag,
    UpperText,
)
from tests.validators import invalid_in_python

TEXTS: Final = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
"""Any text that an environment can have, where its bytes are UTF-8."""

SPACES: Final = "".join(filter(str.isspace, map(chr, range(sys.maxunicode + 1))))
DIGITS: Final = "".join(filter(str.isdecimal, map(chr, range(sys.maxunicode + 1))))

ODD_TEXTS: Final = st.text(
    st.sampled_from(
        "0123456789+-_.eEinfatyINFATYrulsoxb \t\n\r\v\f\x1c\x1f\x85\xa0\u2003\u2028\u3000"
        "\u0661\u0967\uff11\xb2\xbd\ufeff\u200b\u212a\u0130\u017f"
    ),
    max_size=8,
)
"""Texts of what numbers and words are made of, and of what resembles it."""

LISTS: Final = st.lists(st.text(st.characters(exclude_characters=","), min_size=1), min_size=1)
STRIPPED_LISTS: Final = st.lists(TEXTS.map(lambda text: text.replace(",", "").strip()).filter(bool))

VALUES: Final[list[tuple[Kind[object], st.SearchStrategy[object]]]] = [
    (Text(), st.text()),
    (UpperText(), st.text().map(str.upper)),
    (Choice("fork", "spawn", "fork.server"), st.sampled_from(["fork", "spawn", "fork.server"])),
    (Integer(), st.integers()),
    (Number(), st.floats()),
    (Path(), st.text().filter(lambda text: not text.startswith("~"))),
    (Path(expand_user=False), st.text()),
    (TextList(), LISTS),
    (TextList("::"), st.lists(st.text(st.characters(exclude_characters=":")), min_size=1)),
    (TextList(strip=True), STRIPPED_LISTS),
    (Flag(), st.booleans()),
    (IntegerFlag(), st.booleans()),
    (OneFlag(), st.booleans()),
    (TrueFlag(), st.booleans()),
    (TrueOneFlag(), st.booleans()),
    (StrippedTrueOneFlag(), st.booleans()),
    (OnTrueOneFlag(), st.booleans()),
    (NotZeroFlag(), st.booleans()),
    (NonemptyFlag(), st.booleans()),
]
"""Every kind, with values that it has."""

KINDS: Final = [kind for kind, _ in VALUES]
FLAGS: Final = [kind for kind in KINDS if type(kind).__name__.endswith("Flag")]

each_kind: Final = pytest.mark.parametrize("kind", KINDS, ids=repr)
each_kind_with_values: Final = pytest.mark.parametrize(("kind", "values"), VALUES, ids=map(repr, KINDS))


def outcome(function: Callable[[str], object], text: str) -> str:
    """Return a representation of what a function of a text does: its result, or that it raises ValueError."""
    try:
        return repr(function(text))
    except ValueError:
        return "ValueError"


def is_read(kind: Kind[object], text: str) -> bool:
    """Return whether a text has a value, or counts as no text."""
    return (kind.empty_is_unset and not text.strip()) or outcome(kind.parse, text) != "ValueError"


def is_in_schema(kind: Kind[object], text: str) -> bool:
    """Return whether the kind's schema accepts a text."""
    return not invalid_in_python(kind.schema(), text)


@each_kind_with_values
@given(data=st.data())
def test_a_rendered_value_reads_as_itself(
    kind: Kind[object], values: st.SearchStrategy[object], data: st.DataObject
) -> None:
    """A kind parses the text that it renders as the same value of the same type; NaN as NaN."""
    value = data.draw(values)
    assert repr(kind.parse(kind.render(value))) == repr(value)


@each_kind
@given(text=TEXTS)
def test_what_was_read_is_rendered_and_reads_as_itself(kind: Kind[object], text: str) -> None:
    """A kind can render whatever it parsed, and reads that again as the same."""
    if outcome(kind.parse, text) != "ValueError":
        value = kind.parse(text)
        assert repr(kind.parse(kind.render(value))) == repr(value)


@each_kind
def test_render_refuses_a_value_of_another_type(kind: Kind[object]) -> None:
    """No kind renders an object that it knows nothing of."""
    with pytest.raises(TypeError, match=r"^expected .* object"):
        kind.render(object())


@each_kind
def test_render_refuses_none(kind: Kind[object]) -> None:
    """None stands for unset, and is no kind's value."""
    with pytest.raises(TypeError, match=r"(got|not) NoneType$"):
        kind.render(None)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in FLAGS], ids=repr)
def test_render_refuses_a_bool_where_the_kind_is_no_flag(kind: Kind[object]) -> None:
    """A bool is neither a number nor a text."""
    with pytest.raises(TypeError, match=r"(got|not) bool$"):
        kind.render(True)


@pytest.mark.parametrize("kind", FLAGS, ids=repr)
@pytest.mark.parametrize("value", [0, 1, "1", "true"])
def test_a_flag_renders_nothing_but_a_bool(kind: Kind[object], value: object) -> None:
    """A number or a text is not taken for a bool."""
    with pytest.raises(TypeError, match=r"^expected bool, got "):
        kind.render(value)


@each_kind
@settings(deadline=None)  # the first text waits for the validator
@given(text=st.one_of(TEXTS, ODD_TEXTS))
def test_the_schema_accepts_what_the_kind_reads(kind: Kind[object], text: str) -> None:
    """A text is in the schema exactly when it has a value, or counts as no text."""
    assert is_in_schema(kind, text) == is_read(kind, text)


@each_kind_with_values
@settings(deadline=None)
@given(data=st.data(), before=st.text(st.sampled_from(SPACES)), after=st.text(st.sampled_from(SPACES)))
def test_the_schema_knows_space_around_a_text(
    kind: Kind[object], values: st.SearchStrategy[object], data: st.DataObject, before: str, after: str
) -> None:
    """A text with space around it is in the schema exactly when it is read."""
    text = before + kind.render(data.draw(values)) + after
    if "\0" not in text:
        assert is_in_schema(kind, text) == is_read(kind, text)


@pytest.mark.parametrize("form", ["{}1", "1{}", "{}1\n", "{}", "{}\u0661"])
@each_kind
def test_the_schema_knows_every_space(kind: Kind[object], form: str) -> None:
    """Each character that counts as space is in the schema exactly where it is read."""
    texts = [form.format(space) for space in SPACES]
    assert [text for text in texts if is_in_schema(kind, text)] == [text for text in texts if is_read(kind, text)]


@each_kind
def test_the_schema_knows_every_digit(kind: Kind[object]) -> None:
    """Each script's digits are in the schema exactly where they are read."""
    assert [is_in_schema(kind, digit) for digit in DIGITS] == [is_read(kind, digit) for digit in DIGITS]


@each_kind
def test_each_kind_has_the_protocol(kind: Kind[object]) -> None:
    """What envatlas calls a kind implements the protocol, and says in words what it reads."""
    assert isinstance(kind, Kind)
    assert kind.name
    assert kind.expected


@each_kind
def test_a_kind_is_frozen(kind: Kind[object]) -> None:
    """No attribute of a kind can be changed."""
    for name in ("name", "expected", "empty_is_unset"):
        with pytest.raises(AttributeError):
            setattr(kind, name, "other")


@pytest.mark.parametrize(
    ("kind", "equal"),
    [
        (Text(), Text()),
        (Integer(), Integer()),
        (Choice("a", "b"), Choice("a", "b")),
        (Path(expand_user=False), Path(expand_user=False)),
        (TextList(":"), TextList(":")),
        (Flag(), Flag()),
    ],
)
def test_kinds_of_equal_fields_are_equal(kind: Kind[object], equal: Kind[object]) -> None:
    """Kinds are values: equal and of one hash where their fields are."""
    assert kind == equal
    assert hash(kind) == hash(equal)


def test_kinds_of_other_fields_or_classes_differ() -> None:
    """No two of the kinds that these tests know are equal."""
    assert len(set(KINDS)) == len(KINDS)
