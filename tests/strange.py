"""A plugin of which every text tries to be more than text, for the tests of whatever shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from envatlas.registry import Registry
    from tests.conftest import Site

LONG_NAME: Final = "A_" + "LONG_" * 60 + "NAME"
MARKUP: Final = (
    "</p></article></main><img src=x onerror=alert(1)><svg onload=alert(2)><script>alert(3)</script></script></style>"
    '<style>*{display:none}</style></title></textarea><a href="javascript:alert(4)">x</a>" autofocus onfocus=alert(5) '
    "' ]]> --> <!-- <b>bold</b> &amp; &lt; {{ 7 * 7 }} {% raw %} ${7} `code` ``two`` **strong** _emphasis_ __b__ "
    "[link](javascript:alert(6)) ![image](http://example.com/x.png) <http://example.com/> [a]: http://example.com/ "
    "~~gone~~ | cell | # heading | :envvar:`A` |substitution|_ .. raw:: html *x* \\ $x^2$ ==mark== {: #id onclick=x }"
)
LETTERS: Final = "\u202eturned\u202c \u2066isolated \x00 \x07 \x1b[31m \x7f \x85 \u2028 \ud800 \ufeff \U000e0041 \ufffe"
WIDE: Final = "W" * 3000
TEXT: Final = f"{MARKUP} {LETTERS} {WIDE}"
BEGINNINGS: Final = (
    "# heading",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "1) item",
    "> quote",
    "---",
    "    code",
    "```",
    "~~~",
    "<div>",
    "[a]: b",
    "!!! note",
    "::: directive",
    ": definition",
    "| a | b |",
    "=====",
    "% comment",
    ".. raw:: html",
    '--8<-- "/etc/hostname"',
)
"""What a line begins with that is more than itself, in Markdown or in what is built on it."""

_SOURCE: Final = """\
import attrs
from envatlas import Choice, Computed, Deprecated, Matches, OneOf, Text, Variable, hookimpl
TEXT = {text}

class Shy(str):
    def __repr__(self):
        raise SystemExit(TEXT)

@attrs.frozen
class Speechless:
    def allows(self, value):
        return True
    def describe(self):
        raise RuntimeError(TEXT)

@attrs.frozen
class Strange:
    name: str = TEXT
    expected: str = TEXT
    empty_is_unset: bool = True
    def parse(self, text):
        return text
    def render(self, value):
        return value
    def schema(self):
        return {{}}

@hookimpl
def envatlas_variables():
    yield Variable("A_KIND", Strange(), default=TEXT, help=TEXT, unit=TEXT)
    yield Variable(
        {long_name!r}, Text(), default=Computed(lambda environ: TEXT, TEXT, depends=(TEXT, "A_KIND")), help=TEXT,
        deprecated=Deprecated(TEXT, TEXT, "A_KIND"), internal=True, affects_compilation=True, reads=("A_KIND",),
    )
    yield Variable("A_CHOICE", Choice("a", TEXT), default="a", help=TEXT, expects=OneOf("a", TEXT), secret=False)
    yield Variable("A_SPEECHLESS", Strange(), default=Shy(TEXT), help=TEXT, expects=Speechless())
    yield Variable("search", Text(), default=None, help="Its name is that of something in a page.")
    for number, beginning in enumerate({beginnings!r}):
        yield Variable(f"A_BEGINNING_{{number}}", Text(), default=None, help=beginning)
"""


def add_strange_plugin(site: Site) -> Registry:
    """Install the plugin, and return a registry of it."""
    source = _SOURCE.format(text=ascii(TEXT), long_name=LONG_NAME, beginnings=BEGINNINGS)
    site.add(
        "strange-vllm",
        version="1.0<b>x",
        plugins={"<i>strange</i> &amp;": "strange_vllm"},
        modules={"strange_vllm": source},
    )
    registry = site.registry()
    assert "A_KIND" in registry
    assert registry.problems == ()
    return registry
