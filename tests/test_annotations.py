"""Annotations: types as a stub has them, with the imports that they need, and nothing that a plugin could slip in."""

from __future__ import annotations

import collections.abc
import datetime as dt
import decimal
import enum
import importlib
import json
import typing
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, NewType, Optional, TypeVar, Union

import pytest

from envatlas.formats.annotations import Annotations
from envatlas.formats.value_types import Form

if TYPE_CHECKING:
    from decimal import Decimal as Missing

    from tests.conftest import Site

T = TypeVar("T")
UserId = NewType("UserId", int)


class Colour(enum.Enum):
    """A class of this module."""

    RED = 1


class Outer:
    """A class with another in it."""

    class Inner:
        """A class within a class."""


@pytest.mark.parametrize(
    ("forms", "written", "imports"),
    [
        ([int], "int", []),
        ([int, None], "int | None", []),
        ([Optional[int], None, int], "int | None", []),  # noqa: UP045  both ways to write it
        ([Union[int, str], bytes], "int | str | bytes", []),  # noqa: UP007
        ([int | str], "int | str", []),
        ([object, None], "object", []),
        ([list[str]], "list[str]", []),
        ([dict[str, list[int | None]]], "dict[str, list[int | None]]", []),
        ([typing.List[int]], "list[int]", []),  # noqa: UP006
        ([tuple[int, ...]], "tuple[int, ...]", []),
        ([tuple[()]], "tuple[()]", []),
        ([decimal.Decimal], "decimal.Decimal", ["import decimal"]),
        ([json.JSONDecoder], "json.JSONDecoder", ["import json"]),
        ([dt.date, decimal.Decimal], "datetime.date | decimal.Decimal", ["import datetime", "import decimal"]),
        ([collections.abc.Sequence[int]], "collections.abc.Sequence[int]", ["import collections.abc"]),
        (
            [collections.abc.Callable[[int, str], None]],
            "collections.abc.Callable[[int, str], None]",
            ["import collections.abc"],
        ),
        ([Colour], "tests.test_annotations.Colour", ["import tests.test_annotations"]),
        ([Outer.Inner], "tests.test_annotations.Outer.Inner", ["import tests.test_annotations"]),
        ([UserId], "tests.test_annotations.UserId", ["import tests.test_annotations"]),
        ([Annotated[int, "seconds"]], "int", []),
        ([Literal["a", 5, None]], "typing.Literal['a', 5, None]", ["import typing"]),  # noqa: PYI061  all of them
        ([Literal[Colour.RED]], "object", []),
        ([Any], "typing.Any", ["import typing"]),
        ([T], "object", []),
        (["int"], "object", []),
        ([list["Missing"]], "list[object]", []),
    ],
)
def test_a_type_is_written_as_a_stub_has_it(forms: list[Form], written: str, imports: list[str]) -> None:
    """A class by the name by which it can be imported, and everything that cannot be written as object."""
    annotations = Annotations()
    assert annotations.written(forms) == written
    assert annotations.imports == imports


def test_a_class_that_cannot_be_imported_is_any_object() -> None:
    """One of a function, and one that says to be where it is not."""

    class Local:
        """A class of this function."""

    class Elsewhere:
        """A class that says to be another."""

    Elsewhere.__module__, Elsewhere.__qualname__ = "decimal", "Decimal"
    assert Annotations().written([Local]) == "object"
    assert Annotations().written([Elsewhere]) == "object"
    assert Annotations().written([dict[str, Local]]) == "dict[str, object]"
    assert Annotations().written([_Unfound[int]]) == "object"


class _Unfound(Generic[T]):
    """A generic class that says to be another."""


_Unfound.__qualname__ = "Found"


@pytest.mark.parametrize("name", ["int\nimport os", "a b", "class", "", "x: int = 5 #"])
def test_a_hostile_name_is_not_written(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no name of Python's does not get into a stub."""
    hostile = type("Hostile", (), {"__module__": "tests.test_annotations", "__qualname__": name})
    monkeypatch.setitem(globals(), name, hostile)
    assert Annotations().written([hostile]) == "object"


def test_a_class_is_imported_from_the_package_that_shows_it(site: Site) -> None:
    """A private module is none of anybody's business."""
    site.write({"shown.__init__": "from shown._hidden import Thing", "shown._hidden": "class Thing: ..."})
    thing = importlib.import_module("shown._hidden").Thing
    annotations = Annotations()
    assert annotations.written([thing]) == "shown.Thing"
    assert annotations.imports == ["import shown"]


def test_a_name_that_is_taken_is_imported_as_another() -> None:
    """A variable called int, or like a module, hides nothing."""
    annotations = Annotations({"int", "object", "decimal", "_decimal", "collections"})
    assert annotations.written([list[int], None]) == "list[builtins.int] | None"
    assert annotations.written([decimal.Decimal]) == "__decimal.Decimal"
    assert annotations.written([collections.abc.Iterable[str]]) == "_collections_abc.Iterable[str]"
    assert annotations.written(["unknown", None]) == "builtins.object"
    assert annotations.imports == [
        "import builtins",
        "import collections.abc as _collections_abc",
        "import decimal as __decimal",
    ]
