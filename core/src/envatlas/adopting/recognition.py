"""Recognition: the declaration whose readings are exactly those of an expression, where there is one.

An expression is looked at twice: as it is while the variable is set, which tells the kind, and while it is unset, which
tells the default. What is not exactly a kind's reading is not approximated.
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

import attrs

from envatlas.adopting.constants import UnknownValueError, evaluate
from envatlas.adopting.marks import (
    AT,
    FIRST,
    GET,
    HAS,
    RAISE,
    TEXT,
    NotUnderstoodError,
    is_mark,
    looked_up,
    mark,
    shown,
)
from envatlas.adopting.simplifying import Simplifier, first
from envatlas.defaults import Computed, user_cache, user_config
from envatlas.dialects import ExactChoice, WordFlag
from envatlas.flags import (
    IntegerFlag,
    NonemptyFlag,
    NotZeroFlag,
    OneFlag,
    OnTrueOneFlag,
    StrippedTrueOneFlag,
    TrueFlag,
    TrueOneFlag,
)
from envatlas.kinds import Kind, Text, TextList, UpperText
from envatlas.messages import Message, marked
from envatlas.numbers import Integer, Number
from envatlas.paths import Path

_WORDS: Final = (OneFlag(), TrueFlag(), TrueOneFlag(), StrippedTrueOneFlag(), OnTrueOneFlag())
_CALLED: Final[Mapping[str, Kind[object]]] = {  # <text> is how the mark of a text is written
    "<text>": Text(),
    "str(<text>)": Text(),
    "<text>.upper()": UpperText(),
    "int(<text>)": Integer(),
    "float(<text>)": Number(),
    "bool(<text>)": NonemptyFlag(),
    "<text> != ''": NonemptyFlag(),
    "bool(int(<text>))": IntegerFlag(),
    "int(<text>) != 0": IntegerFlag(),
    "<text> != '0'": NotZeroFlag(),
    "os.path.expanduser(<text>)": Path(),
}
_WAYS: Final = {
    "<text>": (False, False),
    "<text>.lower()": (True, False),
    "<text>.strip()": (False, True),
    "<text>.strip().lower()": (True, True),
    "<text>.lower().strip()": (True, True),
}
"""The ways in which words are compared: whether case is ignored, and whether space is."""
_OPPOSITES: Final[Mapping[type[ast.cmpop], ast.cmpop]] = {
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
}
_COMPARED: Final = marked("it compares with {code}")
_DEFAULT: Final = marked("its default is {code}")
EMPTY_LIST: Final = "Computed(_nothing, 'an empty list', depends=())"
"""How a default is written that is an empty list; the function is written beside it."""
_BASES: Final = {
    "<get>('XDG_CACHE_HOME', os.path.join(os.path.expanduser('~'), '.cache'))": ("user_cache", user_cache),
    "<get>('XDG_CONFIG_HOME', os.path.join(os.path.expanduser('~'), '.config'))": ("user_config", user_config),
}


@attrs.frozen
class Default:
    """A default, and how it is written.

    Attributes:
        value: The value, or a computed one.
        source: Its source; empty where the value's own representation is.
    """

    value: object
    source: str = ""


@attrs.frozen
class Recognized:
    """What an expression reads.

    Attributes:
        kind: How a text becomes a value.
        default: The value while it is unset.
        reads: The names that it is read from, in order.
    """

    kind: Kind[object]
    default: Default
    reads: tuple[str, ...]


def recognize(expression: ast.expr, name: str) -> Recognized:
    """Return what an expression reads, exactly.

    Args:
        expression: What the variable's function computes.
        name: The variable's name.

    Raises:
        NotUnderstoodError: No kind reads exactly that.

    >>> found = recognize(mark(GET, ast.Constant("A_HOST"), ast.Constant("localhost")), "A_HOST")
    >>> found.kind, found.default.value, found.reads
    (Text(), 'localhost', ('A_HOST',))
    """
    chain = next(_chains(expression), None)
    if chain is not None:
        return _of_chain(expression, chain)
    names = looked_up(expression)
    if not names:
        raise NotUnderstoodError(marked("it looks up no name that its source shows"))
    own = name if name in names else names[0]
    while_set, unset = (_state(expression, own, is_set=is_set) for is_set in (True, False))
    if looked_up(while_set):
        told = Message("it reads {names} in a way that no declaration says", names=_together(names))
        raise NotUnderstoodError(told)
    if any(is_mark(each, RAISE) for each in ast.walk(unset)):
        raise NotUnderstoodError(marked("it raises where it is unset"))
    kind = _kind(while_set)
    return Recognized(kind, _default(unset, kind), (own,))


def _together(names: Sequence[str]) -> str:
    first, *others = names
    return Message("{one} and {other}", one=first, other=_together(others)) if others else first


def _chains(expression: ast.expr) -> Iterator[ast.BoolOp]:
    """Yield the parts that are the first text that is not empty of several, or one and a constant behind it."""
    for node in ast.walk(expression):
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            *first, last = node.values
            if all(map(_is_plain, first)) and (_is_plain(last) or isinstance(last, ast.Constant)):
                yield node


def _is_plain(node: ast.expr) -> bool:
    """Return whether an expression is a look at a name whose default is as good as empty."""
    if not is_mark(node, GET):
        return False
    default = cast("ast.Call", node).args[1]
    return isinstance(default, ast.Constant) and default.value in {None, ""}


def _of_chain(expression: ast.expr, chain: ast.BoolOp) -> Recognized:
    """Return what is read from the first text that is not empty.

    A declaration reads an empty text where all are empty; that must be the same as the expression's last resort.
    """
    last = chain.values[-1]
    otherwise = last if isinstance(last, ast.Constant) else cast("ast.Call", last).args[1]
    while_set = _replaced(expression, chain, ast.Name(TEXT, ast.Load()))
    if looked_up(while_set):
        raise NotUnderstoodError(marked("it reads several names in a way that no declaration says"))
    unset = _replaced(expression, chain, otherwise)
    if not _are_equal(while_set, {TEXT: ""}, unset):
        raise NotUnderstoodError(marked("where all of its names are empty, it does not read the empty text"))
    kind = _kind(while_set)
    return Recognized(kind, _default(unset, kind), looked_up(chain))


def _are_equal(left: ast.expr, names: Mapping[str, object], right: ast.expr) -> bool:
    try:
        values = evaluate(left, names), evaluate(right)
    except UnknownValueError:
        return False
    return type(values[0]) is type(values[1]) and values[0] == values[1]


class _Replacing(Simplifier):
    """Puts another expression in one's place."""

    def __init__(self, old: str, new: ast.expr) -> None:
        self._old = old
        self._new = new

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.BoolOp) and ast.dump(node) == self._old:
            return copy.deepcopy(self._new)
        return super().visit(node)


def _replaced(expression: ast.expr, old: ast.expr, new: ast.expr) -> ast.expr:
    return cast("ast.expr", _Replacing(ast.dump(old), new).visit(copy.deepcopy(expression)))


class _Stated(Simplifier):
    """Says of one name that it is set, or unset."""

    def __init__(self, name: str, *, is_set: bool) -> None:
        self._name = name
        self._is_set = is_set

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802  as ast calls it
        if not is_mark(node, GET, AT, HAS) or cast("ast.Constant", node.args[0]).value != self._name:
            return self.generic_visit(node)
        if is_mark(node, HAS):
            return ast.Constant(self._is_set)
        default = self.expr(node.args[1]) if is_mark(node, GET) else mark(RAISE, ast.Constant("KeyError"))
        if not self._is_set:
            return default
        text = ast.Name(TEXT, ast.Load())
        return first(default, text) if is_mark(node, GET) else text

    def visit_Compare(self, node: ast.Compare) -> ast.AST:  # noqa: N802  as ast calls it
        made = cast("ast.Compare", self.generic_visit(node))
        if ast.unparse(made) in {f"{TEXT} is None", f"{TEXT} is not None"}:
            return ast.Constant(isinstance(made.ops[0], ast.IsNot))
        return made


def _state(expression: ast.expr, name: str, *, is_set: bool) -> ast.expr:
    return cast("ast.expr", _Stated(name, is_set=is_set).visit(copy.deepcopy(expression)))


def _kind(expression: ast.expr) -> Kind[object]:  # noqa: PLR0911  one for each form
    """Return the kind that reads a text as an expression does."""
    written = ast.unparse(expression)
    if written in _CALLED:
        return _CALLED[written]
    match expression:
        case ast.Call(func=ast.Name(id="bool"), args=[ast.Compare() as inner], keywords=[]):
            return _kind(inner)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(left=left, ops=[op], comparators=[right])):
            return _flag(left, _OPPOSITES.get(type(op), op), right)
        case ast.IfExp(test=ast.Compare() as test, body=ast.Constant(value=True), orelse=ast.Constant(value=False)):
            return _kind(test)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _flag(left, op, right)
        case ast.IfExp(test=ast.Compare(ops=[_]) as test):
            return _choice(expression, test)
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr="split"),
            args=[ast.Constant(value=str() as by)],
            keywords=[],
        ) if by and name == TEXT:
            return TextList(by)
        case ast.ListComp():
            return _stripped_list(expression)
        case _:
            raise _no_kind(expression)


def _flag(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Kind[object]:
    """Return the flag that is true, or false, for one or a few words."""
    if isinstance(op, ast.Eq | ast.NotEq) and isinstance(left, ast.Constant):
        left, right = right, left
    written = ast.unparse(ast.Compare(left, [op], [right]))
    if written in _CALLED:
        return _CALLED[written]
    form, is_negated = _WAYS.get(ast.unparse(left)), isinstance(op, ast.NotEq | ast.NotIn)
    if form is None:
        raise _no_kind(left)
    if not isinstance(op, ast.Eq | ast.In | ast.NotEq | ast.NotIn):
        raise _no_kind(ast.Compare(left, [op], [right]))
    words = _texts(right, is_one=isinstance(op, ast.Eq | ast.NotEq))
    ignore_case, strip = form
    for known in () if is_negated else _WORDS:
        if (set(known.words), known.ignore_case, known.strip) == (set(words), ignore_case, strip):
            return known
    try:
        return WordFlag(*words, ignore_case=ignore_case, strip=strip, otherwise=is_negated)
    except ValueError as error:
        raise NotUnderstoodError(Message("every text reads as {value}", value=is_negated)) from error


def _texts(node: ast.expr, *, is_one: bool) -> tuple[str, ...]:
    """Return the texts that an expression is one of, or has."""
    value = _known(node, _COMPARED)
    if is_one:
        value = [value]
    if isinstance(value, list | tuple | set):
        items = sorted(cast("set[object]", value), key=repr) if isinstance(value, set) else cast("list[object]", value)
        if all(isinstance(each, str) for each in items):
            return tuple(cast("Sequence[str]", items))
    raise NotUnderstoodError(Message(_COMPARED, code=shown(node)))


def _choice(expression: ast.IfExp, test: ast.Compare) -> Kind[object]:
    """Return the kind of a text that is one of a few, and an error otherwise."""
    refused, taken = expression.body, expression.orelse
    if isinstance(test.ops[0], ast.In):
        refused, taken = taken, refused
    is_choice = ast.unparse(refused) == f"{RAISE}('ValueError')" and ast.unparse(taken) == TEXT
    if not is_choice or not isinstance(test.ops[0], ast.In | ast.NotIn):
        raise _no_kind(expression)
    choices = _texts(test.comparators[0], is_one=False)
    if not choices:
        raise NotUnderstoodError(marked("it refuses every text"))
    if ast.unparse(test.left) == TEXT:
        return ExactChoice(*choices)
    if ast.unparse(test.left) == f"{TEXT}.lower()" and all(each == each.lower() for each in choices):
        return ExactChoice(*choices, ignore_case=True)
    raise _no_kind(test)


def _stripped_list(node: ast.ListComp) -> Kind[object]:
    each, iterated = ast.unparse(node.generators[0].target), node.generators[0].iter
    of_stripped = f"[{each}.strip() for {each} in {ast.unparse(iterated)} if {each}.strip()]"
    split = _kind(iterated)
    if isinstance(split, TextList) and ast.unparse(node) == of_stripped:
        return TextList(split.separator, strip=True)
    raise _no_kind(node)


def _default(expression: ast.expr, kind: Kind[object]) -> Default:
    """Return the default that an expression is while the variable is unset."""
    if isinstance(kind, Path) and not isinstance(expression, ast.Constant):
        return _path(expression)
    value = _known(expression, _DEFAULT)
    if value == [] and isinstance(value, list):
        return Default(Computed(lambda _: [], "an empty list", depends=()), EMPTY_LIST)
    is_finite = not isinstance(value, float) or math.isfinite(value)
    return Default(value, "" if is_finite else f"float({str(value)!r})")


def _path(expression: ast.expr) -> Default:
    """Return a path that is expanded: a constant one, or one below the user's folders."""
    match expression:
        case ast.Call(func=ast.Attribute(attr="expanduser"), args=[ast.Constant(value=str() as path)], keywords=[]):
            if not path.startswith("~"):
                return Default(path)
            computed = Computed(lambda environ: Path().parse_in(path, environ), path, depends=("HOME",))
            compute = f"lambda environ: Path().parse_in({path!r}, environ)"
            return Default(computed, f"Computed({compute}, {path!r}, depends=('HOME',))")
        case ast.Call(
            func=ast.Attribute(attr="expanduser"),
            args=[ast.Call(func=ast.Attribute() as join, args=[base, *parts], keywords=[])],
            keywords=[],
        ) if ast.unparse(join) == "os.path.join":
            found = _BASES.get(ast.unparse(base))
            if found is not None:
                texts = [str(_known(part, marked("its default is a path below {code}"))) for part in parts]
                return Default(found[1](*texts), f"{found[0]}({', '.join(map(repr, texts))})")
        case _:
            pass
    raise NotUnderstoodError(Message(_DEFAULT, code=shown(expression)))


def _known(node: ast.expr, template: str) -> object:
    """Return the value of an expression.

    Raises:
        NotUnderstoodError: It is not known; the template says what the expression is to the function.
    """
    try:
        return evaluate(node)
    except UnknownValueError as error:
        raise NotUnderstoodError(Message(template, code=shown(node))) from error


def _no_kind(expression: ast.expr) -> NotUnderstoodError:
    """Return the error that no kind reads a text as an expression does."""
    for each in ast.walk(expression):
        if is_mark(each, FIRST):
            computed = cast("ast.Call", each).args[0]
            return NotUnderstoodError(Message("it computes {code} even where nobody needs that", code=shown(computed)))
    return NotUnderstoodError(Message("no kind reads a text as {code} does", code=shown(expression)))
