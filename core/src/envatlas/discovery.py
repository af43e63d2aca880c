"""Discovery: from what is installed to the plugins that it offers, without importing any of them.

Each distribution is read on its own, under a guard: one that is damaged is skipped and reported, and hides none of the
others.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Collection, Iterator

import attrs

from envatlas.distributions import Distribution, describe, header, installed
from envatlas.owner import Owner
from envatlas.problems import DamagedMetadataError


@attrs.frozen
class Candidate:
    """A plugin as an entry point names it; nothing of it is imported yet.

    Attributes:
        owner: The plugin's name, and the distribution that offers it.
        group: The group of the entry point.
        target: What the entry point names: ``module`` or ``module:attribute``.

    >>> Candidate(Owner("acme", "acme", "1"), "envatlas.vllm", "acme.plugins:cuda").module
    'acme.plugins'
    """

    owner: Owner
    group: str
    target: str

    @property
    def module(self) -> str:
        """The name of the module that the entry point names."""
        return self._parts[0]

    def load(self) -> object:
        """Import the module, and return what the entry point names.

        Raises:
            BaseException: Whatever importing it raises.

        >>> Candidate(Owner("acme", "acme", "1"), "envatlas.vllm", "os.path:sep").load()
        '/'
        """
        module, attribute = self._parts
        names = attribute.split(".") if attribute else []
        return functools.reduce(getattr, names, importlib.import_module(module))

    @property
    def _parts(self) -> tuple[str, str]:
        module, _, attribute = self.target.partition("[")[0].partition(":")  # behind [ are extras
        return module.strip(), attribute.strip()


@attrs.frozen
class Discovery:
    """What one look at the installed distributions found.

    Attributes:
        candidates: The plugins, in no particular order.
        problems: The distributions that could not be read.
    """

    candidates: tuple[Candidate, ...]
    problems: tuple[DamagedMetadataError, ...]


def discover(*groups: str) -> Discovery:
    """Find the plugins that installed distributions offer in entry-point groups.

    Of several copies of a distribution that `sys.path` shows, the first counts, which is the one that Python imports.

    >>> sorted(candidate.owner.plugin for candidate in discover("envatlas.vllm").candidates)[:2]
    ['build', 'cpu']
    """
    problems: list[DamagedMetadataError] = []
    candidates: list[Candidate] = []
    first: dict[
        str, str | Callable[[str], str | None]
    ] = {}  # not the distributions: thousands of objects would keep the garbage collector busy
    for distribution in installed(problems):
        if distribution.is_leftover:
            continue
        try:
            text = distribution.read("entry_points.txt")
            offered = _offered(distribution, text, groups) if text else ()
            earlier = first.setdefault(distribution.key, distribution.handle)
            if offered and (earlier is distribution.handle or not _is_whole(Distribution.of(earlier))):
                first[distribution.key] = distribution.handle
                candidates += dict.fromkeys(offered)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  metadata can be damaged in any way, and read by anybody
            problems.append(DamagedMetadataError(distribution.location, describe(error)))
    told = {(problem.location, problem.reason): problem for problem in problems}  # a folder can be shown twice
    return Discovery(tuple(candidates), tuple(told.values()))


def _offered(distribution: Distribution, text: str, groups: Collection[str]) -> list[Candidate]:
    if not any(group in text for group in groups):
        return []
    points = list(_entry_points(text, groups))
    metadata = (distribution.metadata() or "") if points else ""
    name, version = header(metadata, "Name"), header(metadata, "Version")
    if points and not (name and version):
        raise ValueError("METADATA is missing, or says no name or no version")
    return [Candidate(Owner(plugin, name, version), group, target) for group, plugin, target in points]


def _entry_points(text: str, groups: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the group, the name and the target of each entry point in some groups.

    As the entry points specification has it: a section a group, a line an entry point.

    Raises:
        ValueError: A line is neither, or its name is none that a selection could hold.
    """
    group = ""
    for number, line in enumerate(map(str.strip, text.removeprefix("\ufeff").splitlines()), start=1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1]
            continue
        name, equals, target = (part.strip() for part in line.partition("="))
        if line.startswith("[") or not equals:
            raise ValueError(f"entry_points.txt, line {number}: expected [group] or name = module, got {line!r}")
        if group in groups:
            if not name or "," in name or not name.isprintable():
                raise ValueError(f"entry_points.txt, line {number}: no selection can hold a plugin called {name!r}")
            yield group, name, target


def _is_whole(distribution: Distribution) -> bool:
    """Return whether a distribution is more than what an uninstallation left over."""
    try:
        return bool(distribution.metadata())
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  as above
        return False
