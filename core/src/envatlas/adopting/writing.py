"""Writing: the source of a plugin's module, with what was adopted from a file."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import envatlas
from envatlas.adopting.declaring import Adopted, Declared, Kept
from envatlas.adopting.recognition import EMPTY_LIST
from envatlas.dialects import ExactChoice, WordFlag
from envatlas.kinds import Kind, TextList

_WIDTH: Final = 100
_NOTHING: Final = """
def _nothing(_environ: Mapping[str, str]) -> list[str]:
    return []

"""
_DECLARED_ALONE: Final = """

@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    \"\"\"Declare the variables.\"\"\"
    return VARIABLES
"""
_WITH_KEPT: Final = """

@hookimpl
def envatlas_variables() -> Iterable[Variable[object]]:
    \"\"\"Declare the variables, and take over those that are functions as yet.\"\"\"
    from {module} import {holders}  # noqa: PLC0415  importing this module imports no more

    kept = {{name: each for name, each in {held}.items() if name in KEPT}}
    return [*VARIABLES, *from_callables(kept).envatlas_variables()]
"""


def plugin_source(adopted: Adopted, file: str, module: str) -> str:
    r"""Return the source of a plugin's module.

    Args:
        adopted: What was adopted.
        file: The name of the file that it was adopted from.
        module: The dotted name of that file's module, which still has the functions.

    >>> from envatlas.adopting.declaring import adopt
    >>> adopted = adopt("import os\nenvs = {'A_PORT': lambda: int(os.getenv('A_PORT', '80'))}")
    >>> "default=80," in plugin_source(adopted, "envs.py", "acme.envs")
    True
    """
    declarations = "".join(line for each in adopted.declared for line in _declaration(each))
    body = f"VARIABLES = (\n{declarations})\n" if declarations else "VARIABLES: tuple[Variable[object], ...] = ()\n"
    kept = "".join(_kept_lines(adopted.kept))
    if any(each.default.source == EMPTY_LIST for each in adopted.declared):
        body = f"{_NOTHING}\n{body}"
    if not kept:
        body += _DECLARED_ALONE
    else:
        needed = {each.entry.held_in for each in adopted.kept}
        holders = [name for name in adopted.dicts if name in needed]
        held = holders[0] if len(holders) == 1 else f"({' | '.join(holders)})"
        body += f'KEPT = (\n{kept})\n"""What no declaration reads exactly as its function does."""\n'
        body += _WITH_KEPT.format(module=module, holders=", ".join(sorted(holders)), held=held)
    named = repr(file)[1:-1].replace('"', '\\"')
    return f'"""Variables, adopted from {named} by envatlas."""\n\n{_imports(body)}\n{body}'


def _declaration(declared: Declared) -> Iterator[str]:
    """Yield the lines of a declaration, with what else its comment says above it."""
    variable = declared.variable
    if declared.remark:
        yield from (f"    # {line}\n" for line in textwrap.wrap(declared.remark, _WIDTH))
    yield "    Variable(\n"
    yield f"        {_quoted(variable.name)},\n"
    yield f"        {_kind(variable.kind)},\n"
    yield f"        default={_requoted(declared.default.source or repr(declared.default.value))},\n"
    yield from _help(variable.help)
    if variable.secret:
        yield "        secret=True,\n"
    if variable.reads:
        yield f"        reads={_requoted(repr(variable.reads))},\n"
    yield "    ),\n"


def _help(text: str) -> Iterator[str]:
    if len(text) <= _WIDTH:
        yield f"        help={_quoted(text)},\n"
        return
    lines = textwrap.wrap(text, _WIDTH - 4, drop_whitespace=False, break_long_words=False, break_on_hyphens=False)
    yield "        help=(\n"
    yield from (f"            {_quoted(line)}\n" for line in lines)
    yield "        ),\n"


def _kept_lines(kept: Iterable[Kept]) -> Iterator[str]:
    for each in kept:
        yield f"    {_quoted(each.entry.name)},  # line {each.entry.line}: {_in_a_line(each.why)}\n"


def _kind(kind: Kind[object]) -> str:
    """Return the source of a kind."""
    match kind:
        case WordFlag():
            named = {"ignore_case": kind.ignore_case, "strip": kind.strip, "otherwise": kind.otherwise}
            return _call(kind, kind.words, [f"{name}=True" for name, holds in named.items() if holds])
        case ExactChoice():
            return _call(kind, kind.choices, ["ignore_case=True"] if kind.ignore_case else [])
        case TextList():
            separator = () if kind.separator == "," else (kind.separator,)
            return _call(kind, separator, ["strip=True"] if kind.strip else [])
        case _:
            return _call(kind, (), [])


def _call(kind: Kind[object], texts: Sequence[str], others: Sequence[str]) -> str:
    return f"{type(kind).__name__}({', '.join([*map(_quoted, texts), *others])})"


def _imports(body: str) -> str:
    """Return the imports of the names that a module's body uses."""
    used = {each.string for each in _tokens(body) if each.type == tokenize.NAME}
    own = sorted(used & {*envatlas.__all__}, key=lambda name: (name[0].islower(), name.lower()))
    dialects = sorted(used & {WordFlag.__name__, ExactChoice.__name__})
    collections = "Iterable, Mapping" if "Mapping" in used else "Iterable"
    named = "".join(f"    {name},\n" for name in own)
    lines = [f"from collections.abc import {collections}\n", f"from envatlas import (\n{named})"]
    if dialects:
        lines.append(f"from envatlas.dialects import {', '.join(dialects)}")
    return "\n".join(lines) + "\n"


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(source).readline)


def _requoted(source: str) -> str:
    """Return an expression with double quotes, as formatters write them."""
    texts = [each for each in _tokens(source) if each.type == tokenize.STRING]
    for each in reversed(texts):
        start, end = each.start[1], each.end[1]
        source = f"{source[:start]}{_quoted(str(ast.literal_eval(each.string)))}{source[end:]}"
    return source


def _quoted(text: str) -> str:
    written = repr(text)
    return f'"{written[1:-1]}"' if written.startswith("'") and '"' not in written else written


def _in_a_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
