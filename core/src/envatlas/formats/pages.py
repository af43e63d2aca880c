"""Pages: a registry's reference as one HTML file that needs no network, in several languages at once; by Jinja2.

A page runs nothing but its own script: the policy in its head allows that one alone, by its hash, and every text of a
plugin's is escaped and isolated.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib import resources
from typing import Final

import attrs
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from envatlas.formats.facts import flag_words
from envatlas.formats.reference import Entry, Section, reference_of
from envatlas.languages import SOURCE, Words
from envatlas.messages import marked
from envatlas.registry import Registry
from envatlas.variable import Scope
from envatlas.version import VERSION

Texts = Mapping[str, str]
"""What is said, by the languages."""

_ENGLISH: Final = marked("English")
_FOLDER: Final = resources.files("envatlas.formats").joinpath("page")
_WORDS: Final[Mapping[str, Callable[[Words], str]]] = {
    "any": lambda words: words("any"),
    "count": lambda words: words("{count} of {total} shown"),
    "empty": lambda words: words("No variable matches. Escape clears the search and all filters."),
    "intro": lambda words: words("Made from the declarations of the installed plugins."),
    "hints": lambda words: words(
        "The name of a variable is a permanent link to it. Keys: / goes to the search, the arrow keys go from variable "
        "to variable, Escape clears the search and all filters."
    ),
    "language": lambda words: words("language"),
    "search": lambda words: words("Search names, help and plugins"),
    "set": lambda words: words("set"),
    "skip": lambda words: words("Skip to the variables"),
}


@attrs.frozen
class _Fact:
    """A fact in all languages; its pieces are as `Fact` has them."""

    label: Texts
    pieces: Mapping[str, tuple[str, ...]]
    is_code: bool


@attrs.frozen
class _Entry:
    """A variable in all languages."""

    entry: Entry
    help: Texts
    facts: tuple[_Fact, ...]


@attrs.frozen
class _Section:
    """A plugin in all languages."""

    section: Section
    title: Texts
    entries: tuple[_Entry, ...]


@attrs.frozen
class _Filter:
    """A choice of variables: by which of their data, and the values that there are."""

    of: str
    label: Texts
    options: Sequence[tuple[str, Texts]]


def render_page(
    registry: Registry, languages: Sequence[Words], plugins: Collection[str] = (), *, with_values: bool = False
) -> str:
    """Return the page of a registry's active plugins.

    Args:
        registry: The registry.
        languages: The words of its languages; it opens in the first.
        plugins: The names of the plugins to show; all where it is empty.
        with_values: Whether to say what each variable is set to in the registry's environment; of a secret only that
            it is set.

    >>> from envatlas.vllm import registry
    >>> 'id="VLLM_ROCM_FP8_PADDING"' in render_page(registry, [Words("en")], ["rocm"])
    True
    """
    references = [reference_of(registry, words, plugins, with_values=with_values) for words in languages]
    codes = [words.language for words in languages]
    style, script = _style(codes), _read("page.js")
    template = Environment(autoescape=True, trim_blocks=True, undefined=StrictUndefined).from_string(_read("page.html"))
    return template.render(
        first=codes[0],
        languages=[(words.language, _name(words)) for words in languages],
        title=_by(codes, (each.title for each in references)),
        warnings=[_by(codes, each) for each in zip(*(each.warnings for each in references), strict=True)],
        words={key: _said(languages, say) for key, say in _WORDS.items()},
        flags=_flags(languages),
        filters=_filters(languages, references[0].sections, with_values=with_values),
        sections=[_section(codes, each) for each in zip(*(each.sections for each in references), strict=True)],
        known=references[0].names,
        version=VERSION,
        style=_trusted(style),
        style_hash=_hash(style),
        script=_trusted(script),
        script_hash=_hash(script),
    )


def _section(codes: Sequence[str], sections: Sequence[Section]) -> _Section:
    entries = zip(*(section.entries for section in sections), strict=True)
    return _Section(
        sections[0], _by(codes, (each.title for each in sections)), tuple(_entry(codes, each) for each in entries)
    )


def _entry(codes: Sequence[str], entries: Sequence[Entry]) -> _Entry:
    facts = tuple(
        _Fact(
            _by(codes, (fact.label for fact in said)),
            dict(zip(codes, (fact.pieces for fact in said), strict=True)),
            said[0].is_code,
        )
        for said in zip(*(entry.facts for entry in entries), strict=True)
    )
    return _Entry(entries[0], _by(codes, (entry.help for entry in entries)), facts)


def _flags(languages: Sequence[Words]) -> list[tuple[str, Texts]]:
    codes = [words.language for words in languages]
    by_language = [flag_words(words) for words in languages]
    return [(flag, _by(codes, (each[flag] for each in by_language))) for flag in by_language[0]]


def _filters(languages: Sequence[Words], sections: Sequence[Section], *, with_values: bool) -> list[_Filter]:
    kinds = sorted({entry.kind for section in sections for entry in section.entries})
    codes = [words.language for words in languages]
    scopes = [(str(scope), {words.language: words(str(scope)) for words in languages}) for scope in Scope]
    found = [
        _Filter(
            "plugin",
            _said(languages, lambda words: words("plugin")),
            [(each.plugin, _by(codes, [each.title] * len(codes))) for each in sections],
        ),
        _Filter(
            "kind",
            _said(languages, lambda words: words("kind")),
            [(kind, _by(codes, [kind] * len(codes))) for kind in kinds],
        ),
        _Filter("scope", _said(languages, lambda words: words("scope")), scopes),
    ]
    if with_values:
        states = [
            ("set", _said(languages, lambda words: words("set"))),
            ("unset", _said(languages, lambda words: words("unset"))),
        ]
        found.append(_Filter("state", _said(languages, lambda words: words("state")), states))
    return found


def _name(words: Words) -> str:
    """Return what a language calls itself; its code where only plugins have words in it."""
    said = words(_ENGLISH)
    return words.language if said == _ENGLISH and words.language != SOURCE else said


def _said(languages: Iterable[Words], say: Callable[[Words], str]) -> Texts:
    return {words.language: say(words) for words in languages}


def _by(codes: Sequence[str], texts: Iterable[str]) -> Texts:
    return dict(zip(codes, texts, strict=True))


def _read(name: str) -> str:
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")


def _style(codes: Sequence[str]) -> str:
    """Return the style sheet, which shows of each text the language that the page is in."""
    hide = ':root:not([data-language="{}"]) :is(bdi, dt, dd)[lang="{}"] {{ display: none; }}\n'
    return _read("page.css") + "".join(hide.format(code, code.replace("_", "-")) for code in codes)


def _trusted(text: str) -> Markup:
    """Return one of the page's own files as markup."""
    return Markup(text)  # noqa: S704  nothing of a plugin's is in it


def _hash(text: str) -> str:
    """Return what a Content-Security-Policy calls a script or a style by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
