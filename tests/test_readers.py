"""Readers: whatever was read before, a value is that of the texts as they are."""

from __future__ import annotations

import collections
import gc
import os
import sys
import threading
import traceback
import types
import unittest.mock
import weakref
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Final, cast

import attrs
import pytest

from envatlas import Computed, Flag, Integer, OneFlag, Path, Text, TextList, Variable, user_cache
from envatlas.errors import InvalidValueError
from envatlas.owner import Owner
from envatlas.readers import Reader, reader_of
from envatlas.texts import Raw, Texts, texts_of
from envatlas.vllm import registry

ACME: Final = Owner("acme", "acme-vllm", "1.2")
Environ = MutableMapping[str, str]


@pytest.fixture(params=["dict", "dict without turns", "bytes", "public"])
def environ(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environ]:
    """Give an empty environment of each sort.

    A dict, one where threads run at the same time, the process's own by its bytes, and by its public side.
    """
    if request.param == "dict without turns":
        monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    if request.param.startswith("dict"):
        yield {}
        return
    with unittest.mock.patch.dict(os.environ, clear=True):
        yield os.environ if request.param == "bytes" else Public(os.environ)


class Public(collections.ChainMap[str, str]):
    """The public side of an environment, and nothing of its private one."""


def reader(variable: Variable[object], environ: Mapping[str, str]) -> Reader[object]:
    """Return a live reader of one variable."""
    return reader_of(variable, environ, texts_of(environ), ACME)


def change(environ: Environ, name: str, text: str | None) -> None:
    """Set a name, or unset it."""
    if text is None:
        environ.pop(name, None)
    else:
        environ[name] = text


def test_a_text_is_followed_there_and_back(environ: Environ) -> None:
    """Set, changed, set back, unset and set again: each read has the text of its moment."""
    live = reader(Variable("A", Integer(), default=None, help="A number."), environ)
    seen = [live(None)]
    for text in ("1", "22", "1", None, "1", "22", None):
        change(environ, "A", text)
        seen.append(live(None))
    assert seen == [None, 1, 22, 1, None, 1, 22, None]


def test_texts_of_one_byte_are_told_apart(environ: Environ) -> None:
    """Python has each text of one byte only once; a flag that flips is followed all the same."""
    live = reader(Variable("A", OneFlag(), default=False, help="A flag.", reads=("A", "B")), environ)
    seen: list[object] = []
    for text in "0110":
        environ["B"] = text
        seen.append(live(None))
    assert seen == [False, True, True, False]


def test_an_equal_text_of_another_object_has_the_same_value(environ: Environ) -> None:
    """A text that is set again is another object, and no other text."""
    live = reader(Variable("A", Path(), default=user_cache("a"), help="A path."), environ)
    seen: list[object] = []
    for _ in range(2):
        environ["HOME"] = "/home/" + str(len("user")) * 9
        seen.append(live(None))
    assert seen == ["/home/444444444/.cache/a"] * 2


def test_a_path_follows_its_home(environ: Environ) -> None:
    """A text that stays is read anew where HOME changes, is unset, and comes back."""
    live = reader(Variable("A", Path(), default=None, help="A path."), environ)
    environ["A"] = "~/x"
    seen: list[object] = []
    for home in ("/a", "/b", "", "/a"):
        environ["HOME"] = home
        seen.append(live(None))
    assert seen == ["/a/x", "/b/x", "/x", "/a/x"]


def test_a_default_follows_what_it_depends_on(environ: Environ) -> None:
    """A variable that stays unset is computed anew where another changes."""
    live = reader(Variable("A", Path(), default=user_cache("a"), help="A path."), environ)
    seen: list[object] = []
    for name, text in [("HOME", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c"), ("XDG_CACHE_HOME", None)]:
        change(environ, name, text)
        seen.append(live(None))
    assert seen == ["/a/.cache/a", "/b/a", "/b/a", "/c/.cache/a"]


def test_a_second_name_is_followed(environ: Environ) -> None:
    """A text under another name counts as long as the first name has none."""
    live = reader(registry["VLLM_DO_NOT_TRACK"], environ)
    seen = [live(None)]
    changes = [
        ("DO_NOT_TRACK", "1"),
        ("VLLM_DO_NOT_TRACK", "0"),
        ("VLLM_DO_NOT_TRACK", ""),
        ("DO_NOT_TRACK", "0"),
        ("VLLM_DO_NOT_TRACK", "1"),
        ("VLLM_DO_NOT_TRACK", None),
    ]
    for name, text in changes:
        change(environ, name, text)
        seen.append(live(None))
    assert seen == [False, True, False, True, False, True, False]


def test_more_names_than_three_are_followed(environ: Environ) -> None:
    """The first of many names that has a text counts, and the default where none has."""
    names = ("A", "B", "C", "D", "E")
    live = reader(Variable("A", Text(), default="unset", help="A text.", reads=names), environ)
    seen: list[object] = []
    for name in reversed(names):
        environ[name] = name
        seen.append(live(None))
    for name in names:
        del environ[name]
        seen.append(live(None))
    assert seen == ["E", "D", "C", "B", "A", "B", "C", "D", "E", "unset"]


def test_an_environment_that_is_exchanged_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `unittest.mock.patch.dict` does, clearing all texts and putting them back, is a change like any other."""
    monkeypatch.setenv("A", "1")
    live = reader(Variable("A", Integer(), default=None, help="A number."), os.environ)
    seen = [live(None)]
    with unittest.mock.patch.dict(os.environ, {"A": "2"}, clear=True):
        seen.append(live(None))
        with unittest.mock.patch.dict(os.environ, clear=True):
            seen.append(live(None))
    assert [*seen, live(None)] == [1, 2, None, 1]


def test_bytes_that_are_set_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written to `os.environb` is there as well."""
    monkeypatch.setenv("A", "1")
    live = reader(Variable("A", Text(), default=None, help="A text."), os.environ)
    seen = [live(None)]
    os.environb[b"A"] = b"\xff"
    assert [*seen, live(None)] == ["1", "\udcff"]


def test_what_python_does_not_see_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """`os.putenv` passes `os.environ` by, and so it passes every reader by."""
    monkeypatch.setenv("A", "1")
    live = reader(Variable("A", Integer(), default=None, help="A number."), os.environ)
    os.putenv("A", "2")
    assert live(None) == 1


@attrs.frozen
class Relative:
    """A kind that looks at a name, and does not say so."""

    depends: tuple[str, ...] = ()

    name = "relative"
    expected = "any text"
    empty_is_unset = False

    def parse(self, text: str) -> str:
        """Return the text."""
        return text

    def parse_in(self, text: str, environ: Mapping[str, str]) -> str:
        """Return the text after another variable's."""
        return environ.get("BASE", "") + text

    def render(self, value: object) -> str:
        """Return the value's text."""
        return str(value)

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


@pytest.mark.parametrize("depends", [(), ("BASE",), ("OTHER",)], ids=str)
def test_a_kind_that_looks_at_another_name_is_never_stale(environ: Environ, depends: tuple[str, ...]) -> None:
    """Whether it says so or not, what it looks at is looked at again."""
    live = reader(Variable("A", Relative(depends), default=None, help="A text."), environ)
    environ["A"] = "x"
    seen: list[object] = []
    for base in ("a", "b", "a", None):
        change(environ, "BASE", base)
        seen.append(live(None))
    assert seen == ["ax", "bx", "ax", "x"]


@pytest.mark.parametrize("depends", [None, (), ("BASE",), ("OTHER",)], ids=str)
def test_a_default_that_looks_at_another_name_is_never_stale(environ: Environ, depends: tuple[str, ...] | None) -> None:
    """Whether it says so or not, what it looks at is looked at again."""
    default = Computed(lambda environ: environ.get("BASE", "none"), "the base", depends)
    live = reader(Variable("A", Text(), default=default, help="A text."), environ)
    seen: list[object] = []
    for base in ("a", "b", "a", None):
        change(environ, "BASE", base)
        seen.append(live(None))
    assert seen == ["a", "b", "a", "none"]


@pytest.mark.parametrize(
    ("reads", "texts"),
    [((), {}), ((), {"A": ""}), (("A", "B"), {}), (("A", "B"), {"A": " "}), (("A", "B"), {"A": "", "B": ""})],
    ids=str,
)
def test_a_volatile_default_is_computed_at_each_read(
    environ: Environ, reads: tuple[str, ...], texts: dict[str, str]
) -> None:
    """A default that depends on more than variables is never remembered, be a name unset, or empty and so unset."""
    answers = iter([True, False, True])
    default = Computed(lambda environ: next(answers), "what comes next")
    live = reader(Variable("A", Flag(), default=default, help="A flag.", reads=reads), environ)
    environ.update(texts)
    assert [live(None) for _ in range(3)] == [True, False, True]


def test_a_text_before_a_volatile_default_counts(environ: Environ) -> None:
    """A default that is computed at each read is computed only while there is no text."""
    answers = iter([True, False])
    default = Computed(lambda environ: next(answers), "what comes next")
    live = reader(Variable("A", Flag(), default=default, help="A flag."), environ)
    seen: list[object] = []
    for text in (None, "1", "1", None, "0"):
        change(environ, "A", text)
        seen.append(live(None))
    assert seen == [True, True, True, False, False]


@pytest.mark.parametrize("texts", [{}, {"A": "a"}, {"B": "a"}], ids=str)
@pytest.mark.parametrize("reads", [("A",), ("A", "B"), ("A", "B", "C"), ("A", "B", "C", "D")], ids=len)
def test_a_list_is_the_callers_own(environ: Environ, reads: tuple[str, ...], texts: dict[str, str]) -> None:
    """Whoever changes a list that they read changes no other reading, from a text or of a default."""
    live = reader(Variable("A", TextList(), default=["a"], help="A list.", reads=reads), environ)
    environ.update(texts)
    for _ in range(3):
        value = cast("list[str]", live(None))
        assert value == ["a"]
        value.append("b")


@attrs.frozen
class Thing:
    """A value of a plugin's own, which cannot be changed."""

    text: str


@attrs.frozen
class Things:
    """A kind of such values, which counts how many texts it has parsed."""

    parsed: list[str] = attrs.field(factory=list[str])

    name = "thing"
    expected = "any text"
    empty_is_unset = False

    def parse(self, text: str) -> Thing:
        """Return a thing."""
        self.parsed.append(text)
        return Thing(text)

    def render(self, value: object) -> str:
        """Return the value's text."""
        return str(value)

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


@pytest.mark.parametrize("reads", [("A",), ("B", "A"), ("C", "B", "A"), ("D", "C", "B", "A")], ids=len)
def test_a_text_is_parsed_once(environ: Environ, reads: tuple[str, ...]) -> None:
    """A text that stays is not parsed again, however often it is read, and set anew."""
    kind = Things()
    live = reader(Variable("A", kind, default=None, help="A thing.", reads=reads), environ)
    for text in ["a", "a", "b", "b"]:
        environ["A"] = text + "-" * len(reads)
        live(None)
        live(None)
    assert [text.strip("-") for text in kind.parsed] == ["a", "b"]


@pytest.mark.parametrize("reads", [("A",), ("B", "A"), ("D", "C", "B", "A")], ids=len)
def test_what_is_remembered_is_bounded(environ: Environ, reads: tuple[str, ...]) -> None:
    """An environment that changes all the time does not fill the memory: old values are given up."""
    live = reader(Variable("A", Things(), default=None, help="A thing.", reads=reads), environ)
    alive: weakref.WeakSet[Thing] = weakref.WeakSet()
    for number in range(200):
        environ["A"] = str(number)
        alive.add(cast("Thing", live(None)))
    gc.collect()
    assert len(alive) <= 34


def test_a_text_that_was_given_up_is_read_again(environ: Environ) -> None:
    """After more texts than are remembered, the first one is read as before."""
    live = reader(Variable("A", Integer(), default=None, help="A number."), environ)
    numbers = [*range(100), *range(100)]
    seen: list[object] = []
    for number in numbers:
        environ["A"] = str(number)
        seen.append(live(None))
    assert seen == numbers


@pytest.mark.parametrize("reads", [("A",), ("A", "B"), ("A", "B", "C"), ("A", "B", "C", "D")], ids=len)
@pytest.mark.parametrize("name", ["A", "B"])
def test_an_error_has_no_trace_of_the_memory(environ: Environ, reads: tuple[str, ...], name: str) -> None:
    """That a text was not remembered is no part of what is raised about it, whose only cause is the kind's."""
    variable = Variable("A", Integer(), default=None, help="A number.", reads=reads)
    live = reader(variable, environ)
    environ[reads[0] if name not in reads else name] = "marker"
    with pytest.raises(InvalidValueError) as caught:
        live(None)
    cause = caught.value.__cause__
    assert isinstance(cause, ValueError)
    assert caught.value.__context__ is cause
    assert cause.__context__ is None


@pytest.mark.parametrize("reads", [("A",), ("A", "B"), ("A", "B", "C"), ("A", "B", "C", "D")], ids=len)
def test_an_error_about_a_secret_has_no_context(environ: Environ, reads: tuple[str, ...]) -> None:
    """Nothing that would show the text, such as the KeyError of a memory, is behind the error."""
    live = reader(Variable("A", Integer(), default=None, help="A key.", secret=True, reads=reads), environ)
    environ["A"] = "marker"
    with pytest.raises(InvalidValueError) as caught:
        live(None)
    assert (caught.value.text, caught.value.__cause__, caught.value.__context__) == (None, None, None)


def test_a_text_that_is_refused_is_refused_again(environ: Environ) -> None:
    """No error is remembered as a value, and a text that is corrected is read."""
    live = reader(Variable("A", Integer(), default=None, help="A number."), environ)
    environ["A"] = "x"
    for _ in range(2):
        with pytest.raises(InvalidValueError, match=r"^A='x'"):
            live(None)
    environ["A"] = "1"
    assert live(None) == 1


@attrs.define(eq=False)
class Switching:
    """A stored text; each time that it is looked up, the next of what other threads do is done."""

    text: str
    others: list[Callable[[], object]] = attrs.field(factory=list[Callable[[], object]])

    def __hash__(self) -> int:
        if self.others:
            self.others.pop(0)()
        return hash(self.text)


def test_a_memory_that_another_thread_clears_loses_no_value() -> None:
    """Between finding that a text was met and taking its value, another thread may meet many more texts."""
    first = Switching("first")
    stored: dict[Raw, Raw] = {"A": first}
    texts = Texts(stored.get, str, lambda raw: raw.text if isinstance(raw, Switching) else str(raw))
    live = reader_of(Variable("A", TextList(), default=None, help="A list."), {}, texts, ACME)

    def meet_many() -> None:
        for number in range(40):
            stored["A"] = Switching(str(number))
            live(None)
        stored["A"] = first

    for looks in range(4):
        live(None)
        first.others[:] = [*(lambda: None,) * looks, meet_many]
        assert live(None) == ["first"]


@attrs.define(eq=False)
class Changing:
    """A value of a plugin's own, which whoever reads it can change."""

    text: str


class Changes(Things):
    """A kind of such values."""

    def parse(self, text: str) -> Thing:
        """Return a new value."""
        self.parsed.append(text)
        return cast("Thing", Changing(text))


def test_a_value_that_can_be_changed_is_made_anew_at_each_read(environ: Environ) -> None:
    """Nobody knows how to copy it, and no reader may change another's."""
    live = reader(Variable("A", Changes(), default=None, help="A thing."), environ)
    environ["A"] = "a"
    assert live(None) is not live(None)


def test_a_name_that_is_set_anew_is_found_by_the_object_that_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look by another object that is equal would take a third longer."""
    monkeypatch.setenv("A", "1")
    live = reader(Variable("A", Integer(), default=None, help="A number."), os.environ)
    for text in ("1", None, "1", "2", None, "2"):
        change(os.environ, "A", text)
        live(None)
        name = state_of(live)[2]
        stored = cast("dict[bytes, bytes]", vars(os.environ)["_data"])
        assert text is None or any(name is each for each in stored)


def state_of(live: Reader[object]) -> tuple[object, ...]:
    """Return the state that a reader is in: its memory, and what its form looks at."""
    state: tuple[object, ...] = cast("types.FunctionType", live).__defaults__ or ()
    return state


def test_a_form_that_another_thread_exchanges_is_left_to_it(environ: Environ) -> None:
    """A read that finds another thread at the exchange does not wait for it, and has the value of its moment."""
    live = reader(Variable("A", Path(), default=None, help="A path.", reads=("A", "B")), environ)
    environ["A"] = "~/a"
    seen = [live(None)]
    exchanging: threading.Lock = getattr(state_of(live)[0], "exchanging")  # noqa: B009  the memory is private
    with exchanging:
        for home in ("/b", "/c", "/b"):
            environ["HOME"] = home
            seen.append(live(None))
    assert seen[1:] == ["/b/a", "/c/a", "/b/a"]


def test_a_secret_that_was_read_is_in_no_frame_of_an_error(environ: Environ) -> None:
    """A text that is refused shows nothing of the one before it, where local variables are shown."""
    live = reader(Variable("A_KEY", Integer(), default=None, help="A key.", secret=True), environ)
    environ["A_KEY"] = "8675309"
    assert live(None) == 8675309
    environ["A_KEY"] = "marker"
    with pytest.raises(InvalidValueError) as caught:
        live(None)
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack[1:]
    shown = str([frame.locals for frame in frames])
    assert "memory" in shown
    assert "8675309" not in shown
    assert "marker" not in shown
