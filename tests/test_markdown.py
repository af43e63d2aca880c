"""Markdown: rendered by parsers as documentation sites have them, what plugins say stays text."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from envatlas import Integer, Text, Variable
from envatlas.formats.markdown import code, escaped, paragraph, render_markdown, render_variables
from envatlas.formats.reference import reference_of
from envatlas.formats.shown import one_line
from envatlas.languages import Words
from tests.strange import BEGINNINGS, TEXT, add_strange_plugin

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Site

ENGLISH: Final = Words("en")
EXTENSIONS: Final = [
    *("abbr", "admonition", "attr_list", "codehilite", "def_list", "fenced_code", "footnotes", "legacy_attrs"),
    *("legacy_em", "md_in_html", "nl2br", "sane_lists", "tables", "toc", "wikilinks"),
]
"""Those that come with Python-Markdown, but meta, which takes a document's first lines, and smarty, which is to change
quotes."""


def by_commonmark(text: str) -> str:
    """Return the HTML of a text, by CommonMark with tables and with struck text, and with HTML let through."""
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


def by_python_markdown(text: str) -> str:
    """Return the HTML of a text, by the parser of MkDocs with the extensions that come with it."""
    return markdown.markdown(text, extensions=EXTENSIONS)


PARSERS: Final = (by_commonmark, by_python_markdown)
texts: Final = st.text(st.sampled_from(" \\`*_{}[]()<>|~$&#!+-.:=^%@/\"'ab1é中\u202e")).map(one_line)


def shown(text: str) -> str:
    """Return what a reader sees of HTML."""
    return html.unescape(re.sub(r"</?[a-z][^>]*>", "", text)).strip()


def elements(text: str) -> set[str]:
    """Return the names of the elements in HTML."""
    return set(re.findall(r"<([a-z0-9]+)", text))


@pytest.mark.parametrize("parser", PARSERS)
@given(text=texts.filter(bool))
def test_a_paragraph_is_shown_as_it_stands(parser: Callable[[str], str], text: str) -> None:
    """It is one paragraph, and nothing is in it but the text."""
    made = parser(paragraph(text))
    assert elements(made) == {"p"}
    assert shown(made) == text


@pytest.mark.parametrize("parser", PARSERS)
@given(text=texts.filter(bool))
def test_a_text_in_a_line_is_shown_as_it_stands(parser: Callable[[str], str], text: str) -> None:
    """Whatever stands before and behind it."""
    made = parser(f"a {escaped(text)} b")
    assert elements(made) == {"p"}
    assert shown(made) == f"a {text} b"


@pytest.mark.parametrize("parser", PARSERS)
@given(text=texts.map(lambda text: f"'{text}'"))
def test_code_is_shown_as_it_stands(parser: Callable[[str], str], text: str) -> None:
    """Backticks and elements in it are text."""
    made = parser(f"a {code(text)} b")
    assert elements(made) == {"p", "code"}
    assert shown(made) == f"a {text} b"


@pytest.mark.parametrize("parser", PARSERS)
def test_a_strange_plugin_makes_nothing_but_text(site: Site, parser: Callable[[str], str]) -> None:
    """No element is there that a plain plugin would not make, and no line is another's."""
    made = parser(render_markdown(reference_of(add_strange_plugin(site), ENGLISH)))
    assert elements(made) == {"h1", "h2", "h3", "a", "code", "p", "blockquote", "ul", "li", "strong"} - {"blockquote"}
    assert set(re.findall(r'<a href="([^#"][^"]*)', made)) == set()
    assert shown(made).count(one_line(TEXT)) >= 10
    assert all(one_line(beginning) in shown(made) for beginning in BEGINNINGS)


def test_a_reference_has_a_title_plugins_and_variables_with_anchors(site: Site) -> None:
    """Whoever links to a variable knows its name."""
    registry = site.registry_of(
        Variable("A_PORT", Integer(), default=80, help="The port.", unit="ports"),
        Variable("A_HOST", Text(), default=None, help="The host.", only_with="A_PORT"),
    )
    assert render_markdown(reference_of(registry, ENGLISH), "<!-- made -->").splitlines() == [
        "<!-- made -->",
        "",
        "# Environment variables of test",
        "",
        "## acme",
        "",
        "`acme-vllm` 1.2",
        "",
        '### <a id="A_HOST"></a>`A_HOST`',
        "",
        "The host.",
        "",
        "- **kind** text: any text",
        "- **default** `None`",
        "- **scope** cluster: every process on every node must have the same",
        "- **only with** [`A_PORT`](#A_PORT), without which it has no effect",
        "",
        '### <a id="A_PORT"></a>`A_PORT`',
        "",
        "The port.",
        "",
        "- **kind** integer: a whole number",
        "- **default** `80`",
        "- **unit** ports",
        "- **scope** cluster: every process on every node must have the same",
        "- **needed by** [`A_HOST`](#A_HOST)",
    ]


def test_variables_for_another_text_have_no_heading_but_theirs(site: Site) -> None:
    """Of a level that is asked for."""
    registry = site.registry_of(Variable("A_PORT", Integer(), default=80, help="The port."))
    made = render_variables(reference_of(registry, ENGLISH), 5)
    assert made.startswith('##### <a id="A_PORT"></a>`A_PORT`\n\nThe port.\n')
    assert made.count("#####") == made.count("# ") == 1
