"""Threads: no reader ever has a value of a text that was not there."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterator, MutableMapping
from typing import TYPE_CHECKING, Final

import pytest

from envatlas import Integer, Path, TextList, Variable, user_cache
from envatlas.environment import Environment
from envatlas.vllm import envs as process_envs

if TYPE_CHECKING:
    from tests.conftest import Site

READERS: Final = 3
CHANGES: Final = 2000

NUMBER: Final[Variable[int | None]] = Variable("A_NUMBER", Integer(), default=None, help="A number.")
PATH: Final[Variable[str | None]] = Variable("A_PATH", Path(), default=None, help="A path.")
CACHE: Final = Variable("A_CACHE", Path(), default=user_cache("a"), help="A path.")
LIST: Final[Variable[list[str] | None]] = Variable("A_LIST", TextList(), default=None, help="A list.", reads=("A", "B"))
FIRST: Final[Variable[int | None]] = Variable("A_FIRST", Integer(), default=None, help="A number.")
LAST: Final[Variable[int | None]] = Variable("A_LAST", Integer(), default=None, help="A number.")


@pytest.fixture(autouse=True)
def _often() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(params=["dict", "os.environ"])
def environ(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MutableMapping[str, str]:
    """Return an environment, of each sort, that may be changed."""
    if request.param == "dict":
        return {}
    for name in ("A_NUMBER", "A_PATH", "A_CACHE", "A", "B", "A_FIRST", "A_LAST", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "to be put back")
        monkeypatch.delenv(name)
    return os.environ


@contextlib.contextmanager
def looking(look: Callable[[], object]) -> Generator[list[object]]:
    """Let several threads look again and again while the block runs; give a list of all that they did not expect.

    What a look raises, or returns but for None, is unexpected.
    """
    start = threading.Barrier(READERS + 1)
    is_done = threading.Event()
    unexpected: list[object] = []

    def run() -> None:
        start.wait()
        while not is_done.is_set() and not unexpected:
            try:
                answer = look()
            except BaseException as error:  # noqa: BLE001  whatever it is, the test reports it
                answer = error
            if answer is not None:
                unexpected.append(answer)

    threads = [threading.Thread(target=run) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    start.wait()
    try:
        yield unexpected
    finally:
        is_done.set()
        for thread in threads:
            thread.join()


def test_a_reader_never_sees_anything_but_one_of_the_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread changes the process's environment, every read of the others is one of the two values."""
    monkeypatch.setenv("VLLM_PORT", "1")

    def look() -> object:
        value = process_envs.VLLM_PORT
        return None if value in {1, 2} else value

    with looking(look) as unexpected:
        for _ in range(CHANGES):
            os.environ["VLLM_PORT"] = "2"
            os.environ["VLLM_PORT"] = "1"
    assert unexpected == []


def test_a_read_is_never_older_than_what_was_written_before_it(site: Site, environ: MutableMapping[str, str]) -> None:
    """A value is of a text that was there between the start of a read and its end, and of no text before."""
    envs = Environment(site.registry_of(NUMBER), environ)
    environ["A_NUMBER"] = "0"
    written = [0]

    def look() -> object:
        before = written[0]
        value = envs[NUMBER]
        after = written[0] + 1
        return None if value is not None and before <= value <= after else (before, value, after)

    with looking(look) as unexpected:
        for number in range(1, CHANGES):
            environ["A_NUMBER"] = str(number)
            written[0] = number
    assert unexpected == []


def test_a_default_is_never_older_than_what_it_depends_on(site: Site, environ: MutableMapping[str, str]) -> None:
    """The same for a value that is made of other variables' texts."""
    envs = Environment(site.registry_of(CACHE), environ)
    environ["HOME"] = "/0"
    written = [0]

    def look() -> object:
        before = written[0]
        value = envs[CACHE]
        after = written[0] + 1
        return None if before <= int(value.split("/")[1]) <= after else (before, value, after)

    with looking(look) as unexpected:
        for number in range(1, CHANGES):
            environ["HOME"] = f"/{number}"
            written[0] = number
    assert unexpected == []


def test_a_path_is_below_a_home_that_was_there(site: Site, environ: MutableMapping[str, str]) -> None:
    """While text and home both change, a path is made of one of the texts and one of the homes, and of no other."""
    envs = Environment(site.registry_of(PATH), environ)
    environ.update(A_PATH="~/0", HOME="/0")
    expected = {f"/{home}/{text}" for home in range(40) for text in range(3)} | {None}

    def look() -> object:
        value = envs[PATH]
        return None if value in expected else value

    with looking(look) as unexpected:
        for number in range(CHANGES):
            environ["HOME"] = f"/{number % 40}"
            environ["A_PATH"] = f"~/{number % 3}"
            if number % 7 == 0:
                del environ["A_PATH"]
    assert unexpected == []


def test_a_list_that_a_thread_changes_is_its_own(site: Site, environ: MutableMapping[str, str]) -> None:
    """Threads that read one list, and change what they have, do not see each other's changes."""
    envs = Environment(site.registry_of(LIST), environ)
    environ["B"] = "0,0"

    def look() -> object:
        value = envs[LIST]
        if value is None or len(value) != 2 or value[0] != value[1]:
            return value
        value.append("changed")
        return None

    with looking(look) as unexpected:
        for number in range(CHANGES):
            environ["B"] = f"{number % 50},{number % 50}"
    assert unexpected == []


def test_a_snapshot_is_of_one_moment(site: Site, environ: MutableMapping[str, str]) -> None:
    """Of two variables that are written one after the other, a snapshot has the same text, or the first one newer."""
    envs = Environment(site.registry_of(FIRST, LAST), environ)
    environ.update(A_FIRST="0", A_LAST="0")

    def look() -> object:
        snapshot = envs.snapshot()
        first, last = snapshot[FIRST], snapshot[LAST]
        return None if first is not None and last is not None and first - last in {0, 1} else (first, last)

    with looking(look) as unexpected:
        for number in range(1, CHANGES):
            environ["A_FIRST"] = str(number)
            environ["A_LAST"] = str(number)
    assert unexpected == []


def test_threads_that_read_first_together_read_the_same(site: Site) -> None:
    """Whichever thread makes a reader, all of them have the value."""
    registry = site.registry_of(NUMBER)
    registry.load()
    for _ in range(50):
        envs = Environment(registry, {"A_NUMBER": "1"})

        def look(envs: Environment = envs) -> object:
            values = envs.A_NUMBER, envs["A_NUMBER"]
            return None if values == (1, 1) else values

        with looking(look) as unexpected:
            pass
        assert unexpected == []
