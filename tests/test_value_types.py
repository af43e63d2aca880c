"""Value types: what a checker is to know of a value, from the annotations of a kind and of a default."""

from __future__ import annotations

import decimal
import functools
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

import pytest

from envatlas import Computed, EnvironKind, Flag, Integer, Kind, Number, Path, Text, TextList, Variable, user_cache
from envatlas.formats.value_types import Form, kind_form, value_forms

if TYPE_CHECKING:
    from decimal import Decimal as Missing

T = TypeVar("T")
U = TypeVar("U")


class Likely:
    """What a kind has beside `parse`."""

    name = "likely"
    expected = "anything"
    empty_is_unset = False

    def render(self, value: object) -> str:
        """Return a text."""
        return str(value)

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


class Amount(Likely):
    """A kind of a class from elsewhere."""

    def parse(self, text: str) -> decimal.Decimal:
        """Return an amount."""
        return decimal.Decimal(text)


class Items(Likely, Generic[T]):
    """A kind of whatever it is made for."""

    def parse(self, text: str) -> list[T]:
        """Return nothing."""
        return []


class One(Likely, Generic[U]):
    """A kind of whatever it is made for, itself."""

    def parse(self, text: str) -> U:
        """Return nothing."""
        raise ValueError(text)


class Pairs(Items[tuple[str, U]], Generic[U]):
    """A kind of pairs of whatever it is made for."""


class PairsOfInts(Pairs[int]):
    """A kind of pairs of ints."""


class Said(Likely, Kind[bytes]):
    """A kind that says by its protocol alone what it is of."""

    def parse(self, text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  what this is about
        """Return bytes."""
        return bytes(len(text))


class Silent(Likely):
    """A kind that says nothing."""

    def parse(self, text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return something."""
        return 5


class Lost(Likely):
    """A kind of a class that only checkers see."""

    def parse(self, text: str) -> Missing:
        """Return something."""
        raise ValueError(text)


class InEnviron(Likely):
    """A kind that looks at other variables, and then returns another type."""

    depends = ()

    def parse(self, text: str) -> str:
        """Return a text."""
        return text

    def parse_in(self, text: str, environ: Mapping[str, str]) -> bytes:
        """Return bytes."""
        return text.encode()


class SaidInEnviron(Likely, EnvironKind[float]):
    """A kind that looks at other variables, and says by its protocol alone what it is of."""

    @property
    def depends(self) -> tuple[str, ...]:
        """Return no name."""
        return ()

    def parse(self, text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a number."""
        return float(text)

    def parse_in(self, text, environ):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Return a number."""
        return float(text)


KINDS: Final[list[tuple[object, Form]]] = [
    (Text(), str),
    (Integer(), int),
    (Number(), float),
    (Flag(), bool),
    (Path(), str),
    (TextList(), list[str]),
    (Amount(), decimal.Decimal),
    (PairsOfInts(), list[tuple[str, int]]),
    (Items[int](), list[int]),
    (Pairs[bytes](), list[tuple[str, bytes]]),
    (One[int](), int),
    (cast("object", Items()), list[object]),
    (cast("object", One()), object),
    (Said(), bytes),
    (SaidInEnviron(), float),
    (InEnviron(), bytes),
    (Silent(), object),
    (Lost(), object),
]


@pytest.mark.parametrize(
    ("kind", "form"),
    KINDS,
    ids=lambda each: type(each).__name__,
)
def test_the_type_of_a_kind_is_what_it_parses_to(kind: object, form: Form) -> None:
    """With type variables as they are bound where the kind's class is made, or the kind; object if nothing says."""
    assert kind_form(cast("Kind[object]", kind)) == form


def test_a_kind_may_be_no_class_of_its_own() -> None:
    """A parse that is an attribute of the object alone counts as well."""

    def parse(text: str) -> int:
        return len(text)

    kind = types.SimpleNamespace(name="n", expected="x", empty_is_unset=False, parse=parse, render=str, schema=dict)
    assert kind_form(cast("Kind[object]", kind)) is int


class _Counted:
    """A default that is computed by an object."""

    def __call__(self, environ: Mapping[str, str]) -> bytes:
        """Return bytes."""
        return b""


def _none(environ: Mapping[str, str]) -> int | None:
    return None


def _lost(environ: Mapping[str, str]) -> Missing:
    raise ValueError(environ)


DEFAULTS: Final[list[tuple[object, tuple[Form, ...]]]] = [
    (5, (int,)),
    (None, (int, None)),
    (Computed(lambda environ: 5, "five"), (int, int)),
    (Computed(_none, "none"), (int, int | None)),
    (Computed(_Counted(), "counted"), (int, bytes)),
    (Computed(functools.partial(_none), "none"), (int, int)),
    (Computed(_lost, "lost"), (int, object)),
]


@pytest.mark.parametrize(("default", "forms"), DEFAULTS)
def test_a_default_may_be_of_another_type(default: object, forms: tuple[Form, ...]) -> None:
    """None, and what a function says to return; where it says nothing, it is the kind's."""
    assert value_forms(Variable("A_PORT", Integer(), default=cast("int", default), help="The port.")) == forms


def test_the_default_of_a_user_directory_is_a_path() -> None:
    """The defaults that envatlas has are annotated."""
    assert value_forms(Variable("A_PATH", Path(), default=user_cache("a"), help="The path.")) == (str, str)


@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
def test_a_kind_that_cannot_be_asked_is_of_any_type(error: type[BaseException]) -> None:
    """A hostile kind changes nothing but its own type."""
    assert kind_form(cast("Kind[object]", _Hostile(error))) is object


def test_ctrl_c_in_a_kind_is_the_operators() -> None:
    """It is no fault of the kind's."""
    with pytest.raises(KeyboardInterrupt):
        kind_form(cast("Kind[object]", _Hostile(KeyboardInterrupt)))


class _Hostile(Likely):
    """A kind that raises when its type is looked at."""

    def __init__(self, error: type[BaseException]) -> None:
        self._error = error

    @property
    def parse(self) -> Callable[[str], object]:
        """Raise."""
        raise self._error
