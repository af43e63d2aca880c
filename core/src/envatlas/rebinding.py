"""Rebinding: functions that read `os.environ`, run over another mapping.

Such a function is copied, and its copy finds another `os`; so are the functions that it calls. Nothing that another
thread could see is changed. What may look at the environment in a way that no copy can redirect is refused.
"""

from __future__ import annotations

import builtins
import copy
import dis
import os
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NoReturn, cast

from envatlas.errors import EnvatlasError

_PURE: Final = frozenset(
    {"ast", "collections", "enum", "functools", "itertools", "json", "logging", "math", "re", "sys", "typing"}
)
"""The modules whose functions look at no environment."""
_CONSTANTS: Final = (str, bytes, int, float, complex, bool, types.NoneType, types.EllipsisType, re.Pattern)
_ABOUT_ENVIRON: Final = ("environb", "exec", "fork", "get_exec_path", "getenvb", "popen", "posix_", "putenv", "spawn")
_ABOUT_ENVIRON_TOO: Final = ("system", "unsetenv", "startfile")
_NAME: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")


class RebindingError(EnvatlasError):
    """A function that cannot be run over another mapping than `os.environ`; its text says why, as a clause."""


def rebound(function: Callable[..., object], environ: Mapping[str, str]) -> Callable[..., object]:
    """Return a function as it would be if `os.environ` were another mapping.

    Args:
        function: The function; nothing of it is run.
        environ: The other mapping. The function's copy reads it; where it would write, it raises a `RebindingError`.

    Raises:
        RebindingError: It uses something that may look at the process's own environment.

    >>> port = lambda: int(os.getenv("ACME_PORT", "80"))
    >>> rebound(port, {"ACME_PORT": "8080"})()
    8080
    """
    return cast("Callable[..., object]", _Copies(environ).of(function, "it"))


def names_read(function: Callable[..., object]) -> tuple[str, ...]:
    """Return the names that a function's own code looks up in the environment, as far as its constants tell.

    >>> names_read(lambda: os.getenv("ACME_HOST") or os.environ["HOST"])
    ('ACME_HOST', 'HOST')
    """
    if not isinstance(function, types.FunctionType):
        return ()
    cells = _cells_of(function)
    found = (cells.get(name) if is_cell else name for name, is_cell in _looked_up(function))
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and _NAME.fullmatch(name)))


def mentions(function: Callable[..., object], name: str) -> bool:
    """Return whether a name stands in a function's own code, or in what its closure and its defaults hold.

    >>> mentions(lambda: flag("ACME_FAST"), "ACME_FAST"), mentions(lambda: flag("FAST"), "ACME_FAST")
    (True, False)
    """
    if not isinstance(function, types.FunctionType):
        return False
    constants = [constant for code in _codes(function.__code__) for constant in code.co_consts]
    held = (*_cells_of(function).values(), *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return any(isinstance(each, str) and each == name for each in (*constants, *held))


def names_behind(function: Callable[..., object]) -> tuple[str, ...]:
    """Return the names that a function and all that it calls in its module look up.

    >>> def home(): return os.path.expanduser(os.getenv("ACME_HOME", "~"))
    >>> names_behind(lambda: home())
    ('ACME_HOME', 'HOME')
    """
    found: dict[str, None] = {}
    waiting, seen = [function], set[int]()
    while waiting:
        each = waiting.pop(0)
        seen.add(id(each))
        found.update(dict.fromkeys(names_read(each)))
        if isinstance(each, types.FunctionType):
            if "expanduser" in _attributes(each.__code__):
                found["HOME"] = None
            called = (each.__globals__.get(name) for name in _globals_of(each.__code__))
            waiting += [other for other in called if isinstance(other, types.FunctionType) and id(other) not in seen]
    return tuple(found)


class _Copies:
    """The copies of one function and of what it uses, each made once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._os = _Os(environ)
        self._made: dict[int, object] = {
            id(os): self._os,
            id(os.environ): self._os.environ,
            id(os.getenv): self._os.getenv,
            id(os.path): self._os.path,
            id(os.path.expanduser): self._os.path.expanduser,
        }
        self._builtins = {**vars(builtins), "__import__": self._import}

    def of(self, value: object, name: str) -> object:
        """Return what stands for a value in a copy's module."""
        if id(value) in self._made:
            return self._made[id(value)]
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, types.ModuleType):
            return value if value.__name__ in _PURE else _refuse(f"{name} is the module {value.__name__}")
        if isinstance(value, type):
            return self._class(cast("type[object]", value), name)
        if isinstance(value, types.BuiltinFunctionType) and value.__module__ in {"builtins", "_operator", *_PURE}:
            return value
        self._require_constant(value, name)
        return copy.deepcopy(value)  # a function may change what it finds

    def _class(self, class_: type[object], name: str) -> type[object]:
        is_known = issubclass(class_, BaseException) or class_.__module__ in {"builtins", *_PURE}
        return class_ if is_known else _refuse(f"{name} is a class of {class_.__module__}")

    def _require_constant(self, value: object, name: str) -> None:
        """Refuse a value of which any part is more than a constant."""
        if isinstance(value, dict):
            parts: list[object] = [*cast("Mapping[object, object]", value).items()]
        elif isinstance(value, list | tuple | set | frozenset):
            parts = [*cast("Iterable[object]", value)]
        elif isinstance(value, _CONSTANTS) or type(value).__module__ in {"logging", "typing"}:
            return
        else:
            _refuse(f"{name} is of type {type(value).__name__}")
        for each in parts:
            self._require_constant(each, name)

    def _function(self, function: types.FunctionType) -> types.FunctionType:
        namespace: dict[str, object] = {"__builtins__": self._builtins, "__name__": function.__module__}
        cells = tuple(types.CellType() for _ in function.__closure__ or ())
        code = function.__code__
        made = types.FunctionType(code, namespace, function.__name__, None, cells or None)
        self._made[id(function)] = made  # it may call itself
        for name in _globals_of(code):
            if name in function.__globals__:
                namespace[name] = self.of(function.__globals__[name], name)
        for name, cell, before in zip(code.co_freevars, cells, function.__closure__ or (), strict=True):
            cell.cell_contents = self.of(_content(before), name)
        made.__defaults__ = tuple(self.of(each, "a default") for each in function.__defaults__ or ()) or None
        made.__kwdefaults__ = {name: self.of(each, name) for name, each in (function.__kwdefaults__ or {}).items()}
        return made

    def _import(self, name: str, *_: object, **__: object) -> object:
        if name == "os":
            return self._os
        return __import__(name) if name in _PURE else _refuse(f"{name} is imported")


class _Environ(Mapping[str, str]):
    """What stands for `os.environ`, and is not to be written to."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)

    def __or__(self, other: Mapping[str, str]) -> dict[str, str]:
        return {**self, **other}

    def __ror__(self, other: Mapping[str, str]) -> dict[str, str]:
        return {**other, **self}

    def __ior__(self, _: object) -> NoReturn:
        _refuse("it writes to os.environ")

    def __setitem__(self, _: str, __: str) -> NoReturn:
        _refuse("it writes to os.environ")

    def __delitem__(self, _: str) -> NoReturn:
        _refuse("it writes to os.environ")

    def __getattr__(self, name: str) -> NoReturn:
        _refuse(f"it uses os.environ.{name}")

    def copy(self) -> dict[str, str]:
        return dict(self)


class _Os:
    """What stands for the module `os`: its environment is another."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = _Environ(environ)
        self.path = _OsPath(environ)

    def getenv(self, key: str, default: object = None) -> object:
        return self.environ.get(key, default)

    def __getattr__(self, name: str) -> object:
        if name.startswith(_ABOUT_ENVIRON) or name in _ABOUT_ENVIRON_TOO:
            _refuse(f"it uses os.{name}")
        return getattr(os, name)


class _OsPath:
    """What stands for the module `os.path`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def expanduser(self, path: str) -> str:
        from envatlas.paths import expand_user  # noqa: PLC0415  few functions need it

        return expand_user(path, self._environ)

    def __getattr__(self, name: str) -> object:
        return _refuse("it uses os.path.expandvars") if name == "expandvars" else getattr(os.path, name)


def _refuse(why: str) -> NoReturn:
    raise RebindingError(why)


def _cells_of(function: types.FunctionType) -> dict[object, object]:
    """Return what a function's closure holds, by the names."""
    return dict(zip(function.__code__.co_freevars, map(_content, function.__closure__ or ()), strict=True))


def _content(cell: types.CellType) -> object:
    try:
        content: object = cell.cell_contents
    except ValueError:  # it is empty as yet
        return None
    return content


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield a code object and all that are within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _globals_of(code: types.CodeType) -> tuple[str, ...]:
    """Return the names that a function's code looks up in its module."""
    found = (each for inner in _codes(code) for each in dis.get_instructions(inner))
    return tuple(dict.fromkeys(str(each.argval) for each in found if each.opname in {"LOAD_GLOBAL", "LOAD_NAME"}))


def _attributes(code: types.CodeType) -> set[str]:
    return {name for inner in _codes(code) for name in inner.co_names}


def _looked_up(function: types.FunctionType) -> Iterator[tuple[object, bool]]:
    """Yield what is looked up in the environment: a constant, or the name of a cell, and whether it is that."""
    for code in _codes(function.__code__):
        there = [each for each in dis.get_instructions(code) if each.opname not in {"PUSH_NULL", "CACHE", "PRECALL"}]
        for place, each in enumerate(there):
            if _loads(each, "getenv", os.getenv, function):
                yield from _name_in(there[place + 1])
            elif _loads(each, "environ", os.environ, function):
                following = there[place + 1]
                if following.opname == "CONTAINS_OP":  # of `"X" in os.environ` the name stands before all of it
                    yield from _name_in(there[place - 1 - _is_attribute(each)])
                else:  # and of a subscript, or of a method's call, behind
                    yield from _name_in(there[place + 1 + _is_attribute(following)])


def _loads(each: dis.Instruction, name: str, value: object, function: types.FunctionType) -> bool:
    """Return whether an instruction loads a value, under the name that it has everywhere or another of the module's."""
    is_there = each.argval == name or (isinstance(each.argval, str) and function.__globals__.get(each.argval) is value)
    return is_there and each.opname.startswith("LOAD") and each.opname != "LOAD_CONST"


def _is_attribute(each: dis.Instruction) -> bool:
    return each.opname in {"LOAD_ATTR", "LOAD_METHOD"}


def _name_in(each: dis.Instruction) -> Iterator[tuple[object, bool]]:
    if each.opname in {"LOAD_CONST", "LOAD_DEREF"}:
        yield each.argval, each.opname == "LOAD_DEREF"
