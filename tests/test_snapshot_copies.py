"""Snapshots that are copied, and that cross to another process."""

from __future__ import annotations

import copy
import enum
import importlib
import math
import pathlib
import pickle
import subprocess
import sys
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, cast

import attrs
import importlib_metadata
import pluggy
import pytest

import envatlas
from envatlas import Variable
from envatlas.environment import Environment
from envatlas.snapshot import ABSENT, Difference, Snapshot, is_foreign
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site

SECRETIVE: Final = Snapshot("test", {"A_KEY": "sk-1", "A_LIST": ["a"]}, {"A_KEY"})


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy], ids=["copy", "deepcopy"])
def test_a_snapshot_can_be_copied(copied: Callable[[Snapshot], Snapshot]) -> None:
    """A copy is equal, and hides what the original hides."""
    again = copied(SECRETIVE)
    assert again == SECRETIVE
    assert repr(again) == repr(SECRETIVE)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_snapshot_survives_pickling(protocol: int) -> None:
    """A snapshot that crosses to another process is the same there, and hides the same."""
    again: object = pickle.loads(pickle.dumps(SECRETIVE, protocol))
    assert isinstance(again, Snapshot)
    assert again == SECRETIVE
    assert repr(again) == repr(SECRETIVE)


def test_an_absent_value_survives_pickling_and_copying() -> None:
    """A difference that crosses to another process is equal there; what is absent stays so."""
    difference = Difference("A", 1, ABSENT)
    assert pickle.loads(pickle.dumps(difference)) == difference
    assert copy.deepcopy(difference) == difference


IN_A_FRESH_PROCESS: Final = """
import pickle, sys
snapshot = pickle.load(sys.stdin.buffer)
print(snapshot.VLLM_PORT, snapshot["VLLM_RPC_TIMEOUT"], len(snapshot))
print([name for name in sys.modules if name.startswith(("envatlas_vllm", "envatlas.vllm"))])
"""


def test_a_snapshot_is_read_where_no_plugin_is_installed() -> None:
    """A fresh interpreter that has nothing but envatlas and its dependencies reads it, and loads no plugin."""
    snapshot = Environment(registry, {"VLLM_PORT": "5000"}).snapshot()
    files = [envatlas.__file__, attrs.__file__, pluggy.__file__, importlib_metadata.__file__]
    paths = list(dict.fromkeys(str(pathlib.Path(file or "").parents[1]) for file in files))
    code = f"import sys; sys.path[:0] = {paths!r}\n{IN_A_FRESH_PROCESS}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        input=pickle.dumps(snapshot),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == b""
    assert done.stdout.decode().splitlines() == [f"5000 10000 {len(snapshot)}", "[]"]


COLORS: Final = """
import enum

class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"
"""


@attrs.frozen
class Member:
    """A kind whose values are members of an enumeration of a plugin's own; its texts are their values."""

    type: type[enum.Enum]
    is_rendered: bool = True

    name = "member"
    expected = "a member"
    empty_is_unset = False

    def parse(self, text: str) -> enum.Enum:
        """Return the member."""
        return self.type(text)

    def render(self, value: object) -> str:
        """Return the member's value; or raise, as a kind may that renders no default."""
        if not self.is_rendered or not isinstance(value, enum.Enum):
            raise TypeError(value)
        return str(value.value)

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


@attrs.frozen
class Members(Member):
    """A kind whose values are lists of members."""

    def parse(self, text: str) -> list[enum.Enum]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # a list of what the other has
        """Return the members."""
        return [self.type(each) for each in text.split(",")]

    def render(self, value: object) -> str:
        """Return the members' values."""
        return ",".join(str(each.value) for each in cast("list[enum.Enum]", value))


@pytest.fixture
def color(site: Site) -> type[enum.Enum]:
    """Return an enumeration of a plugin's own module."""
    site.write({"acme_colors": COLORS})
    made: type[enum.Enum] = importlib.import_module("acme_colors").Color
    return made


def without(module: str, pickled: bytes, monkeypatch: pytest.MonkeyPatch) -> object:
    """Return what a pickle is where a module is not installed."""
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, module, None)
        value: object = pickle.loads(pickled)
        return value


def test_a_plugins_own_value_survives_pickling(site: Site, color: type[enum.Enum]) -> None:
    """Where the plugin is installed, a value of its own type is the same."""
    variable = Variable("A_COLOR", Member(color), default=None, help="A color.")
    snapshot = Environment(site.registry_of(variable), {"A_COLOR": "red"}).snapshot()
    again: object = pickle.loads(pickle.dumps(snapshot))
    assert again == snapshot == {"A_COLOR": color("red")}


def test_a_plugins_own_value_is_its_text_where_the_plugin_is_not(
    site: Site, color: type[enum.Enum], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that lacks the plugin has the text in place of the value, and can hand it on."""
    variable = Variable("A_COLOR", Member(color), default=color("blue"), help="A color.")
    snapshot = Environment(site.registry_of(variable), {}).snapshot()
    opened = without("acme_colors", pickle.dumps(snapshot), monkeypatch)
    assert opened == {"A_COLOR": "blue"}
    assert pickle.loads(pickle.dumps(opened)) == opened


def test_a_list_of_a_plugins_own_values_is_its_text_where_the_plugin_is_not(
    site: Site, color: type[enum.Enum], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in a list of Python's own may be of a plugin's type as well."""
    variable = Variable("A_COLORS", Members(color), default=None, help="Colors.")
    snapshot = Environment(site.registry_of(variable), {"A_COLORS": "red,blue"}).snapshot()
    assert without("acme_colors", pickle.dumps(snapshot), monkeypatch) == {"A_COLORS": "red,blue"}


def test_a_value_that_its_kind_cannot_render_is_in_a_snapshot(site: Site, color: type[enum.Enum]) -> None:
    """A value that no text stands for is no trouble as long as its type is there."""
    variable = Variable("A_COLOR", Member(color, is_rendered=False), default=None, help="A color.")
    snapshot = Environment(site.registry_of(variable), {"A_COLOR": "red"}).snapshot()
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot


def test_a_secret_of_a_plugins_own_type_is_hidden_where_the_plugin_is_not(
    site: Site, color: type[enum.Enum], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text that stands for a secret is one, too."""
    variable = Variable("A_COLOR", Member(color), default=None, help="A color.", secret=True)
    snapshot = Environment(site.registry_of(variable), {"A_COLOR": "red"}).snapshot()
    opened = without("acme_colors", pickle.dumps(snapshot), monkeypatch)
    assert opened == {"A_COLOR": "red"}
    assert "red" not in repr(opened)


@pytest.mark.parametrize("value", [1, "a", None, [1], pathlib.PurePath(), types.SimpleNamespace(), math.pi], ids=repr)
def test_what_python_itself_has_is_not_foreign(value: object) -> None:
    """Every process can unpickle a value of the standard library's."""
    assert not is_foreign(value)


def test_what_a_plugin_has_is_foreign(color: type[enum.Enum]) -> None:
    """Not every process has a plugin's types."""
    assert is_foreign(color("red"))


def test_a_dict_of_a_plugins_own_values_is_foreign() -> None:
    """Keys and values of Python's own containers are looked at, too."""
    assert is_foreign({"a": [ABSENT]})
    assert is_foreign({ABSENT: 1})
    assert not is_foreign({"a": [1]})
