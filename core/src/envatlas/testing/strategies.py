"""Hypothesis strategies for one variable: the texts that it may be set to, and the values that these stand for.

They need the extra ``testing``.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Final, TypeVar, cast

from hypothesis import strategies as st

from envatlas.defaults import Computed
from envatlas.errors import InvalidValueError
from envatlas.expectations import Between, EachOf, OneOf
from envatlas.values import find_text, parse
from envatlas.variable import Variable

T = TypeVar("T")

_ENVIRON: Final = {"HOME": "/home/user"}
_ANY: Final = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
"""Any text that a shell can set."""
_WORDS: Final = "some words"
"""A text that a kind reads which reads any."""
_ASCII: Final = st.characters(codec="ascii", exclude_characters="\0")
"""What patterns are filled with: their classes of all the world's digits and spaces would take seconds."""
_ODD: Final = st.sampled_from(["", " ", "0", "1", "true", "false", "none", "nan", "-1", "1e400", "~", "a,b", "\u0663"])


def texts(variable: Variable[object]) -> st.SearchStrategy[str]:
    """Return a strategy of texts for a variable: those that it can read, and surprising ones, which it may refuse.

    >>> from envatlas import Integer
    >>> port = Variable("A_PORT", Integer(), default=80, help="The first port; unset, 80.")
    >>> isinstance(texts(port).example(), str)  # doctest: +SKIP
    True
    """
    readable = _readable(variable)
    around = st.sampled_from(["{} ", " {}", "{}\r", '"{}"', "'{}'", "{},"])
    dressed = st.builds(str.format, around, readable)
    return st.one_of(readable, _ODD, dressed, _ANY)


def values(variable: Variable[T]) -> st.SearchStrategy[T]:
    """Return a strategy of the values that a variable has when it is set to a text.

    >>> from envatlas import Flag
    >>> quiet = Variable("A_QUIET", Flag(), default=False, help="Says less; unset, it does not.")
    >>> values(quiet).example()  # doctest: +SKIP
    True
    """
    return _readable(variable).map(lambda text: parse(variable, variable.name, text, _ENVIRON))


def _readable(variable: Variable[object]) -> st.SearchStrategy[str]:
    known = [text for text in _known(variable) if _is_read(variable, text)]
    candidates = [*_of_schema(variable), *([st.sampled_from(known)] if known else [])]
    return st.one_of(*(candidates or [_ANY])).filter(lambda text: _is_read(variable, text))


def _is_read(variable: Variable[object], text: str) -> bool:
    """Return whether a variable has a value when it is set to a text: one that counts as unset has none."""
    found = find_text(variable, {variable.sources[0]: text})
    if found is None:
        return False
    with contextlib.suppress(InvalidValueError):
        parse(variable, *found, _ENVIRON)
        return True
    return False


def _of_schema(variable: Variable[object]) -> Iterator[st.SearchStrategy[str]]:
    """Yield a strategy of what the kind's schema says: a list, a pattern, or any text, if that is what it reads."""
    schema = variable.kind.schema()
    with contextlib.suppress(re.error):
        if "enum" in schema:
            yield st.sampled_from(cast("list[str]", schema["enum"]))
        elif "pattern" in schema:
            yield st.from_regex(re.compile(str(schema["pattern"])), alphabet=_ASCII)
        elif _is_read(variable, _WORDS):
            yield _ANY


def _known(variable: Variable[object]) -> Iterator[str]:
    """Yield the texts of the values that a declaration names: of its default, and of what it expects."""
    default: object = variable.default
    for value in (*_expected(variable.expects), *([] if isinstance(default, Computed) else [default])):
        for form in (value, [value]):  # what is expected of each of a list
            with contextlib.suppress(TypeError, ValueError):
                yield variable.kind.render(form)


def _expected(expects: object) -> Iterator[object]:
    if isinstance(expects, EachOf):
        yield from _expected(expects.each)
    elif isinstance(expects, OneOf):
        yield from expects.choices
    elif isinstance(expects, Between):
        yield from (bound for bound in (expects.minimum, expects.maximum) if bound is not None)
