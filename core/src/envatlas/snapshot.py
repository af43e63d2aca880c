"""A snapshot: every value of an environment at one moment."""

from __future__ import annotations

import contextlib
import functools
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar, cast, overload

import attrs

from envatlas.errors import ReadOnlyError, UnknownVariableError
from envatlas.redaction import SHOWN_AS
from envatlas.spelling import nearest_names
from envatlas.values import is_container, own_copy
from envatlas.variable import Variable

T = TypeVar("T")


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
    left: object = attrs.field(repr=False)  # for whoever shows objects by their fields
    right: object = attrs.field(repr=False)
    secret: bool = False

    def __repr__(self) -> str:
        left, right = (SHOWN_AS if self.secret else repr(value) for value in (self.left, self.right))
        return f"<Difference {self.name}: {left} -> {right}>"


class Snapshot(Mapping[str, object]):
    """Every value of an environment at one moment: frozen, comparable, and picklable without any plugin.

    A variable is an attribute, and an item. A value that could be changed, such as a list, is copied at each
    read. Where a snapshot is unpickled without the plugin whose type a value is of, the value is the text that
    stands for it.

    Args:
        registry_name: The name of the registry.
        values: The values by the variables' names.
        secrets: The names of those whose values are never shown.
        texts: The texts that stand for the values of plugins' own types.

    >>> snapshot = Snapshot("vllm", {"VLLM_PORT": 5000, "VLLM_API_KEY": "sk-1"}, {"VLLM_API_KEY"})
    >>> snapshot.VLLM_PORT
    5000
    >>> snapshot
    <Snapshot of the registry 'vllm': VLLM_PORT=5000, VLLM_API_KEY=<secret>>
    """

    __slots__ = ("_registry_name", "_secrets", "_texts", "_values")

    _registry_name: str
    _secrets: frozenset[str]
    _texts: Mapping[str, str]
    _values: Mapping[str, object]

    def __new__(  # noqa: PYI034  the instance is of a class of its own shape
        cls,
        registry_name: str,
        values: Mapping[str, object],
        secrets: AbstractSet[str] = frozenset(),
        texts: Mapping[str, str] | None = None,
    ) -> Snapshot:
        """Make a class whose slots are the names, so that a value is read as fast as any attribute."""
        copied = frozenset(name for name, value in values.items() if is_container(value))
        snapshot = object.__new__(_shape(tuple(values), copied))
        fill = functools.partial(object.__setattr__, snapshot)
        fill("_registry_name", registry_name)
        fill("_secrets", frozenset(secrets))
        fill("_texts", dict(texts or {}))
        fill("_values", {name: own_copy(value) for name, value in values.items()})
        for name in _slots(tuple(values), copied):
            fill(name, values[name])
        return snapshot

    if TYPE_CHECKING:
        # Not at run time, where it would make every attribute slower; Python itself suggests the nearest name.
        def __getattr__(self, name: str) -> object: ...

    @overload
    def __getitem__(self, name: str) -> object: ...
    @overload
    def __getitem__(self, name: Variable[T]) -> T: ...
    def __getitem__(self, name: str | Variable[T]) -> object:
        key = name.name if isinstance(name, Variable) else name
        if key not in self:
            raise UnknownVariableError(key, self._registry_name, nearest_names(key, self))
        return own_copy(self._values[key])

    def __contains__(self, name: object) -> bool:
        key = name.name if isinstance(name, Variable) else name
        return isinstance(key, str) and key in self._values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        theirs = cast("Mapping[str, object]", other)
        return self.keys() == theirs.keys() and all(_are_same(self[name], theirs[name]) for name in self)

    __hash__ = None  # type: ignore[assignment]  # a value may be a list

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        shown = (
            f"{name}={SHOWN_AS if name in self._secrets and value is not None else repr(value)}"
            for name, value in self._values.items()
        )
        return f"<Snapshot of the registry {self._registry_name!r}: {', '.join(shown)}>"

    def __reduce__(self) -> tuple[Callable[..., Snapshot], tuple[object, ...]]:
        packed = {name: _Packed.of(value, self._texts.get(name)) for name, value in self._values.items()}
        return _unpacked, (self._registry_name, packed, self._secrets, self._texts)

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
            Difference(name, left, right, name in secrets) for name, left, right in pairs if not _are_same(left, right)
        )

    def _get(self, name: str) -> object:
        return self.get(name, ABSENT)


def is_foreign(value: object) -> bool:
    """Return whether a value is of a type that Python itself does not have, and another process may lack.

    >>> is_foreign(5), is_foreign(ABSENT)
    (False, True)
    """
    if isinstance(value, dict):
        return any(map(is_foreign, chain.from_iterable(cast("dict[object, object]", value).items())))
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(is_foreign, cast("Iterable[object]", value)))
    return type(value).__module__.partition(".")[0] not in sys.stdlib_module_names


def foreign_texts(variables: Iterable[Variable[object]], values: Mapping[str, object]) -> dict[str, str]:
    """Return the texts that stand for values of types that Python itself does not have, as far as there are any.

    >>> from envatlas import Integer, Variable
    >>> foreign_texts([Variable("A_PORT", Integer(), default=80, help="The port.")], {"A_PORT": 80})
    {}
    """
    texts: dict[str, str] = {}
    for variable in variables:
        value = values[variable.name]
        if is_foreign(value):
            with contextlib.suppress(Exception):  # a kind may be a plugin's own
                texts[variable.name] = variable.kind.render(value)
    return texts


@attrs.frozen
class _Packed:
    """A value on its way to another process: as it is, or its pickle and the text that stands for it."""

    value: object
    text: str | None = None

    @classmethod
    def of(cls, value: object, text: str | None) -> _Packed:
        return cls(pickle.dumps(value), text) if is_foreign(value) and text is not None else cls(value)

    def unpacked(self) -> object:
        if self.text is None:
            return self.value
        try:
            value: object = pickle.loads(cast("bytes", self.value))  # noqa: S301  it came in a pickle
        except Exception:  # noqa: BLE001  the plugin is not here, or is another
            return self.text
        return value


def _unpacked(
    registry_name: str, packed: Mapping[str, _Packed], secrets: frozenset[str], texts: Mapping[str, str]
) -> Snapshot:
    values = {name: each.unpacked() for name, each in packed.items()}
    return Snapshot(registry_name, values, secrets, texts)


def _are_same(left: object, right: object) -> bool:
    """Return whether two values are equal, or both not a number."""
    return left is right or left == right or (left != left and right != right)  # noqa: PLR0124


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
