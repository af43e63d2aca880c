"""Constants: expressions that depend on nothing, computed without running anything but plain methods of texts."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Final, cast

Constant = object

_CALLS: Final[Mapping[str, object]] = {
    "bool": bool,
    "float": float,
    "int": int,
    "list": list,
    "str": str,
}
_METHODS: Final = frozenset({"lower", "lstrip", "rstrip", "split", "strip", "upper"})
_COMPARED: Final[Mapping[type, Callable[[object, object], object]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: lambda one, other: _single(one) is _single(other),
    ast.IsNot: lambda one, other: _single(one) is not _single(other),
    ast.In: lambda item, items: item in items,  # type: ignore[operator]  # Python says whether it can be
    ast.NotIn: lambda item, items: item not in items,  # type: ignore[operator]  # likewise
}


class UnknownValueError(Exception):
    """The value of an expression is not known without running it."""


def evaluate(node: ast.expr, names: Mapping[str, object] | None = None) -> object:
    """Return the value of an expression.

    Args:
        node: The expression.
        names: What some names in it stand for.

    Raises:
        UnknownValueError: It is more than plain constants and texts, or computing it raises.

    >>> evaluate(ast.parse("[x.strip() for x in text.split(',')]", mode="eval").body, {"text": "a, b"})
    ['a', 'b']
    """
    try:
        return _value(node, names or {})
    except UnknownValueError:
        raise
    except Exception as error:
        raise UnknownValueError(f"computing {ast.unparse(node)} raises {type(error).__name__}") from error


def as_expression(value: object) -> ast.expr:
    """Return an expression whose value is the value.

    Raises:
        UnknownValueError: None can be written.

    >>> ast.unparse(as_expression(["a", 5]))
    "['a', 5]"
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise UnknownValueError("no literal is infinite, or not a number")
    return ast.parse(repr(value), mode="eval").body


def _value(node: ast.expr, names: Mapping[str, object]) -> object:  # noqa: C901, PLR0911  one for each form
    match node:
        case ast.Constant():
            return node.value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.List() | ast.Tuple() | ast.Set():
            items = [_value(each, names) for each in node.elts]
            return items if isinstance(node, ast.List) else tuple(items) if isinstance(node, ast.Tuple) else set(items)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, names)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.IfExp():
            return _value(node.body if _value(node.test, names) else node.orelse, names)
        case ast.BoolOp():
            return _boolean(node, names)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARED:
            return _COMPARED[type(op)](_value(left, names), _value(right, names))
        case ast.Call(keywords=[]):
            return _called(node, names)
        case ast.ListComp(generators=[ast.comprehension(target=ast.Name(id=name), is_async=0) as each]):
            there = ({**names, name: item} for item in _iterated(each.iter, names))
            return [_value(node.elt, its) for its in there if all(_value(test, its) for test in each.ifs)]
        case _:
            raise UnknownValueError(f"{ast.unparse(node)} is not known without running it")


def _single(value: object) -> object:
    """Return a value of which there is only one, so that it is sure which one it is."""
    if value is None or isinstance(value, bool):
        return value
    raise UnknownValueError(f"whether {value!r} is another object is not known without running it")


def _boolean(node: ast.BoolOp, names: Mapping[str, object]) -> object:
    value: object = None
    for each in node.values:
        value = _value(each, names)
        if bool(value) is isinstance(node.op, ast.Or):
            break
    return value


def _called(node: ast.Call, names: Mapping[str, object]) -> object:
    arguments = [_value(each, names) for each in node.args]
    match node.func:
        case ast.Name(id=name) if name in _CALLS:
            return cast("Callable[..., object]", _CALLS[name])(*arguments)
        case ast.Attribute(value=owner, attr=attribute) if attribute in _METHODS:
            text = _value(owner, names)
            if isinstance(text, str):
                method: Callable[..., object] = getattr(text, attribute)
                return method(*arguments)
        case _:
            pass
    raise UnknownValueError(f"{ast.unparse(node)} is not known without running it")


def _iterated(node: ast.expr, names: Mapping[str, object]) -> list[object]:
    items = _value(node, names)
    if isinstance(items, list | tuple):
        return [*items]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  anything
    raise UnknownValueError(f"{ast.unparse(node)} is no list")
