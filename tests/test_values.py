"""Values: one variable's value in an environment, and what becomes of whatever a plugin raises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Computed, Flag, Integer, Path, Text, TextList, Variable, user_cache
from envatlas.environment import Environment
from envatlas.errors import DefaultError, InvalidValueError
from envatlas.values import Moment, can_change, default_of, find_text, inputs, invalid, own_copy, parse, read

if TYPE_CHECKING:
    from tests.conftest import Site


@attrs.frozen(eq=False)
class Raising:
    """A kind that raises what it was given, on every text but the empty one, which is unset."""

    error: BaseException

    name = "raising"
    expected = "nothing"
    empty_is_unset = True

    def parse(self, text: str) -> object:
        """Raise."""
        raise self.error

    def render(self, value: object) -> str:
        """Return the value's text."""
        return str(value)

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


NAMES: Final = ("A", "B", "C")


THREE: Final = Variable("A", Text(), default="default", help="A text.", reads=NAMES)


@given(st.tuples(*[st.none() | st.sampled_from(["", " ", "x", "y"])] * 3))
def test_the_first_text_that_is_not_empty_counts(texts: tuple[str | None, ...]) -> None:
    """Of several names, the first with a text that is not empty is read; else an empty one; else the default."""
    environ = {name: text for name, text in zip(NAMES, texts, strict=True) if text is not None}
    full = [name for name in NAMES if environ.get(name)]
    source = next(iter([*full, *environ]), None)
    assert find_text(THREE, environ) == (None if source is None else (source, environ[source]))
    assert read(THREE, environ) == ("default" if source is None else environ[source])


@given(st.tuples(*[st.none() | st.sampled_from(["", " \t", "1", " 0"])] * 3))
def test_an_empty_text_counts_as_none_where_the_kind_says_so(texts: tuple[str | None, ...]) -> None:
    """For a kind to which empty is unset, a text of nothing but space is passed over."""
    flag = Variable("A", Flag(), default=True, help="A flag.", reads=NAMES)
    environ = {name: text for name, text in zip(NAMES, texts, strict=True) if text is not None}
    full = [name for name in NAMES if environ.get(name, "").strip()]
    assert find_text(flag, environ) == ((full[0], environ[full[0]]) if full else None)
    assert read(flag, environ) is (environ[full[0]] == "1" if full else True)


def test_an_empty_text_counts_where_the_kind_does_not_say_otherwise() -> None:
    """An empty text is no number, and is no default either."""
    port = Variable("A_PORT", Integer(), default=80, help="The port.")
    with pytest.raises(InvalidValueError, match=r"^A_PORT='': expected a whole number"):
        read(port, {"A_PORT": ""})


RAISED: Final[list[BaseException]] = [
    ValueError("x"),
    KeyError("x"),
    ZeroDivisionError(),
    RecursionError(),
    OSError(2, "x"),
    AttributeError("x"),
    StopIteration(),
    SystemExit(3),
    GeneratorExit(),
    asyncio.CancelledError(),
    BaseException("x"),
]
"""What a plugin may raise, whether it is an Exception or not."""

each_error: Final = pytest.mark.parametrize("error", RAISED, ids=repr)


@each_error
def test_whatever_a_kind_raises_is_an_invalid_value(site: Site, error: BaseException) -> None:
    """The error names variable, text and plugin; what the kind raised is its cause."""
    variable = Variable("A_THING", Raising(error), default=None, help="A thing.")
    envs = Environment(site.registry_of(variable), {"A_THING": "x"})
    with pytest.raises(InvalidValueError) as caught:
        _ = envs.A_THING
    expected = "A_THING='x': expected nothing (declared by plugin 'acme', acme-vllm 1.2)"
    assert str(caught.value).startswith(expected)
    assert caught.value.__cause__ is error


@each_error
def test_whatever_a_default_raises_is_a_default_error(site: Site, error: BaseException) -> None:
    """The error says what the default is; what the function raised is its cause; the variable is not set."""

    def fail(environ: Mapping[str, str]) -> str:
        raise error

    variable = Variable("A_TEXT", Text(), default=Computed(fail, "what nobody knows"), help="A text.")
    envs = Environment(site.registry_of(variable), {})
    with pytest.raises(DefaultError, match=r"^A_TEXT is unset, and its default \(what nobody knows\)") as caught:
        _ = envs.A_TEXT
    assert caught.value.__cause__ is error
    assert not envs.is_set("A_TEXT")


def test_an_interrupt_of_a_kind_goes_through() -> None:
    """Whoever stops the program while a text is parsed stops it."""
    variable = Variable("A_THING", Raising(KeyboardInterrupt()), default=None, help="A thing.")
    with pytest.raises(KeyboardInterrupt):
        read(variable, {"A_THING": "x"})


def test_an_interrupt_of_a_default_goes_through() -> None:
    """Whoever stops the program while a default is computed stops it."""

    def interrupted(environ: Mapping[str, str]) -> str:
        raise KeyboardInterrupt

    variable = Variable("A_TEXT", Text(), default=Computed(interrupted, "none"), help="A text.")
    with pytest.raises(KeyboardInterrupt):
        read(variable, {})


def test_a_bad_default_can_be_caught_as_a_bad_value() -> None:
    """Whoever handles what cannot be read handles both, as a ValueError."""
    assert issubclass(DefaultError, InvalidValueError)
    assert issubclass(InvalidValueError, ValueError)


@each_error
def test_what_a_kind_raises_over_a_secret_is_dropped(error: BaseException) -> None:
    """It may quote the text, so it is neither the cause nor the context of the error."""
    variable = Variable("A_KEY", Raising(error), default=None, help="A key.", secret=True)
    with pytest.raises(InvalidValueError) as caught:
        read(variable, {"A_KEY": "x"})
    assert (caught.value.text, caught.value.__cause__, caught.value.__context__) == (None, None, None)


def test_an_invalid_value_names_where_the_text_was(site: Site) -> None:
    """Of several names, the error names the one that has the text, and the one that was asked for."""
    variable = Variable("A_PORT", Integer(), default=80, help="The port.", reads=("A_PORT", "PORT"))
    with pytest.raises(InvalidValueError, match=r"^PORT='x' \(read as A_PORT\): ") as caught:
        _ = Environment(site.registry_of(variable), {"PORT": "x"}).A_PORT
    assert (caught.value.variable, caught.value.source) == ("A_PORT", "PORT")


def test_a_variable_may_be_read_from_another_name_only() -> None:
    """Where its own name is not among those that it is read from, a text there does not count."""
    variable = Variable("A_TEXT", Text(), default="default", help="A text.", reads=("OTHER",))
    assert read(variable, {"A_TEXT": "1"}) == "default"
    assert read(variable, {"A_TEXT": "1", "OTHER": "2"}) == "2"
    assert inputs(variable) == ("OTHER",)


@pytest.mark.parametrize(
    ("variable", "names"),
    [
        (Variable("A", Text(), default=None, help="A text."), ("A",)),
        (Variable("A", Text(), default=None, help="A text.", reads=("B", "A")), ("B", "A")),
        (Variable("A", Path(), default=None, help="A path."), ("A", "HOME")),
        (Variable("A", Path(expand_user=False), default=None, help="A path."), ("A",)),
        (Variable("A", Path(), default=user_cache("a"), help="A path."), ("A", "HOME", "XDG_CACHE_HOME")),
        (Variable("HOME", Path(), default=None, help="A path."), ("HOME",)),
        (Variable("A", Text(), default=Computed(str, "anything"), help="A text."), ("A",)),
    ],
    ids=lambda each: each.name if isinstance(each, Variable) else ",".join(each),
)
def test_a_value_depends_on_names(variable: Variable[object], names: tuple[str, ...]) -> None:
    """Those that it is read from come first, then those of its kind, then those of its default; each once."""
    assert inputs(variable) == names


def test_a_default_is_had_whatever_is_set() -> None:
    """What a variable would be without its text can be asked for."""
    variable = Variable("A_PATH", Path(), default=user_cache("a"), help="A path.")
    assert default_of(variable, {"A_PATH": "/x", "XDG_CACHE_HOME": "/var"}) == "/var/a"


def test_a_text_can_be_parsed_before_it_is_set() -> None:
    """A text is read by the kind, in an environment that it need not be in."""
    variable = Variable("A_PATH", Path(), default=None, help="A path.")
    assert parse(variable, "A_PATH", "~/x", {"HOME": "/home/user"}) == "/home/user/x"


@pytest.mark.parametrize(("secret", "text"), [(False, "x"), (True, None)])
def test_an_error_has_the_text_of_what_is_no_secret(secret: bool, text: str | None) -> None:
    """The error that says what was refused can be made without refusing it."""
    variable = Variable("A_PORT", Integer(), default=None, help="The port.", secret=secret)
    assert invalid(variable, "A_PORT", "x", None).text == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [([], True), ({}, True), (set[str](), True), (bytearray(), True), ("", False), ((), False), (1, False)],
    ids=repr,
)
def test_a_container_can_change(value: object, expected: bool) -> None:
    """Lists, dicts, sets and bytearrays can; texts, tuples and numbers cannot."""
    assert can_change(value) is expected


class Stack(list[str]):
    """A list of a plugin's own."""


@pytest.mark.parametrize("value", [["a"], {"a": "b"}, {"a"}, bytearray(b"a"), Stack(["a"])], ids=repr)
def test_a_copy_is_equal_and_another(value: object) -> None:
    """A copy has the same type and the same content."""
    copied = own_copy(value)
    assert copied == value
    assert type(copied) is type(value)
    assert copied is not value


def test_a_copy_shares_nothing_that_can_change() -> None:
    """What is in a container is copied with it, however deep."""
    value = [{"a": ["b"]}]
    own_copy(value)[0]["a"].append("c")
    assert value == [{"a": ["b"]}]


def test_what_cannot_change_is_not_copied() -> None:
    """A value that nobody can change is the same for all."""
    value = ("a", "b")
    assert own_copy(value) is value


def test_a_default_that_can_change_is_the_callers_own() -> None:
    """Whoever changes a list that is a default changes no declaration."""
    variable = Variable("A_LIST", TextList(), default=["a"], help="A list.")
    read(variable, {}).append("b")
    assert read(variable, {}) == ["a"]


def test_a_moment_notes_what_was_looked_at() -> None:
    """Of the texts that were got, those that were looked at are known, whether they are set or not."""
    moment = Moment({"A": "live", "B": "live"}, {"A": "1", "B": "2", "C": None})
    assert moment.get("A") == "1"
    assert moment.get("C", "default") == "default"
    assert "C" not in moment
    assert (moment.looked_at, moment.is_whole) == ({"A", "C"}, True)


LOOKS: Final[dict[str, Callable[[Moment], object]]] = {
    "get": lambda moment: moment.get("D"),
    "in": lambda moment: "D" in moment,
    "item": lambda moment: moment["B"],
    "list": list,
    "dict": dict,
    "len": len,
    "bool": bool,
    "items": lambda moment: set(moment.items()),
    "==": lambda moment: moment == {},
    "**": lambda moment: {**moment},
}
"""The ways in which a plugin may look at more than one text of an environment, or at another one."""


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_a_moment_is_not_whole_once_anything_else_is_looked_at(look: Callable[[Moment], object]) -> None:
    """Whatever depends on more than the texts that were got is noticed."""
    moment = Moment({"A": "live", "B": "live"}, {"A": "1"})
    look(moment)
    assert not moment.is_whole


def test_a_moment_has_the_rest_of_the_environment() -> None:
    """What was not got is looked up live, and the names are those of the environment."""
    environ = {"A": "live", "B": "live"}
    moment = Moment(environ, {"A": "1"})
    environ["B"] = "changed"
    assert dict(moment) == {"A": "1", "B": "changed"}
    assert len(moment) == 2


def test_a_moments_names_are_those_that_it_has() -> None:
    """One that is unset in it is none of them, whatever the environment has; and the other way round."""
    moment = Moment({"A": "live", "B": "live"}, {"A": None, "B": "1", "C": "2", "D": None})
    assert (dict(moment), len(moment)) == ({"B": "1", "C": "2"}, 2)


def test_a_moment_stays_as_it_was() -> None:
    """What a variable depends on is got once."""
    environ = {"HOME": "/home/a"}
    moment = Moment.of(Variable("A_PATH", Path(), default=None, help="A path."), environ)
    environ["HOME"] = "/home/b"
    assert moment["HOME"] == "/home/a"
    assert moment.get("A_PATH") is None
