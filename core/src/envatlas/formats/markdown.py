"""Markdown: a registry's reference for a documentation site, in one language.

What plugins say is shown as it stands, both by what follows CommonMark and by Python-Markdown, which knows fewer
escapes and has many extensions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from envatlas.formats.facts import Fact
from envatlas.formats.reference import Entry, Reference

_ACTIVE: Final = re.compile(r"[\\`*{}\[\]#!&<>|~$^=+@]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
"""What is more than itself anywhere in a line; an underscore inside a word is not."""
_FIRST: Final = re.compile(r"""^[^\w&'"(“（《]|^\d(?=\d*[.)])""")
"""What is more than itself at the beginning of a line."""


def render_markdown(reference: Reference, preamble: str = "") -> str:
    """Return a reference as Markdown: a heading a plugin, a heading with an anchor a variable.

    Args:
        reference: The reference.
        preamble: A line that stands before everything, such as a comment that says where the text is from.

    >>> from envatlas.formats.reference import reference_of
    >>> from envatlas.languages import Words
    >>> from envatlas.vllm import registry
    >>> print(render_markdown(reference_of(registry, Words("en"), ["tpu"])).splitlines()[0])
    # Environment variables of vllm
    """
    return "\n".join(_lines(reference, preamble)) + "\n"


def render_variables(reference: Reference, level: int = 3) -> str:
    """Return the variables of a reference as Markdown, without any heading but theirs, to stand in another text.

    Args:
        reference: The reference.
        level: The level of their headings.

    >>> from envatlas.formats.reference import reference_of
    >>> from envatlas.languages import Words
    >>> from envatlas.vllm import registry
    >>> print(render_variables(reference_of(registry, Words("en"), ["rocm"]), 4).splitlines()[0])
    #### <a id="VLLM_ROCM_FP8_PADDING"></a>`VLLM_ROCM_FP8_PADDING`
    """
    entries = (entry for section in reference.sections for entry in section.entries)
    parts = [_warnings(reference), *(_of_entry(entry, reference.names, level) for entry in entries)]
    return "\n".join(line for part in parts for line in part).strip("\n") + "\n"


def escaped(text: str) -> str:
    r"""Return a text, which is one line, so that Markdown shows it as it stands in the middle of a line.

    >>> print(escaped("<b> and *stars* of A_PORT"))
    &#60;b&#62; and &#42;stars&#42; of A_PORT
    """
    return _ACTIVE.sub(_entity, text)


def paragraph(text: str) -> str:
    """Return a text, which is one line, so that Markdown shows it as it stands, and as no item or rule.

    >>> paragraph("1. one"), paragraph("- one")
    ('&#49;. one', '&#45; one')
    """
    return _FIRST.sub(_entity, escaped(text))


def code(text: str) -> str:
    """Return a text, which is one line, as a span of code, whatever is in it.

    >>> code("'a'"), code("'a`b'"), code("'<b>'")
    ("`'a'`", "`` 'a`b' ``", "<code>'&#60;b&#62;'</code>")
    """
    if "<" in text or not text:  # some parsers see an element even in a span
        return f"<code>{escaped(text)}</code>"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{text}{space}{fence}"


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _lines(reference: Reference, preamble: str) -> Iterator[str]:
    if preamble:
        yield from (preamble, "")
    yield f"# {escaped(reference.title)}"
    yield from _warnings(reference)
    for section in reference.sections:
        yield from ("", f"## {escaped(section.title)}", "", f"{code(section.distribution)} {escaped(section.version)}")
        for entry in section.entries:
            yield from _of_entry(entry, reference.names)


def _warnings(reference: Reference) -> Iterator[str]:
    for warning in reference.warnings:
        yield from ("", f"> {paragraph(warning)}")


def _of_entry(entry: Entry, known: Collection[str], level: int = 3) -> Iterator[str]:
    yield from ("", f'{"#" * level} <a id="{entry.name}"></a>{code(entry.name)}', "", paragraph(entry.help), "")
    yield from (f"- **{escaped(fact.label)}** {_body(fact, known)}" for fact in entry.facts)


def _body(fact: Fact, known: Collection[str]) -> str:
    if fact.is_code:
        return code(fact.text)
    pieces = (_name(each, known) if number % 2 else escaped(each) for number, each in enumerate(fact.pieces))
    return "".join(pieces)


def _name(name: str, known: Collection[str]) -> str:
    return f"[{code(name)}](#{name})" if name in known else code(name)
