"""An MkDocs plugin: a comment in a page is replaced by the variables of an application's plugins.

The comment stands on a line of its own: ``<!-- envatlas plugin=cuda -->``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from mkdocs.config import base
from mkdocs.config.config_options import Type
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from envatlas.formats.choices import REGISTRY, find_registry, find_words, require_plugins
from envatlas.formats.markdown import render_variables
from envatlas.formats.reference import reference_of
from envatlas.formats.shown import cut, printable

_LOGGER: Final = get_plugin_logger(__name__)
_BEGINNING: Final = re.compile(r"<!--\s*envatlas(?=\s|-->|$)")
_MARKER: Final = re.compile(_BEGINNING.pattern + r"(?P<options>[^>]*?)-->\s*")
_FENCE: Final = re.compile(r"(?P<indent>\s*)(?P<fence>`{3,}(?=[^`]*$)|~{3,})")
_SPAN: Final = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_OPTIONS: Final = frozenset({"language", "level", "plugin", "registry"})
_LEVELS: Final = {str(level): level for level in range(1, 7)}


class EnvatlasConfig(base.Config):  # type: ignore[no-untyped-call]  # MkDocs types no __init_subclass__
    """What ``mkdocs.yml`` says for all pages; a marker's own options count more."""

    registry = Type(str, default=REGISTRY)
    language = Type(str, default="en")


class EnvatlasPlugin(BasePlugin[EnvatlasConfig]):  # type: ignore[no-untyped-call]  # likewise
    """Replaces markers by variables."""

    def __init__(self) -> None:
        """MkDocs makes a plugin for each build."""
        self._told: set[str] = set()

    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Return a page's text with the variables in it."""
        del config, files
        try:
            return "\n".join(self._lines(markdown))
        except ValueError as error:
            raise PluginError(f"{page.file.src_uri}: {error}") from error

    def _lines(self, text: str) -> Iterator[str]:
        """Yield the lines, with those of variables in the place of markers; a marker in code stays.

        Raises:
            ValueError: A marker cannot be followed, or stands where none is replaced. What is indented counts as the
                text of a list, since only what is around it tells whether it is code; a fence in it ends with it.
        """
        fence, inside = None, ""
        for line in text.split("\n"):
            found, opened = _MARKER.fullmatch(line), _FENCE.match(line)
            is_closed = fence is not None and _closes(line, fence)
            if fence is not None and not is_closed and line.strip() and not line.startswith(fence["indent"]):
                fence = None
            if fence is not None:
                inside = line if _BEGINNING.search(line) else inside
                fence = None if is_closed else fence
            elif opened is not None:
                fence, inside = opened, ""
            elif found is not None:
                line = self._variables(_options(found["options"]))  # noqa: PLW2901  it stands in its place
            elif _BEGINNING.search(_SPAN.sub("", line)):
                raise ValueError(f"{line.strip()!r}: a marker is alone in its line, and not indented; fences show one")
            yield line
        if fence is not None and inside:
            raise ValueError(f"{inside.strip()!r}: the fence around it is not closed")

    def _variables(self, options: Mapping[str, str]) -> str:
        registry = find_registry(options.get("registry", self.config.registry))
        plugins = [name for name in options.get("plugin", "").split(",") if name]
        require_plugins(registry, plugins, active=True)
        words = find_words(options.get("language", self.config.language), lambda: registry)
        self._warn_of(registry.problems)
        reference = reference_of(registry, words, plugins, with_plugins=True)
        return render_variables(reference, _level(options.get("level", "3")))

    def _warn_of(self, problems: Iterable[object]) -> None:
        """Log what is wrong, each once: what a plugin that failed declares is on no page."""
        for text in (cut(printable(str(each))) for each in problems):
            if text not in self._told:
                self._told.add(text)
                _LOGGER.warning("%s", text)


def _closes(line: str, fence: re.Match[str]) -> bool:
    found = _FENCE.fullmatch(line.rstrip())
    return found is not None and found["fence"].startswith(fence["fence"])


def _options(text: str) -> dict[str, str]:
    """Return a marker's options.

    Raises:
        ValueError: One is not of the form name=value, or none that there is.
    """
    options: dict[str, str] = {}
    for each in text.split():
        name, _, value = each.partition("=")
        if name not in _OPTIONS or not value:
            known = ", ".join(f"{name}=..." for name in sorted(_OPTIONS))
            raise ValueError(f"{each!r} is no option of an envatlas marker; there are: {known}")
        options[name] = value
    return options


def _level(text: str) -> int:
    if text not in _LEVELS:
        raise ValueError(f"level={text}: expected the level of a heading, from 1 to 6")
    return _LEVELS[text]
