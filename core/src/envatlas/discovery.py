"""Discovery: from what is installed to the plugins that it offers, without importing any of them.

The only module that knows importlib_metadata. Each distribution is read on its own, under a guard: one that is
damaged is skipped and reported, and hides none of the others.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Iterator
from typing import Protocol, cast

import attrs
import importlib_metadata

from envatlas.errors import DamagedMetadataError, Origin


class _Point(Protocol):
    """An entry point, with the types that the library leaves out."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> str: ...
    def load(self) -> object: ...


class _Points(Protocol):
    def select(self, *, group: str) -> Collection[_Point]: ...


class _Installed(Protocol):
    """A distribution, with the types that the library leaves out."""

    @property
    def entry_points(self) -> _Points: ...
    def read_text(self, filename: str, /) -> str | None: ...


@attrs.frozen
class Candidate:
    """A plugin as an entry point names it; nothing of it is imported yet.

    Attributes:
        origin: The plugin's name, and the distribution that offers it.
        target: What the entry point names: ``module`` or ``module:attribute``.
    """

    origin: Origin
    target: str
    _entry_point: _Point = attrs.field(eq=False, repr=False)

    @property
    def module(self) -> str:
        """The name of the module that the entry point names.

        >>> from importlib_metadata import EntryPoint
        >>> point = EntryPoint("acme", "acme.plugins:cuda", "envatlas.vllm")
        >>> Candidate(Origin("acme", "acme", "1"), point.value, point).module
        'acme.plugins'
        """
        return self.target.partition(":")[0].partition("[")[0].strip()

    def load(self) -> object:
        """Import the module, and return what the entry point names.

        Raises:
            Exception: Whatever importing it raises.
        """
        return self._entry_point.load()


@attrs.frozen
class Discovery:
    """What one look at the installed distributions found.

    Attributes:
        candidates: The plugins, in no particular order.
        problems: The distributions that could not be read.
    """

    candidates: tuple[Candidate, ...]
    problems: tuple[DamagedMetadataError, ...]


def discover(group: str) -> Discovery:
    """Find the plugins that installed distributions offer in an entry-point group.

    A distribution that several entries of `sys.path` show counts once, where it is found first.

    >>> sorted(candidate.origin.plugin for candidate in discover("envatlas.vllm").candidates)[:2]
    ['build', 'cpu']
    """
    candidates: list[Candidate] = []
    problems: list[DamagedMetadataError] = []
    seen: dict[str, importlib_metadata.Distribution] = {}
    for distribution in _distributions(problems):
        try:
            offered = _offered(distribution, group)
        except Exception as error:  # noqa: BLE001  metadata can be damaged in any way
            problems.append(DamagedMetadataError(_location(distribution), _reason(error)))
            continue
        name = normalize(offered[0].origin.distribution) if offered else _stem(distribution)
        before = seen.setdefault(name, distribution)
        if before is distribution or (offered and not _is_whole(before)):
            seen[name] = distribution
            candidates.extend(offered)
    return Discovery(tuple(candidates), tuple(problems))


def names_in(groups: Iterable[str]) -> frozenset[str]:
    """Return the names of all entry points in the groups.

    >>> "cuda" in names_in(["envatlas.vllm"])
    True
    """
    return frozenset(candidate.origin.plugin for group in groups for candidate in discover(group).candidates)


def normalize(distribution: str) -> str:
    """Return a distribution's name as it is compared.

    As the Python packaging user guide has it under "Names and normalization".

    >>> normalize("Envatlas.VLLM__Ray")
    'envatlas-vllm-ray'
    """
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _distributions(problems: list[DamagedMetadataError]) -> Iterator[importlib_metadata.Distribution]:
    """Yield every installed distribution; a finder that raises ends only its own."""
    importlib_metadata.MetadataPathFinder.invalidate_caches()  # it keeps listings by a folder's time stamp
    context = importlib_metadata.DistributionFinder.Context()  # type: ignore[no-untyped-call]  # the library's
    for finder in sys.meta_path:
        try:
            find = getattr(finder, "find_distributions", None)
            if find is None:
                continue
            yield from (each for each in find(context) if not _is_leftover(each))
        except Exception as error:  # noqa: BLE001  a finder is anybody's code
            problems.append(DamagedMetadataError(f"the finder {_shown(finder)}", _reason(error)))


def _is_leftover(distribution: importlib_metadata.Distribution) -> bool:
    """Return whether it is a folder that pip renamed (``~name``) and could not remove."""
    return _location(distribution).startswith("~")


def _offered(distribution: importlib_metadata.Distribution, group: str) -> list[Candidate]:
    installed = cast("_Installed", distribution)
    text = installed.read_text("entry_points.txt")
    points = installed.entry_points.select(group=group) if text is not None and group in text else ()
    if not points:
        return []
    name, version = _identity(distribution)
    return [Candidate(Origin(point.name, name, version), point.value, point) for point in points]


def _identity(distribution: importlib_metadata.Distribution) -> tuple[str, str]:
    metadata = distribution.metadata
    if not metadata.get("Name") or not metadata.get("Version"):
        raise ValueError("METADATA is missing, or says neither name nor version")
    return metadata["Name"], metadata["Version"]


def _location(distribution: importlib_metadata.Distribution) -> str:
    path: object = getattr(distribution, "_path", None)
    return getattr(path, "name", "") or repr(distribution)


def _reason(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001  a finder's
        return type(error).__name__


def _shown(finder: object) -> str:
    try:
        return repr(finder)
    except Exception:  # noqa: BLE001  a finder is anybody's code
        return type(finder).__name__


def _stem(distribution: importlib_metadata.Distribution) -> str:
    """Return the normalised name that a metadata folder's own name says; it is read nowhere."""
    return normalize(_location(distribution).rpartition(".")[0].partition("-")[0])


def _is_whole(distribution: importlib_metadata.Distribution) -> bool:
    """Return whether it is more than a leftover."""
    read_text = cast("_Installed", distribution).read_text
    return bool(read_text("METADATA") or read_text("PKG-INFO"))
