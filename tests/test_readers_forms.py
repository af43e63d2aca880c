"""Forms of readers: all looks are at one moment, and only of the state that is there is a value returned."""

from __future__ import annotations

import dis
import itertools
import types
from collections.abc import Callable, Sequence
from typing import Final

import attrs
import pytest

from envatlas.forms import ASK, Look, form_of

MISSED: Final = "missed"


@attrs.frozen
class Stub:
    """A memory that knows nothing."""

    def miss(self) -> object:
        """Say that the state is gone."""
        return MISSED


def form(looks: Sequence[Look], value: object) -> Callable[[object], object]:
    """Return a function in the form that these looks have."""
    environ = looks[0][0] or {}
    code, state = form_of(environ.get, looks, value)
    return types.FunctionType(code, globals(), "form", (Stub(), *state))


LOOKS: Final[list[tuple[str | None, ...]]] = [
    texts for count in (1, 2, 3) for texts in itertools.product([None, "text"], repeat=count)
]
"""The texts of up to three names, each set or not."""


@pytest.mark.parametrize("texts", LOOKS, ids=str)
@pytest.mark.parametrize("value", ["value", ["value"]], ids=["text", "list"])
def test_a_form_tells_its_state_from_every_other(texts: tuple[str | None, ...], value: object) -> None:
    """Set or unset any name, or set it to another text: only while all are as they were is the value returned."""
    there = {name: text for name, text in zip("ABC", texts, strict=False) if text is not None}
    environ: dict[object, object] = {}
    look = form([(environ, name, text) for name, text in zip("ABC", texts, strict=False)], value)
    for others in itertools.product([None, "text", "other"], repeat=len(texts)):
        environ.clear()
        environ.update({name: text for name, text in zip("ABC", others, strict=False) if text is not None})
        answer = look(None)
        assert answer == MISSED or (environ == there and answer == value)


@pytest.mark.parametrize(
    "texts", [("text",), (None,), ("text", "text"), (None, None), (None, "text"), (None, "text", None)], ids=str
)
def test_the_usual_states_have_forms(texts: tuple[str | None, ...]) -> None:
    """What is set alone or with one other, and what is unset with up to two others, is returned without being asked."""
    environ: dict[object, object] = {name: text for name, text in zip("ABC", texts, strict=False) if text is not None}
    look = form([(environ, name, text) for name, text in zip("ABC", texts, strict=False)], "value")
    assert look(None) == "value"


def test_a_form_gives_each_caller_a_list_of_its_own() -> None:
    """What one does with it, no other sees."""
    for text in (None, "a"):
        environ: dict[object, object] = {} if text is None else {"A": text}
        look = form([(environ, "A", text)], ["value"])
        given = look(None)
        assert given == ["value"]
        assert look(None) is not given


def test_what_can_be_changed_has_no_form() -> None:
    """A value that nobody can copy, or only with time, is left to the memory."""
    environ: dict[object, object] = {"A": "a"}
    values: list[object] = [{}, [[]], object()]
    for value in values:
        assert form_of(environ.get, [(environ, "A", "a")], value) is ASK


@pytest.mark.parametrize(
    "texts", [("text",), (None,), ("text", "text"), (None, None), (None, "text", None), (None, "text", "text")], ids=str
)
@pytest.mark.parametrize("value", ["value", ["value"]], ids=["text", "list"])
def test_nothing_is_called_between_the_looks_of_a_form(texts: tuple[str | None, ...], value: object) -> None:
    """No other thread takes its turn there, for in CPython they do so at a call or a jump back, and nowhere else."""
    environ: dict[object, object] = {}
    code, _ = form_of(environ.get, [(environ, name, text) for name, text in zip("ABC", texts, strict=False)], value)
    operations = [each.opname for each in dis.get_instructions(code)]
    looks = [place for place, name in enumerate(operations) if name in {"BINARY_SUBSCR", "CONTAINS_OP", "BINARY_OP"}]
    assert len(looks) >= len(texts) or code is ASK[0]
    between = operations[: max(looks, default=0)]
    assert not [name for name in between if "CALL" in name or "BACKWARD" in name]
