"""Value types: what a variable's value is, from what the functions that make it are annotated with."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar, cast, get_args, get_origin

from envatlas.defaults import Computed
from envatlas.kinds import EnvironKind, Kind, T_co, is_environ_kind
from envatlas.variable import Variable

Form = object
"""A type as an annotation has it: ``int``, ``list[int]``, ``int | None``; or None."""
_Bound = Mapping[object, Form]


class _Telling(Protocol):
    """A kind that says itself what type its values are of."""

    @property
    def value_form(self) -> Form: ...


def value_forms(variable: Variable[object]) -> tuple[Form, ...]:
    """Return the types of which a variable's value is one: its kind's, and its default's where that may be another.

    >>> from envatlas import Integer, TextList, Variable
    >>> value_forms(Variable("A_PORT", Integer(), default=None, help="The port."))
    (<class 'int'>, None)
    >>> value_forms(Variable("A_LIST", TextList(), default=["a"], help="The list."))
    (list[str],)
    """
    of_kind = kind_form(variable.kind)
    default: object = variable.default
    if default is None:
        return of_kind, None
    if isinstance(default, Computed):
        compute = cast("Computed[object]", default).compute
        return of_kind, _safely(lambda: _returned(compute, {}, of_kind))
    return (of_kind,)


def kind_form(kind: Kind[object]) -> Form:
    """Return the type of a kind's values: what it parses to, or is said to be a `Kind` of; `object` if neither is said.

    A kind that knows better, for each variable another, says it in an attribute ``value_form``.

    >>> from envatlas import Flag
    >>> kind_form(Flag())
    <class 'bool'>
    """

    def found() -> Form:
        if hasattr(kind, "value_form"):
            return cast("_Telling", kind).value_form
        parse = kind.parse_in if is_environ_kind(kind) else kind.parse
        bound = _bound_by_class(type(kind), _own(kind))
        of_protocol = next((each[T_co] for each in (bound.get(Kind, {}), bound.get(EnvironKind, {})) if each), object)
        owner = next((each for each in type(kind).__mro__ if parse.__name__ in vars(each)), type(kind))
        return _returned(parse, bound.get(owner, {}), of_protocol)

    return _safely(found)


def _safely(found: Callable[[], Form]) -> Form:
    """Return a type; `object` where a plugin's annotation names what is not there, or worse."""
    try:
        return found()
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  a plugin's
        return object


def _returned(function: Callable[..., object], bound: _Bound, otherwise: Form) -> Form:
    """Return what a function says to return, with the types to which its class's type variables are bound."""
    called = function if hasattr(function, "__annotations__") else type(function).__call__
    return _substituted(typing.get_type_hints(called).get("return", otherwise), bound)


def _own(kind: object) -> _Bound:
    """Return what a kind's own type variables stand for, where it was made as ``Items[int]()``."""
    made_of = getattr(kind, "__orig_class__", None)
    return {} if made_of is None else _arguments(made_of, {})


def _bound_by_class(class_: type, own: _Bound) -> dict[object, _Bound]:
    """Return what the type variables of a class and of all its bases stand for."""
    found: dict[object, _Bound] = {class_: own}
    for base in vars(class_).get("__orig_bases__", class_.__bases__):
        origin = get_origin(base) or base
        if origin not in (Generic, Protocol):
            found = {**_bound_by_class(origin, _arguments(base, own)), **found}
    return found


def _arguments(alias: object, outer: _Bound) -> _Bound:
    """Return what the variables of a class stand for in ``Class[int, T]``, given what ``T`` stands for."""
    parameters = getattr(get_origin(alias), "__parameters__", ())
    return dict(zip(parameters, (_substituted(each, outer) for each in get_args(alias)), strict=False))


def _substituted(form: Form, bound: _Bound) -> Form:
    if isinstance(form, TypeVar):
        return bound.get(form, object)
    parameters = getattr(form, "__parameters__", ())
    if not parameters or isinstance(form, type):
        return form
    return cast("Mapping[object, Form]", form)[tuple(bound.get(each, object) for each in parameters)]
