"""Hosts: what a machine tells, for the checks that ask it.

A check is a pure function; what it must know of the machine it asks a host for, by a *probe*: a function that looks.
The machine itself calls the probe, a host that was told answers from what it was told, and None says that nothing is
known.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Hashable, Mapping
from typing import Final, ParamSpec, Protocol, TypeVar, cast

import attrs

from envatlas.messages import Message, marked

P = ParamSpec("P")
T = TypeVar("T")

_MEMORY_LIMIT: Final = "/sys/fs/cgroup/memory.max"
_OWN_PROGRAM: Final = "/proc/self/exe"
_SHARED: Final = 3
"""What the header of an ELF file calls a shared object."""


class Host(Protocol):
    """Whatever answers probes."""

    def ask(self, probe: Callable[P, T], /, *arguments: P.args, **keywords: P.kwargs) -> T | None:
        """Return what a probe finds, or None where nothing is known."""
        ...


@attrs.frozen
class ThisHost:
    """The machine that this process runs on. A probe that fails tells nothing.

    >>> ThisHost().ask(file_type, "/")
    'folder'
    """

    def ask(self, probe: Callable[P, T], /, *arguments: P.args, **keywords: P.kwargs) -> T | None:
        """Call the probe.

        >>> ThisHost().ask(int, "five") is None
        True
        """
        try:
            return probe(*arguments, **keywords)
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001  a probe may be a plugin's, and asks drivers
            return None


@attrs.frozen
class ToldHost:
    """A machine that is known by answers alone; without any, the machine that nothing is known of.

    Args:
        answers: What each probe finds: by the probe, or by the probe and its arguments.

    >>> ToldHost({cores: frozenset({0, 1}), (file_type, "/opt/cuda"): "folder"}).ask(file_type, "/opt/cuda")
    'folder'
    >>> ToldHost().ask(cores) is None
    True
    """

    answers: Mapping[Hashable, object] = attrs.field(factory=dict[Hashable, object])

    def ask(self, probe: Callable[P, T], /, *arguments: P.args, **keywords: P.kwargs) -> T | None:
        """Return the answer that was told.

        >>> ToldHost({cores: frozenset({0})}).ask(cores)
        frozenset({0})
        """
        key = (probe, *arguments, *keywords.values()) if arguments or keywords else probe
        return cast("T | None", self.answers.get(key))


def cores() -> frozenset[int]:
    """Return the numbers of the CPU cores that this process may use.

    >>> bool(cores())
    True
    """
    return frozenset(os.sched_getaffinity(0))


def file_type(path: str) -> str:
    """Return what is at a path: ``file``, ``folder``, ``other`` or ``nothing``.

    >>> file_type("/no/such/file")
    'nothing'
    """
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "nothing"
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "other"


def others_can_read(path: str) -> bool:
    """Return whether users other than a file's owner can read it, as far as its own permissions tell.

    >>> others_can_read("/")
    True
    """
    return bool(os.stat(path).st_mode & (stat.S_IRGRP | stat.S_IROTH))


def memory() -> int:
    """Return how many bytes of memory this process may use: the machine's, or what its container is limited to.

    >>> memory() > 0
    True
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with open(_MEMORY_LIMIT, encoding="ascii") as file:
            limit = file.read().strip()
    except OSError:
        return machine
    return min(machine, int(limit)) if limit.isdecimal() else machine


def shared_object_error(path: str) -> str:
    """Return why a file cannot be a shared object of this machine; empty if it may well be one.

    Only its first bytes are read. Nothing of it runs, as it does where it is loaded to find out. What is returned is
    a message, or in envatlas's catalogue as it is.

    >>> shared_object_error("/no/such/file.so")
    'there is no such file'
    """
    found = file_type(path)
    if found != "file":
        return marked("there is no such file") if found == "nothing" else marked("it is no regular file")
    own = _first_bytes(_OWN_PROGRAM)
    try:
        header = _first_bytes(path)
    except OSError as error:
        return Message("it cannot be read: {reason}", reason=error.strerror)
    if header[:4] != own[:4]:
        return marked("it is no ELF file")
    if (header[4:6], header[18:20]) != (own[4:6], own[18:20]):
        return marked("it is for another kind of machine")
    is_shared = int.from_bytes(header[16:18], sys.byteorder) == _SHARED
    return "" if is_shared else marked("it is an ELF file, and no shared object")


def _first_bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(20)
