"""Texts: what is found by the quickest way is what the mapping itself has."""

from __future__ import annotations

import collections
import os
import sys
import types
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas.texts import Raw, Texts, takes_turns, texts_of

ENVIRON: Final = {"HOME": "/home/user", "A_PORT": "1", "A_TEXT": ""}

NAMES: Final = st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True)
HELD: Final = st.binary(max_size=12).map(lambda held: held.replace(b"\0", b"").decode(errors="surrogateescape"))
"""Texts of any bytes that an environment can have."""


class Elsewhere(MutableMapping[str, str]):
    """An environment that keeps its texts in no private dict, as `os.environ` may in another Python."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = dict(texts)

    def __getitem__(self, name: str) -> str:
        return self.texts[name]

    def __setitem__(self, name: str, text: str) -> None:
        self.texts[name] = text

    def __delitem__(self, name: str) -> None:
        del self.texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


def fail(_: object) -> object:
    """Raise, as a private function does that is called with what it no longer takes."""
    raise TypeError


def private(**changed: object) -> dict[str, object]:
    """Return the private details of `os.environ`, for the environment above, but for some."""
    details: dict[str, object] = {
        "_data": {os.fsencode(name): os.fsencode(text) for name, text in ENVIRON.items()},
        "encodekey": os.fsencode,
        "decodevalue": os.fsdecode,
    }
    return {name: value for name, value in {**details, **changed}.items() if value is not None}


GONE: Final[dict[str, dict[str, object]]] = {
    "nothing private": {},
    "no dict": private(_data=None),
    "another mapping": private(_data=collections.UserDict(ENVIRON)),
    "a list": private(_data=[*ENVIRON]),
    "no encoder": private(encodekey=None),
    "no decoder": private(decodevalue=None),
    "an encoder that is none": private(encodekey="utf-8"),
    "a decoder that is none": private(decodevalue="utf-8"),
    "an encoder that raises": private(encodekey=fail),
    "a decoder that raises": private(decodevalue=fail),
    "another decoder": private(decodevalue=repr),
    "other names": private(_data={b"OTHER": b"1", b"ANOTHER": b"2", b"A_THIRD": b"3"}),
    "other texts": private(_data=dict.fromkeys(map(os.fsencode, ENVIRON), b"other")),
    "more texts": private(_data={os.fsencode(name): b"" for name in [*ENVIRON, "OTHER"]}),
    "no texts": private(_data={}),
    "texts, not bytes": private(_data=dict(ENVIRON)),
}
"""The ways in which the private detail may not be what it is today, by what is wrong."""


@pytest.fixture
def environ_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, object]], Elsewhere]]:
    """Give what makes the process's environment one that has these private details."""
    with monkeypatch.context() as patch:

        def make(details: dict[str, object]) -> Elsewhere:
            environ = Elsewhere(ENVIRON)
            vars(environ).update(details)
            patch.setattr(os, "environ", environ)
            return environ

        yield make


def found(texts: Texts, name: str) -> str | None:
    """Return the text of a name, by a way to the texts."""
    raw = texts.get(texts.name(name))
    return None if raw is None else texts.text(raw)


def test_the_processs_texts_are_looked_at_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """On today's Python, the texts below `os.environ` are found without encoding or decoding any."""
    monkeypatch.setenv("A_PORT", "1")
    texts = texts_of(os.environ)
    assert texts.stored is not None
    assert texts.get(b"A_PORT") == b"1"


def test_a_dicts_texts_are_looked_at_as_they_are() -> None:
    """In a dict, names and texts are stored as what they are."""
    environ = dict(ENVIRON)
    texts = texts_of(environ)
    assert texts.stored is environ
    assert texts.get("A_PORT") == "1"


@pytest.mark.parametrize(
    "environ",
    [types.MappingProxyType(ENVIRON), collections.UserDict(ENVIRON), collections.ChainMap(ENVIRON), Elsewhere(ENVIRON)],
    ids=lambda each: type(each).__name__,
)
def test_any_other_mapping_is_asked_itself(environ: Mapping[str, str]) -> None:
    """Of a mapping that nothing is known of, only its public side is used."""
    texts = texts_of(environ)
    assert texts.stored is None
    assert [found(texts, name) for name in [*ENVIRON, "OTHER"]] == [*ENVIRON.values(), None]


def test_a_dict_with_methods_of_its_own_is_asked_itself() -> None:
    """A subclass of dict may find what is not stored."""

    class Loud(dict[str, str]):
        def get(self, name: str, default: object = None) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]  # as loose as a test needs
            return f"{name}!"

    texts = texts_of(Loud())
    assert texts.stored is None
    assert found(texts, "A") == "A!"


def test_the_private_dict_is_used_where_all_is_as_it_was(
    environ_of: Callable[[dict[str, object]], Elsewhere],
) -> None:
    """The environments below differ from one that is used by what is wrong with each, and by nothing else."""
    assert texts_of(environ_of(private())).stored is not None


@pytest.mark.parametrize("details", GONE.values(), ids=GONE.keys())
def test_the_public_way_is_taken_where_the_private_dict_is_gone(
    environ_of: Callable[[dict[str, object]], Elsewhere], details: dict[str, object]
) -> None:
    """Whatever the private detail has become, the texts are those that the mapping has, and follow it."""
    environ = environ_of(details)
    texts = texts_of(environ)
    assert texts.stored is None
    seen = [found(texts, name) for name in [*ENVIRON, "OTHER"]]
    assert seen == [*ENVIRON.values(), None]
    environ["A_PORT"] = "2"
    assert found(texts, "A_PORT") == "2"


def test_an_environment_that_is_empty_can_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is nothing to check, there is nothing to find either, until there is."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    texts = texts_of(os.environ)
    assert found(texts, "A_PORT") is None
    monkeypatch.setenv("A_PORT", "1")
    assert found(texts, "A_PORT") == "1"


@given(environ=st.dictionaries(NAMES, HELD), name=NAMES)
def test_both_ways_find_what_the_process_has(environ: dict[str, str], name: str) -> None:
    """By bytes, and by its public side, each text is what `os.environ` says, and so is one that is not there."""
    with pytest.MonkeyPatch.context() as patch:
        for each, text in environ.items():
            patch.setenv(each, text)
        by_bytes, public = texts_of(os.environ), texts_of(collections.ChainMap(os.environ))
        expected = {each: os.environ.get(each) for each in [*environ, name]}
        assert by_bytes.stored is not None
        assert public.stored is None
        assert {each: found(by_bytes, each) for each in expected} == expected
        assert {each: found(public, each) for each in expected} == expected
        assert by_bytes.moment(expected) == public.moment(expected) == expected


@pytest.mark.parametrize("environ", [dict(ENVIRON), os.environ], ids=["dict", "os.environ"])
def test_a_moment_is_a_copy(environ: MutableMapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is got at one moment does not follow later changes; what is got live does."""
    monkeypatch.setitem(environ, "A_PORT", "1")
    texts = texts_of(environ)
    still = texts.still()
    monkeypatch.setitem(environ, "A_PORT", "2")
    raw = still(texts.name("A_PORT"))
    assert raw is not None
    assert texts.text(raw) == "1"
    assert found(texts, "A_PORT") == "2"


def test_a_mapping_that_cannot_be_copied_at_once_is_looked_at_live() -> None:
    """Where there is no dict, each text is the one of the moment at which it is looked at."""
    environ = Elsewhere(ENVIRON)
    still = texts_of(environ).still()
    environ["A_PORT"] = "2"
    assert still("A_PORT") == "2"


def test_a_way_shows_no_text() -> None:
    """The dict that holds all texts, secrets as well, is in no representation."""
    stored: dict[Raw, Raw] = {"A_KEY": "sk-marker"}
    texts = Texts(stored.get, str, str, stored)
    assert "sk-marker" not in repr(texts)


@pytest.mark.parametrize(("is_locked", "expected"), [(True, True), (False, False)])
def test_threads_take_turns_where_a_lock_makes_them(
    is_locked: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CPython has the lock, or is built without it, and says so."""
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: is_locked, raising=False)
    assert takes_turns() is expected


def test_another_python_has_threads_of_its_own_sort(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of when they take turns."""
    monkeypatch.setattr(sys.implementation, "name", "another")
    assert not takes_turns()
