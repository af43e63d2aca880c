"""Snapshots: frozen, comparable, and whole anywhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, assert_type, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Integer, Variable
from envatlas.environment import Environment
from envatlas.errors import (
    DefaultError,
    InvalidEnvironmentError,
    InvalidValueError,
    ReadOnlyError,
    UnknownVariableError,
)
from envatlas.snapshot import ABSENT, Difference, Snapshot
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site

PORT: Final[Variable[int | None]] = Variable("A_PORT", Integer(), default=None, help="The port.")

VALUES: Final = st.dictionaries(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True),
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.lists(st.text()),
)
"""The values of variables of any name."""


def attribute(thing: object, name: str) -> object:
    """Return an attribute that no type checker knows."""
    value: object = getattr(thing, name)
    return value


def test_a_snapshot_has_the_value_of_every_variable() -> None:
    """Each name of the environment is an attribute and an item of its snapshot, with the value of that moment."""
    environ = {"VLLM_PORT": "5000"}
    envs = Environment(registry, environ)
    expected = dict(envs)
    snapshot = envs.snapshot()
    environ["VLLM_PORT"] = "1"
    assert dict(snapshot) == expected
    assert {name: attribute(snapshot, name) for name in snapshot} == expected


@given(values=VALUES)
def test_every_name_is_an_item(values: dict[str, object]) -> None:
    """Whatever a variable is called, a snapshot has it as an item, in the order of the registry."""
    snapshot = Snapshot("test", values)
    assert dict(snapshot) == values
    assert list(snapshot) == list(values)
    assert len(snapshot) == len(values)


@pytest.mark.parametrize("value", [1, ["a"]], ids=["as it is", "copied"])
@pytest.mark.parametrize("name", ["diff", "keys", "_values", "_registry_name", "__class__", "__doc__"])
def test_a_name_that_the_class_has_is_an_item_only(name: str, value: object) -> None:
    """A variable that is called as a method is can be read as an item, and the method stays."""
    snapshot = Snapshot("test", {name: value})
    assert snapshot[name] == value
    assert attribute(snapshot, name) != value


@pytest.mark.parametrize("value", [1, ["a"]], ids=["as it is", "copied"])
@pytest.mark.parametrize("name", ["__CF_USER_TEXT_ENCODING", "__", "__dict__", "__weakref__"])
def test_a_name_with_two_underscores_is_an_item(name: str, value: object) -> None:
    """A name that Python would mangle, as macOS's own are, or that means something to it, is no trouble."""
    assert Snapshot("test", {name: value})[name] == value


@pytest.mark.parametrize("name", ["A_PORT", "B_PORT", "_values", "diff"])
def test_a_snapshot_cannot_be_changed(name: str) -> None:
    """Assignment and deletion are refused, with what to do in their place."""
    snapshot = Snapshot("test", {"A_PORT": 1})
    with pytest.raises(ReadOnlyError, match=rf"^cannot change {name}: a snapshot is only read; take another "):
        setattr(snapshot, name, 2)
    with pytest.raises(ReadOnlyError, match=rf"^cannot change {name}: a snapshot is only read; take another "):
        delattr(snapshot, name)
    assert dict(snapshot) == {"A_PORT": 1}


@pytest.mark.parametrize("change", [list[object].append, list[object].remove], ids=["append", "remove"])
@pytest.mark.parametrize("look", [attribute, Snapshot.__getitem__, Snapshot.get], ids=["attribute", "item", "get"])
def test_a_value_that_can_be_changed_is_copied_at_each_read(
    look: Callable[[Snapshot, str], object], change: Callable[[list[object], object], None]
) -> None:
    """Whoever changes a list that they read changes nothing of the snapshot."""
    snapshot = Snapshot("test", {"A_LIST": ["a"]})
    change(cast("list[object]", look(snapshot, "A_LIST")), "a")
    assert look(snapshot, "A_LIST") == ["a"]


def test_a_value_that_can_be_changed_is_copied_at_the_start() -> None:
    """Whoever changes a value that a snapshot was made of changes nothing of the snapshot."""
    value: dict[str, list[str]] = {"a": ["b"]}
    snapshot = Snapshot("test", {"A_DICT": value})
    value["a"].append("c")
    assert snapshot["A_DICT"] == {"a": ["b"]}


def test_an_unknown_item_is_suggested_another() -> None:
    """A misspelt item says which names of the snapshot resemble it, and from which registry it is."""
    snapshot = Snapshot("test", {"A_PORT": 1})
    with pytest.raises(
        KeyError, match=r"^no variable 'A_PROT' in the registry 'test'; did you mean A_PORT\?$"
    ) as caught:
        snapshot["A_PROT"]
    assert isinstance(caught.value, UnknownVariableError)


def test_an_unknown_attribute_is_suggested_another_by_python() -> None:
    """A snapshot knows of attributes what any object does, and Python names the nearest when it shows the error."""
    code = "from envatlas.snapshot import Snapshot\nSnapshot('test', {'A_PORT': 1}).A_PROT"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith("has no attribute 'A_PROT'. Did you mean: 'A_PORT'?")


def test_an_unknown_name_can_be_asked_about() -> None:
    """What Python has for names that may be missing works: hasattr, get with a default, in."""
    snapshot = Snapshot("test", {"A_PORT": 1})
    assert not hasattr(snapshot, "A_PROT")
    assert not hasattr(snapshot, "__array__")
    assert snapshot.get("A_PROT", 2) == 2
    assert "A_PROT" not in snapshot


@pytest.mark.parametrize("thing", [5, None, ("A_PORT",)], ids=repr)
def test_what_is_no_name_is_in_no_snapshot(thing: object) -> None:
    """Anything can be looked for, as in any mapping."""
    assert thing not in Snapshot("test", {"A_PORT": 1})


def test_snapshots_of_equal_values_are_equal() -> None:
    """Two moments at which all values were the same are the same; a list counts by its items."""
    first, second = (Environment(registry, {"VLLM_PORT": "1"}).snapshot() for _ in range(2))
    assert first == second
    assert first != Environment(registry, {"VLLM_PORT": "2"}).snapshot()


def test_a_bad_environment_is_reported_as_a_whole() -> None:
    """Each value that cannot be read, or computed, is an error in one group, and its name in the message."""
    environ = {"VLLM_PORT": "x", "VLLM_RPC_TIMEOUT": "", "XDG_CACHE_HOME": "~\0"}
    with pytest.raises(InvalidEnvironmentError, match=r"^cannot be read: .*VLLM_PORT") as caught:
        Environment(registry, environ).snapshot()
    by_name = {error.variable: type(error) for error in caught.value.exceptions if isinstance(error, InvalidValueError)}
    assert len(by_name) == len(caught.value.exceptions)
    assert by_name["VLLM_PORT"] is by_name["VLLM_RPC_TIMEOUT"] is InvalidValueError
    assert by_name["VLLM_CACHE_ROOT"] is DefaultError
    assert all(name in str(caught.value) for name in by_name)


def test_a_difference_has_both_values() -> None:
    """The variables that differ are listed by name, each with the value on either side."""
    first = Snapshot("test", {"B": 1, "A": ["x"], "C": None, "D": 0})
    second = Snapshot("test", {"A": ["y"], "B": 2, "C": None, "D": 0})
    assert first.diff(second) == (Difference("A", ["x"], ["y"]), Difference("B", 1, 2))
    assert first.diff(first) == ()


def test_a_variable_that_only_one_has_differs() -> None:
    """What is absent is told from what is None."""
    full, empty = Snapshot("test", {"A": None}), Snapshot("test", {})
    assert full.diff(empty) == (Difference("A", None, ABSENT),)
    assert repr(empty.diff(full)) == "(<Difference A: ABSENT -> None>,)"


@pytest.mark.parametrize("other", [1.0, None, "nan"], ids=repr)
def test_not_a_number_differs_from_everything_else(other: object) -> None:
    """A NaN on one side only is a difference."""
    first, second = Snapshot("test", {"A": float("nan")}), Snapshot("test", {"A": other})
    assert len(first.diff(second)) == 1
    assert first != second


def test_a_value_that_does_not_equal_itself_is_no_difference() -> None:
    """Two snapshots that both have NaN are the same in that."""
    first, second = (Snapshot("test", {"A": float("nan")}) for _ in range(2))
    assert first["A"] is not second["A"]
    assert first.diff(second) == ()
    assert first == second


def test_a_value_that_is_the_same_object_is_no_difference() -> None:
    """A value that equals nothing at all is the same as itself."""

    class Unequal:
        def __eq__(self, other: object) -> bool:
            return False

        def __ne__(self, other: object) -> bool:
            return False

        __hash__ = None  # type: ignore[assignment]  # as for whatever defines __eq__

    value = Unequal()
    assert Snapshot("test", {"A": value}) == Snapshot("test", {"A": value})
    assert Snapshot("test", {"A": value}) != Snapshot("test", {"A": Unequal()})


@pytest.mark.parametrize("secrets", [("A", ""), ("", "A")], ids=["left", "right"])
def test_a_secret_of_either_side_is_not_shown_in_a_difference(secrets: tuple[str, str]) -> None:
    """That a secret differs can be seen; what it is cannot."""
    first, second = (Snapshot("test", {"A": marker}, {name}) for marker, name in zip("xy", secrets, strict=True))
    assert repr(first.diff(second)) == "(<Difference A: <secret> -> <secret>>,)"


@given(values=VALUES, others=VALUES)
def test_a_difference_is_the_other_way_round_from_the_other_side(
    values: dict[str, object], others: dict[str, object]
) -> None:
    """The same variables differ whichever snapshot is asked; there is none exactly if the two are equal."""
    first, second = Snapshot("test", values), Snapshot("test", others)
    back = [Difference(each.name, each.right, each.left, each.secret) for each in second.diff(first)]
    assert list(first.diff(second)) == back
    assert (back == []) == (first == second)


def test_a_snapshot_does_not_show_secrets() -> None:
    """A secret's value is not in the representation; that it is unset is."""
    snapshot = Snapshot("test", {"A_KEY": "sk-1", "B_KEY": None, "A_PORT": 1}, {"A_KEY", "B_KEY"})
    assert repr(snapshot) == "<Snapshot of the registry 'test': A_KEY=<secret>, B_KEY=None, A_PORT=1>"


def test_a_value_is_an_item_by_its_declaration(site: Site) -> None:
    """A type checker knows the type of a value that is asked for by its declaration."""
    snapshot = Environment(site.registry_of(PORT), {"A_PORT": "1"}).snapshot()
    assert assert_type(snapshot[PORT], int | None) == 1


def test_a_declaration_that_a_snapshot_lacks_is_unknown() -> None:
    """The error names the variable, and those that resemble it."""
    with pytest.raises(UnknownVariableError, match=r"^no variable 'A_PORT' .*did you mean A_PROT"):
        Snapshot("test", {"A_PROT": 1})[PORT]


@pytest.mark.parametrize("thing", [5, None, ("A_PORT",)], ids=repr)
def test_what_is_no_name_has_the_default(thing: str) -> None:
    """Anything can be asked for, as of any mapping."""
    assert Snapshot("test", {"A_PORT": 1}).get(thing, 2) == 2


def test_a_snapshot_differs_from_what_is_no_mapping() -> None:
    """A snapshot can be compared with anything, and equals a mapping of the same values."""
    snapshot = Snapshot("test", {"A_PORT": 1})
    assert snapshot != 5
    assert snapshot == {"A_PORT": 1}


@attrs.frozen(eq=False)
class Changing:
    """A kind that changes another variable's text while it parses."""

    environ: dict[str, str]

    name = "changing"
    expected = "any text"
    empty_is_unset = False

    def parse(self, text: str) -> str:
        """Return the text."""
        self.environ["A_PORT"] = "2"
        return text

    def render(self, value: object) -> str:
        """Return the value's text."""
        return str(value)

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


def test_a_snapshot_is_taken_at_one_moment(site: Site) -> None:
    """A text that changes while the values are read is in the next snapshot."""
    environ = {"A_CHANGE": "x", "A_PORT": "1"}
    variables = [Variable("A_CHANGE", Changing(environ), default=None, help="A text."), PORT]
    envs = Environment(site.registry_of(*variables), environ)
    assert [envs.snapshot()[PORT] for _ in range(2)] == [1, 2]
