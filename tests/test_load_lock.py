"""The load lock: one load at a time, none across a fork, and nobody waits for ever."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import threading
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.errors import LoadingError
from envatlas.load_lock import LoadLock
from envatlas.registry import Registry

if TYPE_CHECKING:
    from tests.conftest import Site

LONG_S: Final = 30.0
SHORT_S: Final = 0.05

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="only where a process can fork")


class Thread(threading.Thread):
    """A thread that keeps what it raised, and is waited for with a limit."""

    def __init__(self, run: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._body = run
        self.error: Exception | None = None

    def run(self) -> None:
        """Run, and keep what is raised."""
        try:
            self._body()
        except Exception as error:  # noqa: BLE001  the test looks at it
            self.error = error

    def ended(self) -> bool:
        """Wait, and return whether it is done."""
        self.join(LONG_S)
        return not self.is_alive()


@contextlib.contextmanager
def held(lock: LoadLock, registry: object) -> Generator[None]:
    """Let another thread load a registry meanwhile."""
    entered, leave = threading.Event(), threading.Event()

    def load() -> None:
        with lock.turn(registry, "theirs"):
            entered.set()
            leave.wait(LONG_S)

    thread = Thread(load)
    thread.start()
    assert entered.wait(LONG_S)
    try:
        yield
    finally:
        leave.set()
        assert thread.ended()


def test_a_thread_may_load_two_registries_at_once() -> None:
    """A plugin of one may read another."""
    lock = LoadLock()
    with lock.turn("first", "first"), lock.turn("second", "second"):
        pass


def test_a_registry_cannot_load_inside_its_own_load() -> None:
    """It is not there yet, and waiting for it would be for ever."""
    lock, registry = LoadLock(), object()
    with lock.turn(registry, "acme"), pytest.raises(LoadingError) as caught, lock.turn(registry, "acme"):
        pass
    assert caught.value.registry == "acme"


def test_a_registry_can_load_after_a_load_that_raised() -> None:
    """Nothing is left held."""
    lock, registry = LoadLock(), object()
    with pytest.raises(OSError, match="gone"), lock.turn(registry, "acme"):
        raise OSError("gone")
    with lock.turn(registry, "acme"):
        pass


@pytest.mark.parametrize("is_same", [True, False])
def test_a_thread_does_not_wait_for_ever_for_another(is_same: bool) -> None:
    """Whichever registry the other one loads, the error comes after a limit."""
    lock, registry = LoadLock(longest_load_s=SHORT_S), object()
    with (
        held(lock, registry),
        pytest.raises(LoadingError) as caught,
        lock.turn(registry if is_same else object(), "ours"),
    ):
        pass
    assert caught.value.registry == "ours"


def test_a_thread_that_gave_up_can_load_later() -> None:
    """It took nothing, and left nothing held."""
    lock, registry = LoadLock(longest_load_s=SHORT_S), object()
    with held(lock, registry), contextlib.suppress(LoadingError), lock.turn(registry, "ours"):
        pass
    with lock.turn(registry, "ours"):
        pass


def test_a_fork_holds_the_lock_until_it_is_done() -> None:
    """No other thread begins to load in between, and all may afterwards."""
    lock = LoadLock(longest_load_s=SHORT_S)

    def load() -> None:
        with lock.turn(object(), "theirs"):
            pass

    during, after = Thread(load), Thread(load)
    lock.before_fork()
    during.start()
    assert during.ended()
    lock.after_fork_in_parent()
    after.start()
    assert after.ended()
    assert (type(during.error), after.error) == (LoadingError, None)


def test_a_child_can_load_after_a_fork_that_waited() -> None:
    """It has the lock that its parent had, and gives it back."""
    lock = LoadLock(longest_load_s=SHORT_S)
    lock.before_fork()
    lock.after_fork_in_child()
    with held(lock, object()):
        pass


def test_a_fork_inside_a_load_keeps_the_load() -> None:
    """A plugin may fork, and its registry goes on loading in both processes."""
    lock, registry = LoadLock(), object()
    for after_fork in (lock.after_fork_in_parent, lock.after_fork_in_child):
        with lock.turn(registry, "acme"):
            lock.before_fork()
            after_fork()
            with pytest.raises(LoadingError), lock.turn(registry, "acme"):
                pass


def test_a_fork_does_not_wait_for_ever() -> None:
    """After a limit it goes on, and gives back nothing that it does not have."""
    lock = LoadLock(longest_fork_s=SHORT_S)
    with held(lock, object()):
        lock.before_fork()
        lock.after_fork_in_parent()
    with lock.turn(object(), "ours"):
        pass


def test_a_child_starts_anew_where_the_fork_did_not_wait_long_enough() -> None:
    """The thread that was loading is not there, and will never give the lock back."""
    lock, registry = LoadLock(longest_load_s=SHORT_S, longest_fork_s=SHORT_S), object()
    entered, leave = threading.Event(), threading.Event()

    def load() -> None:
        with lock.turn(registry, "theirs"):
            entered.set()
            leave.wait(LONG_S)

    loader = Thread(load)
    loader.start()
    assert entered.wait(LONG_S)
    lock.before_fork()
    lock.after_fork_in_child()
    with lock.turn(registry, "ours"):
        pass
    leave.set()
    assert loader.ended()
    assert isinstance(loader.error, RuntimeError)  # in a child there is no such thread


GATE: Final = "import threading\nentered, opened = threading.Event(), threading.Event()\n"
MAKE: Final = """
import os, sys
from envatlas import load_lock
lock = load_lock.LoadLock(20, 0.2)
os.register_at_fork(
    before=lock.before_fork, after_in_parent=lock.after_fork_in_parent, after_in_child=lock.after_fork_in_child
)
import concurrent.futures.thread, json, logging, threading
import envatlas.registry
from envatlas.registry import Registry
envatlas.registry.LOADING = lock
registry = Registry("test", group="envatlas.test")
"""
FORK: Final = """
import acme_gate
loader = threading.Thread(target=registry.load)
loader.start()
acme_gate.entered.wait()
# What is registered last comes first before a fork: the plugin goes on when the fork has begun.
os.register_at_fork(before=acme_gate.opened.set)
child = os.fork()
if not child:
    os._exit(len(Registry("other", group="envatlas.other")))
_, status = os.waitpid(child, 0)
loader.join()
print(json.dumps([os.waitstatus_to_exitcode(status), len(registry)]))
"""


@needs_fork
@pytest.mark.parametrize(
    "use",
    [
        "import logging\nlogging.getLogger('acme').setLevel('INFO')\nlogging.StreamHandler()\n",
        "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor(1).submit(int).result()\n",
    ],
    ids=["logging", "threads"],
)
def test_a_plugin_can_use_what_a_fork_locks(site: Site, use: str) -> None:
    """The fork holds their locks, which the plugin waits for, and waits for the load, but not for ever."""
    site.write({"acme_gate": GATE})
    wait = "import acme_gate\nacme_gate.entered.set()\nacme_gate.opened.wait()\n"
    site.add_plugin("acme", wait + use + site.declaring("ACME_PORT"))
    site.add("other", plugins={"x": "other"}, modules={"other": site.declaring("X_PORT")}, group="envatlas.other")
    assert site.answer(MAKE + FORK) == [1, 1]


class ReadingHandler(logging.Handler):
    """A handler that shows, beside each record, how many variables a registry has."""

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self.registry = registry
        self.entered = threading.Event()
        self.seen: list[tuple[str, int]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Read the registry while the handler's own lock is held."""
        self.entered.set()
        self.seen.append((record.getMessage().partition(",")[0], len(self.registry)))


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """Give the package's logger, which loses the handlers that a test adds."""
    logger = logging.getLogger("envatlas")
    before = [*logger.handlers]
    yield logger
    for handler in set(logger.handlers) - {*before}:
        logger.removeHandler(handler)


def test_a_log_handler_can_read_the_registry(site: Site, logger: logging.Logger) -> None:
    """Problems are logged when the registry is there."""
    site.add_plugin("acme", "raise OSError('gone')")
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    registry = site.registry(filter_variable=None)
    handler = ReadingHandler(registry)
    logger.addHandler(handler)
    registry.load()
    assert handler.seen == [("plugin 'acme'", 1)]


def test_a_log_handler_can_read_the_registry_that_another_thread_loads(
    site: Site, logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load waits for no handler, and the handler for the load."""
    monkeypatch.setattr("envatlas.registry.LOADING", LoadLock(longest_load_s=LONG_S))
    site.write({"acme_gate": GATE})
    site.add_plugin("acme", "import acme_gate\nacme_gate.entered.set()\nacme_gate.opened.wait()\nraise OSError")
    gate = importlib.import_module("acme_gate")
    registry = site.registry(filter_variable=None)
    handler = ReadingHandler(registry)
    logger.addHandler(handler)
    loader, writer = Thread(registry.load), Thread(lambda: logger.warning("theirs"))
    loader.start()
    assert gate.entered.wait(LONG_S)
    writer.start()
    assert handler.entered.wait(LONG_S)
    gate.opened.set()
    assert loader.ended()
    assert writer.ended()
    assert sorted(handler.seen) == [("plugin 'acme'", 0), ("theirs", 0)]


def test_a_plugin_and_a_thread_that_import_one_application_do_not_hang(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plugin waits for the module, and the module for the registry, until one of them is told the mistake."""
    monkeypatch.setattr("envatlas.registry.LOADING", LoadLock(longest_load_s=SHORT_S))
    make = f"from envatlas.registry import Registry\nregistry = Registry('test', group={site.registry().group!r})\n"
    app = "import acme_gate, acme_base\nacme_gate.opened.set()\nacme_gate.entered.wait()\nlist(acme_base.registry)\n"
    site.write({"acme_gate": GATE, "acme_base": make, "acme_app": app})
    site.add_plugin("acme", "import acme_gate\nacme_gate.entered.set()\nimport acme_app\n" + site.declaring("PORT"))
    site.add_plugin("zeta", site.declaring("ZETA_PORT"))
    gate, registry = importlib.import_module("acme_gate"), importlib.import_module("acme_base").registry
    application = Thread(lambda: importlib.import_module("acme_app"))
    application.start()
    assert gate.opened.wait(LONG_S)
    loader = Thread(registry.load)
    loader.start()
    assert application.ended()
    assert loader.ended()
    assert isinstance(application.error, LoadingError)
    assert "ZETA_PORT" in registry
