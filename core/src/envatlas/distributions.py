"""Distributions: what is installed, and what each says of itself, without importing anything.

The only module that knows importlib_metadata. Ordinary folders of `sys.path` are listed directly, which opens a
fraction of the files and finds the same; archives, eggs and the finders of others go through the library.
"""

from __future__ import annotations

import importlib.machinery
import os
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, Protocol, cast

import attrs

from envatlas.problems import DamagedMetadataError

_PART_BYTES: Final = 1 << 16


@attrs.define(eq=False)
class Distribution:
    r"""One installed distribution, of which nothing is read yet.

    Attributes:
        location: The name of its metadata folder, for messages.
        handle: The path of that folder, from which `of` makes the distribution again; or its reader, where it
            is no ordinary folder: that takes a file's name, and returns the file's text, or None.

    >>> Distribution("Acme.VLLM-1.2.dist-info", {"METADATA": "Name: Acme.VLLM\nVersion: 1.2"}.get).key
    'acme_vllm'
    """

    location: str
    handle: str | Callable[[str], str | None] = attrs.field(repr=False)

    @classmethod
    def of(cls, handle: str | Callable[[str], str | None]) -> Distribution:
        """Return the distribution of a handle.

        >>> Distribution.of("site/acme-1.2.dist-info").location
        'acme-1.2.dist-info'
        """
        return cls(os.path.basename(handle) if isinstance(handle, str) else "", handle)

    @property
    def key(self) -> str:
        """Its name, as folders are compared: one letter for what `normalize` takes for the same, run by run."""
        stem = self.location.removesuffix(".egg-info").removesuffix(".dist-info").partition("-")[0]
        key = stem.lower().replace(".", "_")
        return normalize(key).replace("-", "_") if "__" in key else key

    @property
    def is_leftover(self) -> bool:
        """Whether it is a folder that pip renamed (``~name``), and could not remove."""
        return self.location.startswith("~")

    def read(self, file: str) -> str | None:
        """Return the text of one of its files, or None if there is no such file.

        Raises:
            OSError: It cannot be read.
            UnicodeDecodeError: It is not in UTF-8.
        """
        folder = self.handle
        if not isinstance(folder, str):
            return folder(file)
        path = f"{folder}/{file}"
        if not os.access(path, os.F_OK) and os.access(folder, os.X_OK):
            return None  # as for most distributions; opening would take three times as long to say so
        try:
            return _contents(path).decode()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def metadata(self) -> str | None:
        """Return the text of its metadata file, or None if there is none."""
        return self.read("METADATA") or self.read("PKG-INFO")


def normalize(name: str) -> str:
    """Return a distribution's name as it is compared.

    As the Python packaging user guide has it under "Names and normalization".

    >>> normalize("Envatlas.VLLM__Ray")
    'envatlas-vllm-ray'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(problems: list[DamagedMetadataError]) -> Iterator[Distribution]:
    """Yield the installed distributions, in the order in which Python finds them; one can be shown several times.

    Args:
        problems: Where the finders that raise are reported; each ends only its own.

    >>> any(each.key == "envatlas" for each in installed([]))
    True
    """
    folders_are_done = False
    for finder in [*sys.meta_path]:
        if not _is_path_finder(finder):
            yield from _guarded(partial(_in_finder, finder), f"a finder of {type(finder).__module__}", problems)
        elif not folders_are_done:
            folders_are_done = True
            yield from _in_path(problems)


def _guarded(
    find: Callable[[], Iterator[Distribution]], where: str, problems: list[DamagedMetadataError]
) -> list[Distribution]:
    """Return what is found up to where something is raised, which is reported."""
    found: list[Distribution] = []
    try:
        found.extend(find())
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a finder is anybody's code
        problems.append(DamagedMetadataError(where, describe(error)))
    return found


def describe(error: BaseException) -> str:
    """Return the class and the message of what was raised; both may be anybody's code.

    >>> describe(ValueError("no number"))
    'ValueError: no number'
    """
    name = type(error).__name__
    try:
        text = str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001
        return f"{name}, and its message could not be made"
    return f"{name}: {text}" if text else name


def _is_path_finder(finder: object) -> bool:
    """Return whether a finder is Python's own for `sys.path`, or the library's in its place."""
    library = sys.modules.get("importlib_metadata")
    of_library = library is not None and type(finder) is getattr(library, "MetadataPathFinder", None)
    return of_library or finder is importlib.machinery.PathFinder


def _in_path(problems: list[DamagedMetadataError]) -> Iterator[Distribution]:
    for entry in dict.fromkeys(each for each in cast("list[object]", sys.path) if isinstance(each, str)):
        try:
            names = [name for name in os.listdir(entry or ".") if name.endswith((".dist-info", ".egg-info"))]
        except NotADirectoryError:
            yield from _guarded(partial(_in_library, entry), entry, problems)
            continue
        except OSError:
            continue
        if entry.endswith(".egg"):
            yield from _guarded(partial(_in_library, entry), entry, problems)
        for name in sorted(names):
            yield Distribution(name, f"{entry or '.'}/{name}")


def _contents(path: str) -> bytes:
    """Return what a file holds; a file object would take twice as long, for hundreds of small files at each start."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        contents = part = os.read(descriptor, _PART_BYTES)
        while len(part) == _PART_BYTES:
            part = os.read(descriptor, _PART_BYTES)
            contents += part
        return contents
    finally:
        os.close(descriptor)


class _OfLibrary(Protocol):
    """A distribution of the library, with the types that it leaves out."""

    def read_text(self, filename: str, /) -> str | None: ...


class _Find(Protocol):
    def __call__(self, context: object, /) -> Iterator[_OfLibrary]: ...


def _in_library(entry: str) -> Iterator[Distribution]:
    """Yield what the library finds in one entry of `sys.path` that is no ordinary folder."""
    from importlib_metadata import MetadataPathFinder  # noqa: PLC0415  most of a start is importing what it needs

    MetadataPathFinder.invalidate_caches()  # it keeps listings by a folder's time stamp
    yield from map(_wrapped, cast("_Find", MetadataPathFinder().find_distributions)(_context([entry])))


def _in_finder(finder: object) -> Iterator[Distribution]:
    find = cast("_Find | None", getattr(finder, "find_distributions", None))
    if find is not None:
        yield from map(_wrapped, find(_context()))


def _context(path: list[str] | None = None) -> object:
    from importlib_metadata import DistributionFinder  # noqa: PLC0415  as above

    make = cast("Callable[..., object]", DistributionFinder.Context)
    return make() if path is None else make(path=path)


def _wrapped(found: _OfLibrary) -> Distribution:
    path: object = getattr(found, "_path", None)
    name: object = getattr(path, "name", None)
    if not isinstance(name, str) or name == "EGG-INFO":
        metadata = found.read_text("METADATA") or found.read_text("PKG-INFO") or ""
        stem = normalize(header(metadata, "Name")).replace("-", "_")
        name = f"{stem}-{header(metadata, 'Version')}.dist-info"
    return Distribution(name, found.read_text)


def header(metadata: str, name: str) -> str:
    r"""Return what a header of a metadata file says; empty if it is not there.

    >>> header("Metadata-Version: 2.1\nName: acme\n\nVersion: no header", "Version")
    ''
    """
    for line in metadata.split("\n"):
        key, colon, value = line.partition(":")
        if not line.strip("\r"):
            break
        if colon and key.lower() == name.lower():
            return value.strip()
    return ""
