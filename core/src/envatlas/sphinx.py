"""A Sphinx extension: the directive ``envatlas`` inserts the variables of an application's plugins.

Each becomes an ``envvar`` object of Sphinx's own, so that ``:envvar:`` links to it, from other projects as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Final, cast

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.std import EnvVar
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from envatlas.formats.choices import REGISTRY, find_registry, find_words, languages_of, require_plugins
from envatlas.formats.facts import Fact
from envatlas.formats.reference import Entry, reference_of
from envatlas.formats.shown import cut, printable
from envatlas.languages import SOURCE, Words, match_language
from envatlas.registry import Registry
from envatlas.version import VERSION

_MARK: Final = "envatlas"
"""The attribute of the references that stay plain text where nothing documents what they name."""
_LOGGER: Final = logging.getLogger(__name__)
_AFTER_INTERSPHINX: Final = 900


class VariablesDirective(SphinxDirective):
    """Inserts variables: those of the plugins that are its argument, or of all.

    Options:
        plugin: The same as the argument, of which there can be several, separated by spaces or commas.
        registry: The registry, as ``module:attribute``; unless it is given, the one that ``conf.py`` names.
        language: The language; unless it is given, the document's, and English where envatlas has no words in it.
        no-index: Makes nothing of it a target, where the same variables are documented twice.
    """

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        "plugin": directives.unchanged_required,
        "registry": directives.unchanged_required,
        "language": directives.unchanged_required,
        "no-index": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the variables' descriptions."""
        self.env.note_reread()  # what is installed can change, and no document with it
        try:
            registry = find_registry(self.options.get("registry", self.config.envatlas_registry))
            require_plugins(registry, self._plugins(), active=True)
            reference = reference_of(registry, self._words(registry), self._plugins(), with_plugins=True)
        except ValueError as error:
            raise self.error(str(error)) from error
        for problem in registry.problems:
            text = cut(printable(str(problem)))
            _LOGGER.warning("%s", text, type="envatlas", subtype="problem", location=self.get_location(), once=True)
        warnings = [nodes.warning("", nodes.paragraph(text=text)) for text in reference.warnings]
        entries = [entry for section in reference.sections for entry in section.entries]
        return [*warnings, *(node for entry in entries for node in self._description(entry))]

    def _plugins(self) -> list[str]:
        texts = (*self.arguments, self.options.get("plugin", ""))
        return [name for text in texts for name in re.split(r"[\s,]+", text) if name]

    def _words(self, registry: Registry) -> Words:
        if "language" in self.options:
            return find_words(self.options["language"], lambda: registry)
        return Words(match_language(self.config.language, languages_of(registry)) or SOURCE)

    def _description(self, entry: Entry) -> list[nodes.Node]:
        """Return what ``.. envvar::`` makes, with what there is to say in it."""
        options = {"no-index": None} if "no-index" in self.options else {}
        directive = EnvVar(
            "std:envvar",
            [entry.name],
            options,
            StringList(),
            self.lineno,
            self.content_offset,
            self.block_text,
            self.state,
            self.state_machine,
        )
        made = directive.run()
        content = next(found for node in made for found in node.findall(addnodes.desc_content))
        content["support_smartquotes"] = False  # readers copy what stands in quotes
        content += nodes.paragraph(text=entry.help)
        content += nodes.field_list("", *map(_field, entry.facts))
        return made


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive, and the configuration value ``envatlas_registry``."""
    app.add_config_value("envatlas_registry", REGISTRY, "env", str)
    app.add_directive("envatlas", VariablesDirective)
    app.connect("missing-reference", _stay_plain, priority=_AFTER_INTERSPHINX)
    return {"version": VERSION, "parallel_read_safe": True, "parallel_write_safe": True}


def _field(fact: Fact) -> nodes.field:
    body = nodes.paragraph("", "", *_body(fact))
    return nodes.field("", nodes.field_name(text=fact.label), nodes.field_body("", body))


def _body(fact: Fact) -> Iterator[nodes.Node]:
    if fact.is_code:
        yield nodes.literal(text=fact.text)
        return
    for number, piece in enumerate(fact.pieces):
        yield _reference(piece) if number % 2 else nodes.Text(piece)


def _reference(name: str) -> nodes.Node:
    shown = nodes.literal(text=name, classes=["xref", "std", "std-envvar"])
    return addnodes.pending_xref(
        "", shown, refdomain="std", reftype="envvar", reftarget=name, refexplicit=False, **{_MARK: True}
    )


def _stay_plain(
    _app: Sphinx, _env: BuildEnvironment, node: addnodes.pending_xref, shown: nodes.TextElement
) -> nodes.Node | None:
    """Show a name that neither this project nor one that it knows documents, as it is no mistake of an author's."""
    return cast("nodes.Node", shown) if node.get(_MARK) else None
