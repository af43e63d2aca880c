"""A snapshot: every value of an environment at one moment."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final, NoReturn

import attrs

from envatlas.errors import ReadOnlyError, UnknownVariableError
from envatlas.redaction import SHOWN_AS
from envatlas.spelling import nearest_names
from envatlas.values import can_change


class Absent:
    """What stands in a difference where a snapshot has no variable of that name."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __reduce__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


@attrs.frozen(repr=False)
class Difference:
    """One variable whose value differs between two snapshots.

    Attributes:
        name: The variable's name.
        left: Its value in the first, or `ABSENT`.
        right: Its value in the second, or `ABSENT`.
        secret: Whether it is a secret, and its representation shows no value.
    """

    name: str
    left: object
    right: object
    secret: bool = False

    def __repr__(self) -> str:
        left, right = (SHOWN_AS if self.secret else repr(value) for value in (self.left, self.right))
        return f"<Difference {self.name}: {left} -> {right}>"


class Snapshot(Mapping[str, object]):
    """Every value of an environment at one moment: frozen, comparable, and picklable without any plugin.

    A variable is an attribute, and an item. A value that could be changed, such as a list, is copied at each
    read.

    Args:
        registry: The name of the registry.
        values: The values by the variables' names.
        secrets: The names of those whose values are never shown.

    >>> snapshot = Snapshot("vllm", {"VLLM_PORT": 5000, "VLLM_API_KEY": "sk-1"}, {"VLLM_API_KEY"})
    >>> snapshot.VLLM_PORT
    5000
    >>> snapshot
    <Snapshot of the registry 'vllm': VLLM_PORT=5000, VLLM_API_KEY=<secret>>
    """

    __slots__ = ("_registry", "_secrets", "_values")

    _registry: str
    _secrets: frozenset[str]
    _values: Mapping[str, object]

    def __new__(cls, registry: str, values: Mapping[str, object], secrets: AbstractSet[str] = frozenset()) -> Snapshot:  # noqa: PYI034  of a class of its own shape
        """Make a class whose slots are the names, so that a value is read as fast as any attribute."""
        copied = frozenset(name for name, value in values.items() if can_change(value))
        snapshot = object.__new__(_shape(tuple(values), copied))
        fill = functools.partial(object.__setattr__, snapshot)
        fill("_registry", registry)
        fill("_secrets", frozenset(secrets))
        fill(
            "_values",
            {name: copy.deepcopy(values[name]) if name in copied else values[name] for name in values},
        )
        for name in _slots(tuple(values), copied):
            fill(name, values[name])
        return snapshot

    if TYPE_CHECKING:
        # Not at run time, where it would make every attribute slower; Python itself suggests the nearest name.
        def __getattr__(self, name: str) -> object: ...

    def __getitem__(self, name: str) -> object:
        try:
            value = self._values[name]
        except KeyError:
            raise UnknownVariableError(name, self._registry, nearest_names(name, self)) from None
        return copy.deepcopy(value) if can_change(value) else value

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        shown = (
            f"{name}={SHOWN_AS if name in self._secrets and value is not None else repr(value)}"
            for name, value in self._values.items()
        )
        return f"<Snapshot of the registry {self._registry!r}: {', '.join(shown)}>"

    def __reduce__(self) -> tuple[type[Snapshot], tuple[str, Mapping[str, object], frozenset[str]]]:
        return Snapshot, (self._registry, self._values, self._secrets)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise ReadOnlyError(name, "a snapshot", "take another once the environment is as you want it")

    def __delattr__(self, name: str) -> NoReturn:
        raise ReadOnlyError(name, "a snapshot", "take another once the environment is as you want it")

    def diff(self, other: Snapshot) -> tuple[Difference, ...]:
        """Return the variables whose values differ, by name; one that only one of the two has differs.

        >>> Snapshot("a", {"A_PORT": 1}).diff(Snapshot("a", {"A_PORT": 2}))
        (<Difference A_PORT: 1 -> 2>,)
        """
        secrets = self._secrets | other._secrets
        pairs = ((name, self._get(name), other._get(name)) for name in sorted({*self, *other}))
        return tuple(
            Difference(name, left, right, name in secrets)
            for name, left, right in pairs
            if left is not right and left != right
        )

    def _get(self, name: str) -> object:
        return self[name] if name in self._values else ABSENT


@functools.lru_cache(maxsize=64)
def _shape(names: tuple[str, ...], copied: frozenset[str]) -> type[Snapshot]:
    """Return a class with a slot for each value that cannot change, and a copying property for each that can."""
    properties = {name: property(functools.partial(_copied, name)) for name in copied if _is_free(name)}
    namespace = {"__slots__": _slots(names, copied), "__module__": __name__, **properties}
    return type("Snapshot", (Snapshot,), namespace)


def _slots(names: tuple[str, ...], copied: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in copied and _is_free(name))


def _is_free(name: str) -> bool:
    """Return whether a name can be an attribute: one that the class has itself is an item only."""
    return not name.startswith("__") and not hasattr(Snapshot, name)


def _copied(name: str, snapshot: Snapshot) -> object:
    return snapshot[name]
