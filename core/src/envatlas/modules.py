"""Modules: an application's live values under the import that its code has always had.

`install_module` puts an `Environment` into `sys.modules`, so that ``import vllm.envs as envs; envs.VLLM_PORT`` and
``from vllm.envs import VLLM_PORT`` run unchanged. Tests may set its attributes, as they could those of a plain module.
"""

from __future__ import annotations

import functools
import importlib
import importlib.machinery
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

from envatlas.environment import Environment
from envatlas.registry import Registry
from envatlas.values import read

if TYPE_CHECKING:
    from importlib.abc import Loader

_OF_IMPORT: Final = ("__cached__", "__doc__", "__file__", "__loader__", "__package__", "__path__", "__spec__")
"""What the import machinery says of a module, and whoever takes a module's place says as well."""


def install_module(name: str, registry: Registry, environ: Mapping[str, str] | None = None) -> ModuleFace:
    """Put a module into `sys.modules` whose attributes are the live values of a registry's variables.

    Nothing is loaded; the first read does that. A package above it is imported, as Python imports it before any
    module in it, or made, where there is none. A module that is there already, such as the one that calls this with
    its own ``__name__``, gives way: what else it defines, then or later, is found behind the variables, and is
    read, set and deleted where its own functions find it.

    Args:
        name: The module's dotted name.
        registry: The registry.
        environ: The texts by their names; `os.environ` where it is not given.

    Returns:
        The module; the one that is there, if it is of this registry already.

    >>> from envatlas.vllm import registry
    >>> envs = install_module("acme_engine.envs", registry, {"VLLM_PORT": "5000"})
    >>> from acme_engine.envs import VLLM_PORT
    >>> VLLM_PORT, envs.is_set("VLLM_PORT"), envs.environment_variables["VLLM_RPC_TIMEOUT"]()
    (5000, True, 10000)
    """
    parent, _, last = name.rpartition(".")
    package = _package(parent) if parent else None
    before = sys.modules.get(name)
    if isinstance(before, ModuleFace) and before.is_of(registry):
        return before
    face = ModuleFace(name, registry, environ, before)
    sys.modules[name] = face
    if package is not None:
        setattr(package, last, face)
    return face


class Getters(Mapping[str, Callable[[], object]]):
    """A function without an argument for each variable, which reads it; made as they are asked for.

    Args:
        environment: The environment that is read.

    >>> from envatlas.vllm import registry
    >>> Getters(Environment(registry, {"VLLM_PORT": "5000"}))["VLLM_PORT"]()
    5000
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __getitem__(self, name: str) -> Callable[[], object]:
        if name not in self._environment:
            raise KeyError(name)
        return functools.partial(self._environment.__getitem__, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)


class ModuleFace(Environment):
    """An environment as a module that can be imported, and whose attributes can be set.

    A value that is set for a variable is what its attribute reads as, until it is deleted, or until the value is set
    back that was there before; then it is live again. Items, `environment_variables` and snapshots stay live.

    Args:
        name: The module's dotted name.
        registry: The registry; it loads at the first read.
        environ: The texts by their names; `os.environ` where it is not given.
        before: The module whose place it takes, if there is one.

    >>> from envatlas.vllm import registry
    >>> envs = ModuleFace("acme.envs", registry, {"VLLM_PORT": "5000"})
    >>> envs.VLLM_PORT = 1
    >>> envs.VLLM_PORT, envs["VLLM_PORT"]
    (1, 5000)
    >>> envs.VLLM_PORT = 5000
    >>> vars(envs).get("VLLM_PORT") is None
    True
    """

    _behind: types.ModuleType
    _live: dict[str, object]
    _turn: threading.RLock

    def __init__(
        self,
        name: str,
        registry: Registry,
        environ: Mapping[str, str] | None = None,
        before: types.ModuleType | None = None,
    ) -> None:
        super().__init__(registry, environ)
        before = before or types.ModuleType(name)
        own, there = vars(self), vars(before)
        own.update(
            __name__=name,
            __package__=name.rpartition(".")[0],
            __spec__=importlib.machinery.ModuleSpec(name, None),
            _behind=there["_behind"] if isinstance(before, ModuleFace) else before,
            _live={},
            _turn=threading.RLock(),
        )
        own.update((each, there[each]) for each in _OF_IMPORT if there.get(each) is not None)

    @property
    def environment_variables(self) -> Mapping[str, Callable[[], object]]:
        """A function without an argument for each variable, which reads it from the environment."""
        return Getters(self)

    def is_of(self, registry: Registry) -> bool:
        """Return whether it reads the variables of a registry.

        >>> from envatlas.vllm import registry
        >>> ModuleFace("acme.envs", registry, {}).is_of(registry)
        True
        """
        return self._registry is registry

    def __setattr__(self, name: str, value: object) -> None:  # type: ignore[override]  # an environment only refuses
        """Let a variable's attribute read as a value; as the environment has it, if that value was there before."""
        own = vars(self)
        if isinstance(value, importlib.machinery.ModuleSpec) and value.loader is not None:
            value.loader = cast("Loader", _Behind(value.loader, self._behind))  # a reload runs what it sets here
        if name.startswith("__") or name not in self._registry:
            self._namespace(name)[name] = value
            return
        with self._turn:
            if name in self._live and _is_same(self._live[name], value):
                del self._live[name], own[name]
                return
            self._live.setdefault(name, self._now(name))
            own[name] = value
            self._forget(name)

    def __delattr__(self, name: str) -> None:  # type: ignore[override]  # likewise
        """Let a variable's attribute read as the environment has it."""
        with self._turn:
            there = vars(self) if name in vars(self) or name in self._registry else vars(self._behind)
            if name not in there:
                raise AttributeError(f"{name} is not set on the module {self.__name__}", name=name, obj=self)
            self._live.pop(name, None)
            del there[name]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(each for each in vars(self._behind) if not each.startswith("__"))})

    def __repr__(self) -> str:
        return f"<module {self.__name__!r} of the registry {self._registry.name!r}>"

    def __reduce__(self) -> tuple[Callable[[str], types.ModuleType], tuple[str]]:  # type: ignore[override]  # it can be
        return importlib.import_module, (self.__name__,)

    def _found(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)  # what Python asks objects about is no variable
        if name in vars(self._behind) and name not in self._registry:
            setattr(type(self), name, _key_of(vars(self._behind), name))
            return vars(self._behind)[name]
        reader = self._reader(name)
        with self._turn:
            if name in self._live:  # another thread has set it since it was looked for
                return vars(self)[name]
            setattr(type(self), name, property(reader))
        return reader(self)

    def _now(self, name: str) -> object:
        """Return a variable's live value, without a word of it; what equals nothing where it cannot be read."""
        try:
            return read(self._registry[name], self._environ(), self._registry.owner(name))
        except ValueError:
            return _UNREADABLE

    def _forget(self, name: str) -> None:
        """Take away the property that reads a variable, which would count more than what is set."""
        if name in vars(type(self)):
            delattr(type(self), name)

    def _namespace(self, name: str) -> dict[str, object]:
        """Return where a name that is no variable is set: behind, unless the face has it itself.

        Raises:
            UnknownVariableError: It is nowhere, and looks like a misspelt variable.
        """
        prefix, behind = self._registry.prefix, vars(self._behind)
        if name.startswith("__") or hasattr(ModuleFace, name):
            return vars(self)
        if prefix and name.startswith(prefix) and name not in behind:
            raise self._registry.unknown(name)
        return behind


def _package(name: str) -> types.ModuleType:
    """Return a package: the one that is imported, or can be, or an empty one in its place."""
    try:
        return sys.modules.get(name) or importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # something else is missing that the package imports
    made = types.ModuleType(name)
    made.__path__ = []
    made.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(_package(parent), last, made)
    sys.modules[name] = made
    return made


def _key_of(namespace: Mapping[str, object], name: str) -> property:
    """Return what finds a name; as it is a property, whoever patches it puts back what it read, and deletes nothing."""

    def find(_: object) -> object:
        try:
            return namespace[name]
        except KeyError:
            raise AttributeError(name) from None

    return property(find)


class _Behind:
    """A loader that runs a module's source in the namespace of the module whose place another has taken."""

    def __init__(self, loader: Loader, module: types.ModuleType) -> None:
        self._loader = loader
        self._module = module

    def exec_module(self, _: types.ModuleType) -> None:
        self._loader.exec_module(self._module)

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)  # whoever asks for the source, or for a file beside it


class _Unreadable:
    """What stands for the value of a variable that has none."""


_UNREADABLE: Final = _Unreadable()


def _is_same(left: object, right: object) -> bool:
    """Return whether two values are equal: as their type has it, or by their attributes where it says nothing."""
    if left is right or (left != left and right != right):  # noqa: PLR0124  NaN differs from itself
        return True
    kind = type(left)
    try:
        is_bare = kind.__eq__ is object.__eq__
        return kind is type(right) and (left.__reduce_ex__(2) == right.__reduce_ex__(2) if is_bare else left == right)
    except TypeError:  # it cannot be taken apart
        return False
