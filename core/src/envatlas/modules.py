"""Modules: an application's live values under the import that its code has always had.

`install_module` puts an `Environment` into `sys.modules`, so that ``import vllm.envs as envs; envs.VLLM_PORT`` and
``from vllm.envs import VLLM_PORT`` run unchanged. Tests may set its attributes, as they could those of a plain module.
"""

from __future__ import annotations

import functools
import importlib
import importlib.machinery
import inspect
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

from envatlas.environment import Environment
from envatlas.errors import LoadingError
from envatlas.registry import Registry

if TYPE_CHECKING:
    from importlib.abc import Loader

_MONKEYPATCH: Final = "_pytest.monkeypatch"
"""The module of pytest's patches."""
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

    A value that is set for a variable is what its attribute reads as, until it is deleted, or until the patch of a
    test that set it is undone; then it is live again. Items, `environment_variables` and snapshots stay live.

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
    >>> del envs.VLLM_PORT
    >>> envs.VLLM_PORT
    5000
    """

    __behind__: types.ModuleType
    _patches: dict[str, list[bool]]

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
            __behind__=there["__behind__"] if isinstance(before, ModuleFace) else before,
            _patches={},
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
        """Let a variable's attribute read as a value, unless that is what was read there before a patch."""
        if isinstance(value, importlib.machinery.ModuleSpec) and value.loader is not None:
            value.loader = cast("Loader", _Behind(value.loader, self.__behind__))  # a reload runs what it sets here
        if name == "environment_variables":
            raise AttributeError(
                f"{name} is made of what plugins declare: declare a variable there", name=name, obj=self
            )
        if name.startswith("__") or name not in self._registry:
            self._namespace(name)[name] = value
        elif self._was_set(name, _patching()):
            vars(self)[name] = value
        else:  # what is put back was read from the environment, and not set
            vars(self).pop(name, None)

    def __delattr__(self, name: str) -> None:  # type: ignore[override]  # likewise
        """Let a variable's attribute read as the environment has it."""
        there = vars(self) if name in vars(self) or name in self._registry else vars(self.__behind__)
        if name not in there:
            raise AttributeError(f"{name} is not set on the module {self.__name__}", name=name, obj=self)
        self._was_set(name, _patching())
        del there[name]

    def _was_set(self, name: str, step: str) -> bool:
        """Return whether what is put back was set before a patch; true where nothing is put back.

        Some versions of pytest put back what they read, whether it was set or not. A live value tells nothing of
        that, so it is kept for each patch.
        """
        patches = self._patches.setdefault(name, [])
        if step == "undo":
            return patches.pop() if patches else True
        if step:
            patches.append(name in vars(self))
        return True

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(each for each in vars(self.__behind__) if not each.startswith("__"))})

    def __repr__(self) -> str:
        return f"<module {self.__name__!r} of the registry {self._registry.name!r}>"

    def __reduce__(self) -> tuple[Callable[[str], types.ModuleType], tuple[str]]:  # type: ignore[override]  # it can be
        return importlib.import_module, (self.__name__,)

    def _found(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)  # what Python asks objects about is no variable
        behind = vars(self.__behind__)
        try:
            if name in behind and name not in self._registry:
                setattr(type(self), name, _key_of(behind, name))
                return behind[name]
            reader = self._reader(name)
        except LoadingError:  # the registry loads the module itself as a plugin, and asks it for its hooks
            if name in behind:
                return behind[name]
            raise ReadAtLoadError(self._registry.name) from None
        setattr(type(self), name, _Live(reader))
        return getattr(self, name)  # another thread may have set it since it was looked for

    def _namespace(self, name: str) -> dict[str, object]:
        """Return where a name that is no variable is set: behind, unless the face has it itself.

        Raises:
            UnknownVariableError: It is nowhere, and looks like a misspelt variable.
        """
        prefix, behind = self._registry.prefix, vars(self.__behind__)
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
        if name.startswith("__"):
            raise AttributeError(name)  # whoever copies it asks for these before it has a loader
        return getattr(self._loader, name)  # whoever asks for the source, or for a file beside it


class ReadAtLoadError(LoadingError, AttributeError):
    """A name that is no attribute yet, since the registry that may have it as a variable is loading."""


class _Live:
    """Reads a variable on each access, unless the module itself has a value of that name.

    It is no property: that would count more than what is set, and be taken for what a patch has to put back.
    """

    def __init__(self, reader: Callable[[object], object]) -> None:
        self._reader = reader

    def __get__(self, face: object, _: type) -> object:
        return self._reader(face)


def _patching() -> str:
    """Return what pytest does to an attribute, ``setattr``, ``delattr`` or ``undo``; empty where it is not pytest."""
    here = inspect.currentframe()  # who sets an attribute, nothing else tells
    caller = here and here.f_back and here.f_back.f_back
    is_pytest = caller is not None and caller.f_globals.get("__name__") == _MONKEYPATCH
    return caller.f_code.co_name if caller is not None and is_pytest else ""
