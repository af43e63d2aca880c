"""What a single declaration is held to: what its help says, how its kind and default behave."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast

from envatlas.defaults import Computed
from envatlas.distributions import describe
from envatlas.errors import DefaultError
from envatlas.kinds import Kind, is_environ_kind
from envatlas.testing.faults import Fault
from envatlas.values import Moment, default_of
from envatlas.variable import Variable

_SPELLED: Final = {
    "%": "percent",
    "B": "bytes",
    "d": "days",
    "h": "hours",
    "min": "minutes",
    "ms": "milliseconds",
    "ns": "nanoseconds",
    "s": "seconds",
    "us": "microseconds",
}
"""How a help text spells units out; others stand in it as they are."""
_FEWEST: Final = 2
"""An effect takes that many words at least."""
_ENVIRONS: Final[tuple[Mapping[str, str], ...]] = ({}, {"HOME": "/home/user"})
_SHORT: Final = ("", " ", "0", "1", "-1", "true", "off", "nan", "1e400", "a,b", "~", " x ", "\u0663", "\udcff")
_TEXTS: Final = (*_SHORT, "9" * 5000)
"""Texts that kinds read in surprising ways, or not at all."""


def help_faults(variable: Variable[object]) -> Iterator[Fault]:
    """Yield what a help text does not say: the effect, the unit, what unset means, and all that in one sentence.

    >>> from envatlas import Integer
    >>> port = Variable("A_PORT", Integer(), default=None, help="The first port")
    >>> [fault.rule for fault in help_faults(port)]
    ['help-sentence', 'help-unset']
    """
    text, name, unit = variable.help, variable.name, variable.unit
    if not text.endswith(".") or ". " in text:
        yield Fault("help-sentence", name, "help is not one sentence", "end it with a full stop, and have no other")
    effect, unset, _ = text.partition("unset")
    if len([word for word in effect.split() if word != name]) < _FEWEST:
        yield Fault("help-effect", name, "help does not say what the variable does", "begin it with the effect")
    if not unset:
        yield Fault("help-unset", name, "help does not say what unset means", 'end it with "; unset, ..."')
    if unit is not None and not _says(text, unit):
        spelled = _SPELLED.get(unit, unit)
        yield Fault("help-unit", name, f"help does not say its unit, {unit!r}", f'write "in {spelled}"')


def kind_faults(variable: Variable[object]) -> Iterator[Fault]:
    """Yield what a variable's kind does wrong with some texts, or with its schema.

    >>> from envatlas import Integer
    >>> [*kind_faults(Variable("A_PORT", Integer(), default=None, help="The first port; unset, none."))]
    []
    """
    kind = variable.kind
    for text in _TEXTS:
        fault = _text_fault(kind, text)
        if fault:
            yield Fault("kind", variable.name, f"its kind {kind.name!r} {fault}", "correct the kind")
            break
    try:
        json.dumps(schema := {**kind.schema()})
        is_of_text = schema.get("type") == "string"
    except Exception:  # noqa: BLE001  a kind is a plugin's own
        is_of_text = False
    if not is_of_text:
        found = f"the schema of its kind {kind.name!r} is no JSON Schema of a string"
        yield Fault("kind-schema", variable.name, found, 'return a mapping that has "type": "string"')


def default_faults(variable: Variable[object]) -> Iterator[Fault]:
    """Yield what is wrong with a computed default; any other is tried when it is declared.

    It is computed in an empty environment, and in one that has a home directory.

    >>> from envatlas import Integer
    >>> port = Computed(lambda environ: int(environ["BASE"]), "`BASE`", depends=("BASE",))
    >>> variable = Variable("A_PORT", Integer(), default=port, help="The first port; unset, `BASE`.")
    >>> print(*default_faults(variable))
    A_PORT: its default cannot be computed in an empty environment: KeyError: 'BASE'; have a value for that as well \
[default]
    """
    default: object = variable.default
    if not isinstance(default, Computed):
        return
    for environ in _ENVIRONS:
        fault = _computed_fault(variable, cast("Computed[object]", default), environ)
        if fault:
            yield fault
            return


def _says(text: str, unit: str) -> bool:
    spelled = _SPELLED.get(unit)
    if spelled is None:
        return re.search(rf"\b{re.escape(unit.removesuffix('s'))}s?\b", text, re.IGNORECASE) is not None
    return re.search(rf"\b{spelled.removesuffix('s')}s?\b|[0-9] ?{unit}(?!\w)", text) is not None


def _text_fault(kind: Kind[object], text: str) -> str:
    """Return what a kind does wrong with a text; empty if nothing."""
    parse = _parser(kind)
    try:
        value = parse(text)
    except ValueError:
        return ""
    except Exception as error:  # noqa: BLE001  a kind is a plugin's own
        return f"raises {type(error).__name__} for {text[:9]!r}, and not a ValueError"
    return _value_fault(kind, value)


def _value_fault(kind: Kind[object], value: object) -> str:
    """Return what a kind does wrong with a value of its own; that no text stands for it is not wrong."""
    try:
        text = kind.render(value)
    except ValueError:
        return ""
    except Exception as error:  # noqa: BLE001  as above
        return f"cannot render {value!r}: {describe(error)}"
    try:
        again = _parser(kind)(text)
    except Exception:  # noqa: BLE001  as above
        return f"renders {value!r} as {text!r}, which it cannot read"
    is_same = again == value or again != again  # noqa: PLR0124  NaN differs from itself
    return "" if is_same else f"renders {value!r} as {text!r}, and reads that as {again!r}"


def _parser(kind: Kind[object]) -> Callable[[str], object]:
    if is_environ_kind(kind):
        return lambda text: kind.parse_in(text, _ENVIRONS[1])
    return kind.parse


def _computed_fault(variable: Variable[object], default: Computed[object], environ: Mapping[str, str]) -> Fault | None:
    name, moment = variable.name, Moment.of(variable, environ)
    try:
        value = default_of(variable, moment)
    except DefaultError as error:
        where = f"an environment that has only {', '.join(environ)}" if environ else "an empty environment"
        cause = describe(error.__cause__ or error)
        found = f"its default cannot be computed in {where}: {cause}"
        return Fault("default", name, found, "have a value for that as well")
    if default.depends is not None and not moment.is_whole:
        found = "its default looks at variables that it does not say it depends on"
        return Fault("default-depends", name, found, "list all of them in depends")
    if value is None:
        return None
    fault = _value_fault(variable.kind, value)
    if fault:
        return Fault("default", name, f"its kind {variable.kind.name!r} {fault}", "compute a value of the kind")
    if variable.expects is not None and not variable.expects.allows(value):
        found = f"its default is {value!r}, and not {variable.expects.describe()}"
        return Fault("default-expected", name, found, "correct expects, or the default")
    return None
