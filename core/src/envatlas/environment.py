"""An environment: the values of a registry's variables, read from a mapping of texts, live."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterator, Mapping, MutableMapping
from typing import NoReturn, TypeVar, overload

from envatlas.errors import InvalidEnvironmentError, InvalidValueError, ReadOnlyError
from envatlas.overriding import texts_for, write
from envatlas.registry import Registry
from envatlas.snapshot import Snapshot
from envatlas.values import find_text, read
from envatlas.variable import Variable

T = TypeVar("T")


class Environment(Mapping[str, object]):
    """The values of a registry's variables, as a mapping of texts has them at each moment.

    A variable is an attribute, and an item; a name that nobody declares is an AttributeError, and a KeyError.
    An item can be asked for by its `Variable` as well, and then has that variable's type.

    Args:
        registry: The registry; it loads at the first read.
        environ: The texts by their names; `os.environ` where it is not given.

    >>> from envatlas.vllm import registry
    >>> envs = Environment(registry, {"VLLM_PORT": "5000"})
    >>> envs.VLLM_PORT, envs["VLLM_RPC_TIMEOUT"], "VLLM_PORT" in envs
    (5000, 10000, True)
    """

    __slots__ = ("_environ", "_registry")

    _registry: Registry
    _environ: Mapping[str, str]

    def __init__(self, registry: Registry, environ: Mapping[str, str] | None = None) -> None:
        object.__setattr__(self, "_registry", registry)
        object.__setattr__(self, "_environ", os.environ if environ is None else environ)

    @overload
    def __getitem__(self, name: str) -> object: ...
    @overload
    def __getitem__(self, name: Variable[T]) -> T: ...
    def __getitem__(self, name: str | Variable[T]) -> object:
        variable = self._registry[name]
        return read(variable, self._environ, self._registry.owner(variable.name))

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") or name in Environment.__slots__:
            raise AttributeError(name)  # what Python asks objects about is no variable
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return (variable.name for variable in self._registry)

    def __len__(self) -> int:
        return len(self._registry)

    def __contains__(self, name: object) -> bool:
        return name in self._registry

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self})

    def __repr__(self) -> str:
        return f"<Environment of the registry {self._registry.name!r}>"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise ReadOnlyError(name, "an environment", f"use override({name}=...), or set the variable itself")

    def __delattr__(self, name: str) -> NoReturn:
        raise ReadOnlyError(name, "an environment", f"use override({name}=None), or unset the variable itself")

    def __copy__(self) -> Environment:
        return self

    def __deepcopy__(self, memo: object) -> Environment:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("an environment is live, and stays in its process; pickle its snapshot()")

    def is_set(self, name: str) -> bool:
        """Return whether a variable's value comes from the environment, and not from its default.

        Raises:
            UnknownVariableError: Nobody declares it.

        >>> from envatlas.vllm import registry
        >>> Environment(registry, {"VLLM_PORT": ""}).is_set("VLLM_PORT")
        True
        """
        return find_text(self._registry[name], self._environ) is not None

    def snapshot(self) -> Snapshot:
        """Return all values as they are at this moment.

        Raises:
            InvalidEnvironmentError: A group of all the errors, if any value cannot be read.

        >>> from envatlas.vllm import registry
        >>> Environment(registry, {}).snapshot().VLLM_RPC_TIMEOUT
        10000
        """
        values: dict[str, object] = {}
        errors: list[InvalidValueError] = []
        for name in self:
            try:
                values[name] = self[name]
            except InvalidValueError as error:
                errors.append(error)
        if errors:
            raise InvalidEnvironmentError.of(errors)
        secrets = frozenset(variable.name for variable in self._registry if variable.secret)
        return Snapshot(self._registry.name, values, secrets)

    @contextlib.contextmanager
    def override(self, /, **values: object) -> Generator[None]:
        """Give variables other values for the length of a ``with`` block.

        The texts are written to the environment itself, so that child processes see them, and put back at the
        end as they were, whatever happens inside. It can be nested.

        Args:
            values: By the variables' names: a value, or a str as its text; None unsets.

        Raises:
            UnknownVariableError: Nobody declares one of the names.
            InvalidValueError: A text cannot be read, or no text stands for a value; nothing is written then.

        >>> from envatlas.vllm import registry
        >>> envs = Environment(registry, {})
        >>> with envs.override(VLLM_PORT=5000):
        ...     envs.VLLM_PORT
        5000
        >>> envs.VLLM_PORT is None
        True
        """
        environ = self._environ
        if not isinstance(environ, MutableMapping):
            raise ReadOnlyError(", ".join(values), "its mapping", "give the environment one that can be written")
        texts: dict[str, str | None] = {}
        for name, value in values.items():
            texts |= texts_for(self._registry[name], value, environ, self._registry.owner(name))
        before = {name: environ.get(name) for name in texts}
        try:
            write(environ, texts)
            yield
        finally:
            write(environ, before)
