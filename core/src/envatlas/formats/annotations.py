"""Annotations: types written as a stub has them, and the imports that they need."""

from __future__ import annotations

import builtins
import functools
import keyword
import sys
import types
from collections.abc import Collection, Iterable
from typing import Annotated, Final, Literal, NewType, Union, cast, get_args, get_origin

from envatlas.formats.value_types import Form

_UNIONS: Final = (Union, types.UnionType)


class Annotations:
    """Types as they are written, with nothing in them that a name of the stub's own would hide.

    Args:
        taken: The names that mean something else where the annotations stand.

    Attributes:
        imports: The lines of the imports that the annotations need.

    >>> import decimal
    >>> annotations = Annotations()
    >>> annotations.written([list[int], decimal.Decimal, None]), annotations.imports
    ('list[int] | decimal.Decimal | None', ['import decimal'])
    """

    def __init__(self, taken: Collection[str] = ()) -> None:
        self._taken = taken
        self._modules: dict[str, str] = {}

    @property
    def imports(self) -> list[str]:
        """The lines of the imports, sorted."""
        names = sorted(self._modules.items())
        return [f"import {module}" + (f" as {local}" if module != local else "") for module, local in names]

    def written(self, forms: Iterable[Form]) -> str:
        """Return an annotation for a value of one of several types; ``object`` where one cannot be written.

        >>> Annotations().written([int, None]), Annotations().written([lambda: 5])
        ('int | None', 'object')
        """
        parts = dict.fromkeys(part for form in forms for part in self._parts(form))
        anything = self._builtin("object") if "object" in self._taken else "object"
        return anything if anything in parts else " | ".join(parts)

    def _parts(self, form: Form) -> list[str]:
        origin = get_origin(form)
        if origin in _UNIONS:
            return [part for each in get_args(form) for part in self._parts(each)]
        if origin is Annotated:
            return self._parts(get_args(form)[0])
        if form is None or form is types.NoneType:
            return ["None"]
        if origin is Literal:
            return [self._literal(get_args(form))]
        return [self._name(form) if origin is None else self._generic(origin, get_args(form))]

    def _generic(self, origin: object, arguments: tuple[object, ...]) -> str:
        name = self._name(origin)
        if name == self._builtin("object"):
            return name
        return f"{name}[{', '.join(map(self._argument, arguments)) or '()'}]"

    def _argument(self, argument: object) -> str:
        if argument is Ellipsis:
            return "..."
        if isinstance(argument, list):
            return f"[{', '.join(map(self._argument, cast('list[object]', argument)))}]"
        return self.written([argument])

    def _literal(self, values: tuple[object, ...]) -> str:
        if not all(value is None or type(value) in (bool, int, str, bytes) for value in values):
            return self._builtin("object")
        return f"{self._in_module('typing', 'Literal')}[{', '.join(map(ascii, values))}]"

    def _name(self, form: Form) -> str:
        """Return the name by which a class can be imported; that of `object` where there is none."""
        module, qualified = _found_as(form)
        return self._builtin(qualified) if module == builtins.__name__ else self._in_module(module, qualified)

    def _builtin(self, name: str) -> str:
        return name if name not in self._taken else self._in_module(builtins.__name__, name)

    def _in_module(self, module: str, name: str) -> str:
        local = module
        if module.partition(".")[0] in self._taken:
            local = f"_{module.replace('.', '_')}"
            while local in self._taken:
                local = f"_{local}"
        self._modules[module] = local
        return f"{local}.{name}"


def _found_as(form: Form) -> tuple[str, str]:
    """Return the module and the name by which a class can be imported: the shortest, which is the public one."""
    module, qualified = (str(getattr(form, name, "")) for name in ("__module__", "__qualname__"))
    packages = module.split(".")
    if isinstance(form, type | NewType) and all(map(_is_name, (*packages, *qualified.split(".")))):
        for length in range(1, len(packages) + 1):
            candidate = ".".join(packages[:length])
            if _get(sys.modules.get(candidate), qualified) is form and candidate != "__main__":
                return candidate, qualified
    return builtins.__name__, "object"


def _get(module: object, qualified: str) -> object:
    return functools.reduce(lambda found, name: getattr(found, name, None), qualified.split("."), module)


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)
