"""The lock under which registries load: one at a time, and never across a fork.

Loading is rare, so one lock serves all registries. A fork waits for it, so that a child finds a registry either loaded
or untouched, and no module half imported; but nothing waits for ever, because whoever holds the lock may itself wait
for a lock (of an import, or of logging) that the one who waits has taken before.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Generator
from typing import Final

from envatlas.errors import LoadingError

_LONGEST_LOAD_S: Final = 60.0
_LONGEST_FORK_S: Final = 5.0


class LoadLock:
    """A lock that one thread has, which may not ask for it again.

    Args:
        longest_load_s: How long a thread waits for another's load, in seconds.
        longest_fork_s: How long a fork waits for a load, in seconds.
    """

    def __init__(self, longest_load_s: float = _LONGEST_LOAD_S, longest_fork_s: float = _LONGEST_FORK_S) -> None:
        self._longest_load_s = longest_load_s
        self._longest_fork_s = longest_fork_s
        self._lock = threading.RLock()
        self._loading: set[int] = set()
        self._fork = threading.local()  # two threads may fork at once

    @contextlib.contextmanager
    def turn(self, registry: object, name: str) -> Generator[None]:
        """Hold the lock while a registry loads.

        Args:
            registry: The registry, told from others by its identity.
            name: Its name, for the error.

        Raises:
            LoadingError: The thread is loading that registry already, or another did not end in time.
        """
        if not self._lock.acquire(timeout=self._longest_load_s):
            raise LoadingError(name)
        try:
            if id(registry) in self._loading:
                raise LoadingError(name)
            self._loading.add(id(registry))
            try:
                yield
            finally:
                self._loading.discard(id(registry))
        finally:
            self._lock.release()

    def before_fork(self) -> None:
        """Wait until no other thread loads."""
        self._fork.has_lock = self._lock.acquire(timeout=self._longest_fork_s)

    def after_fork_in_parent(self) -> None:
        """Let other threads load again."""
        if self._fork.has_lock:
            self._lock.release()

    def after_fork_in_child(self) -> None:
        """Start anew where another thread, which the child does not have, was still loading."""
        if self._fork.has_lock:
            self._lock.release()
        else:
            self._lock = threading.RLock()
            self._loading = set()


LOADING: Final = LoadLock()
if sys.platform != "win32":
    os.register_at_fork(
        before=LOADING.before_fork,
        after_in_parent=LOADING.after_fork_in_parent,
        after_in_child=LOADING.after_fork_in_child,
    )
