"""Kinds of third parties: one that only has the protocol is as good as any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
import pytest

from envatlas import Kind, Variable
from envatlas.environment import Environment
from envatlas.errors import InvalidValueError
from envatlas.registry import Registry

if TYPE_CHECKING:
    from tests.conftest import Site


@attrs.frozen
class Megabytes:
    """A size such as ``16MB``, as a number of bytes."""

    name = "megabytes"
    expected = "a whole number and MB"
    empty_is_unset = True

    def parse(self, text: str) -> int:
        """Return the number of bytes."""
        return int(text.strip().removesuffix("MB")) * 2**20

    def render(self, value: object) -> str:
        """Return the number of whole megabytes."""
        if not isinstance(value, int):
            raise TypeError(value)
        return f"{value // 2**20}MB"

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


@pytest.fixture
def cache(site: Site) -> Registry:
    """Return a registry of one installed plugin, with one variable, of a kind that envatlas knows nothing of."""
    return site.registry_of(Variable("A_CACHE", Megabytes(), default=2**20, help="The size of the cache.", unit="B"))


def test_a_third_partys_kind_has_the_protocol() -> None:
    """No base class is needed."""
    assert isinstance(Megabytes(), Kind)


@pytest.mark.parametrize(("environ", "value"), [({}, 2**20), ({"A_CACHE": "16MB"}, 2**24), ({"A_CACHE": " "}, 2**20)])
def test_a_third_partys_kind_is_read(cache: Registry, environ: dict[str, str], value: int) -> None:
    """A kind that only has the protocol reads texts, and says whether an empty one counts."""
    assert Environment(cache, environ)["A_CACHE"] == value


def test_a_third_partys_kind_refuses_a_text(cache: Registry) -> None:
    """What such a kind refuses is reported with what it expects."""
    with pytest.raises(InvalidValueError, match=r"^A_CACHE='much': expected a whole number and MB "):
        _ = Environment(cache, {"A_CACHE": "much"}).A_CACHE


def test_a_third_partys_kind_renders(cache: Registry) -> None:
    """A value of such a kind can be given for the length of a block."""
    environ: dict[str, str] = {}
    with Environment(cache, environ).override(A_CACHE=2**21):
        assert environ == {"A_CACHE": "2MB"}
