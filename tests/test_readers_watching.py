"""Readers of a default that objects in modules decide: whatever is there, the answer is theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import types
import unittest.mock
from collections.abc import Mapping
from typing import Final, cast

import attrs
import pytest

from envatlas import Computed, Text, Variable
from envatlas.environment import Environment
from envatlas.owner import Owner
from envatlas.readers import Reader, reader_of
from envatlas.texts import texts_of
from envatlas.vllm import registry

ACME: Final = Owner("acme", "acme-vllm", "1.2")
NAME: Final = "VLLM_RPC_BASE_PATH"


def documented() -> str:
    """Return what the documented program has for the variable."""
    return os.getenv(NAME, tempfile.gettempdir())


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """Have the variable unset, and the folder for temporary files as it is, at the start and at the end."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv(NAME, raising=False)


class Holding(types.ModuleType):
    """A module that holds what a default depends on."""

    folder: str
    mode: str


@attrs.frozen
class Counted:
    """A default whose answer a module holds, and which counts how often it is computed."""

    module: Holding
    computed: list[None] = attrs.field(factory=list[None])

    def __call__(self, environ: Mapping[str, str]) -> str:
        """Return the folder that the module holds."""
        self.computed.append(None)
        return self.module.folder

    def reader(self, *watches: str, environ: Mapping[str, str] | None = None) -> Reader[str]:
        """Return a reader of a variable that has this default."""
        default = Computed(self, "the folder", depends=(), watches=watches)
        environ = {} if environ is None else environ
        return reader_of(Variable("A", Text(), default=default, help="A text."), environ, texts_of(environ), ACME)


@pytest.fixture(name="counted")
def _counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Give a module that holds a folder, and a default of it."""
    module = Holding("holding")
    vars(module).update(folder="/first", mode="mode", owner="owner")
    monkeypatch.setitem(sys.modules, "holding", module)
    return Counted(module)


@pytest.mark.parametrize("sort", ["os.environ", "dict"])
@pytest.mark.parametrize("own", [None, "/own"])
def test_the_folder_for_temporary_files_is_followed(
    own: str | None, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever `tempfile.tempdir` is set to, text, bytes or None, the next read is what the documented program has."""
    envs = Environment(registry, os.environ if sort == "os.environ" else {})
    monkeypatch.setenv("TMPDIR", "/var/tmp")
    for folder in ("/a", "/b", b"/c", None, "/a", None, b"/a", b"/a", "/a"):
        monkeypatch.setattr(tempfile, "tempdir", folder)
        for _ in range(3):
            assert documented() == envs.VLLM_RPC_BASE_PATH
            assert type(envs.VLLM_RPC_BASE_PATH) is str
        if own is not None and sort == "os.environ":
            monkeypatch.setenv(NAME, own)
            assert [envs.VLLM_RPC_BASE_PATH for _ in range(2)] == [own] * 2
            monkeypatch.delenv(NAME)


def test_a_function_that_stands_in_for_another_is_followed() -> None:
    """Whoever replaces `tempfile.gettempdir` is asked at each read, and no more once it is back."""
    envs = Environment(registry)
    folder = tempfile.gettempdir()
    seen = [envs.VLLM_RPC_BASE_PATH, envs.VLLM_RPC_BASE_PATH]
    with unittest.mock.patch("tempfile.gettempdir", side_effect=["/a", folder, "/b"]):
        seen += [envs.VLLM_RPC_BASE_PATH for _ in range(3)]
    assert [*seen, envs.VLLM_RPC_BASE_PATH] == [folder, folder, "/a", folder, "/b", folder]


def test_what_is_watched_is_not_imported_for_it() -> None:
    """No start pays for `tempfile` that does not ask for the folder."""
    code = "import sys; from envatlas.vllm import envs; envs.VLLM_PORT; sys.exit('tempfile' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_answer_is_remembered_while_what_it_watches_stays(counted: Counted) -> None:
    """The default is computed twice, which is as often as it takes to prove the answer, and anew after a change."""
    live = counted.reader("holding.folder", "holding.mode")
    seen = [live(None) for _ in range(5)]
    once = len(counted.computed)
    counted.module.folder = "/second"
    seen += [live(None) for _ in range(5)]
    assert seen == ["/first"] * 5 + ["/second"] * 5
    assert (once, len(counted.computed)) == (2, 4)


@pytest.mark.parametrize("change", ["set", "delete", "put back"])
def test_each_object_that_is_watched_counts(counted: Counted, change: str) -> None:
    """An answer that stays is computed anew where another watched object is exchanged, is gone, or is back."""
    live = counted.reader("holding.folder", "holding.mode")
    live(None)
    before = len(counted.computed)
    if change != "delete":
        counted.module.mode = "another"
    else:
        del counted.module.mode
    assert live(None) == "/first"
    assert len(counted.computed) > before
    if change == "put back":
        counted.module.mode = "mode"
        before = len(counted.computed)
        assert live(None) == "/first"
        assert len(counted.computed) > before


@pytest.mark.parametrize(
    "watches",
    [
        ("holding.mode",),
        ("holding.nothing", "holding.folder"),
        ("no.such.module.name", "holding.folder"),
        ("nodots", "holding.folder"),
        ("object.folder", "holding.folder"),
        ("holding.folder", "holding.mode", "holding.owner"),
    ],
    ids=str,
)
def test_an_answer_that_cannot_be_proved_is_computed_at_each_read(
    counted: Counted, watches: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is none of the watched objects, one of them is not there, or they are too many."""
    monkeypatch.setitem(sys.modules, "object", cast("types.ModuleType", object()))
    live = counted.reader(*watches)
    for folder in ("/a", "/b", "/b"):
        counted.module.folder = folder
        before = len(counted.computed)
        assert live(None) == folder
        assert len(counted.computed) > before


def test_a_default_that_looks_at_more_than_it_says_is_never_stale(counted: Counted) -> None:
    """An answer that is a watched object is not remembered if the environment was looked at for it."""
    environ = {"B": "/first"}
    default = Computed(
        lambda texts: counted.module.folder if "B" in texts else "none",
        "the folder",
        depends=(),
        watches=("holding.folder",),
    )
    live = reader_of(Variable("A", Text(), default=default, help="A text."), environ, texts_of(environ), ACME)
    seen = [live(None), live(None)]
    del environ["B"]
    assert [*seen, live(None)] == ["/first", "/first", "none"]


def test_one_watched_object_is_enough(counted: Counted) -> None:
    """The looks of a form may be the same."""
    live = counted.reader("holding.folder")
    seen = [live(None) for _ in range(3)]
    counted.module.folder = "/second"
    assert [*seen, live(None)] == ["/first"] * 3 + ["/second"]
    assert len(counted.computed) == 4


def test_texts_of_other_names_and_watched_objects_count_together(counted: Counted) -> None:
    """A variable with two names, the second of which is set and unset, and a folder that changes."""
    environ: dict[str, str] = {}
    default = Computed(counted, "the folder", depends=(), watches=("holding.folder",))
    variable = Variable("A", Text(), default=default, help="A text.", reads=("A", "B"))
    live = reader_of(variable, environ, texts_of(environ), ACME)
    seen: list[str] = []
    for text, folder in ((None, "/a"), (None, "/b"), ("b", "/b"), ("b", "/a"), (None, "/a"), (None, "/b")):
        environ.pop("B", None)
        environ.update({} if text is None else {"B": text})
        counted.module.folder = folder
        seen += [live(None), live(None)]
    assert seen[::2] == seen[1::2] == ["/a", "/b", "b", "b", "/a", "/b"]


def test_a_public_mapping_has_the_same_answers(counted: Counted) -> None:
    """Where texts can only be got one after the other, the default is computed at each read."""
    live = counted.reader("holding.folder", environ=types.MappingProxyType({}))
    seen: list[str] = []
    for folder in ("/a", "/b", "/a"):
        counted.module.folder = folder
        seen += [live(None), live(None)]
    assert seen == ["/a", "/a", "/b", "/b", "/a", "/a"]


def test_no_thread_leaves_an_answer_that_belongs_to_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the folder changes there and back, each read is one of the two, and right once it stays."""
    folders = ("/a", "/b")
    unexpected: list[object] = []
    is_done = threading.Event()
    envs = Environment(registry)
    monkeypatch.setattr(tempfile, "tempdir", folders[0])
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def look() -> None:
        while not is_done.is_set():
            value = envs.VLLM_RPC_BASE_PATH
            if value not in folders:
                unexpected.append(value)

    threads = [threading.Thread(target=look) for _ in range(2)]
    try:
        for thread in threads:
            thread.start()
        for number in range(3000):
            folder = tempfile.tempdir = folders[number % 2]
            tempfile.tempdir = folders[1 - number % 2]
            tempfile.tempdir = folder
            assert [envs[NAME], envs[NAME]] == [folder, folder]
    finally:
        is_done.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(before)
    assert unexpected == []
