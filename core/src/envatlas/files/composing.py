"""Composing: nodes from the events of PyYAML's parser.

Its own composer is not used: it follows nested lists by recursion, and has no bound on what aliases repeat. Nothing
is ever constructed, so a tag runs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import attrs
import yaml
from yaml import YAMLError, events

from envatlas.environs import Place, UnreadableFileError
from envatlas.files.limits import DEEPEST, MOST_DOCUMENTS, MOST_NODES
from envatlas.files.nodes import Document, Field, ListNode, MapNode, Node, ScalarNode, fields_of
from envatlas.files.templates import unrendered

if TYPE_CHECKING:
    from yaml.error import Mark

__all__ = ["YAMLError", "compose"]

_RESET: Final = "!reset"
_MERGING: Final = {_RESET, "!override"}
"""Compose's own: a value is taken out of what the file is merged into, or replaces what is there."""
_TAGS: Final = {None, "!", *_MERGING, *(f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))}
"""Compose's, and those that say nothing but that a text is one, and a list or a mapping what it is."""
_REMEDY: Final = "correct it"


def compose(path: str, text: str) -> tuple[Document, ...]:
    """Return the documents in the text of a file.

    Raises:
        YAMLError: It is no YAML.
        UnreadableFileError: It is more than is read.

    >>> [fields_of(document.root)["kind"].line for document in compose("pod.yaml", "kind: Pod")]
    [1]
    """
    composer = _Composer(path)
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        composer.take(event)
    return composer.documents()


@attrs.define(repr=False)
class _Open:
    """A list or a mapping of which the end was not met yet."""

    line: int
    anchor: str | None
    is_list: bool
    is_reset: bool = False
    nodes: list[Node] = attrs.field(factory=list[Node])


@attrs.define(repr=False)
class _Composer:
    """Takes one event after the other."""

    file: str
    _roots: list[tuple[Node, list[tuple[str, int]]]] = attrs.field(factory=list[tuple[Node, list[tuple[str, int]]]])
    _open: list[_Open] = attrs.field(factory=list[_Open])
    _anchors: dict[str, Node] = attrs.field(factory=dict[str, Node])
    _repeated: list[tuple[str, int]] = attrs.field(factory=list[tuple[str, int]])
    _taken_out: set[Node] = attrs.field(factory=set[Node])
    _count: int = 0

    def documents(self) -> tuple[Document, ...]:
        is_one = len(self._roots) == 1
        return tuple(
            Document(self.file, None if is_one else number, root, repeated)
            for number, (root, repeated) in enumerate(self._roots, start=1)
        )

    def take(self, event: events.Event) -> None:
        """Take an event; those that only frame others are nothing to it."""
        line = cast("Mark", event.start_mark).line + 1
        if isinstance(event, events.ScalarEvent):
            self._require_known(event.tag, line)
            is_plain = event.style in {None, ""} and event.tag in {None, *_MERGING}
            self._add(ScalarNode(line, event.value, is_plain), event.anchor, line, is_reset=event.tag == _RESET)
        elif isinstance(event, events.AliasEvent):
            node = self._aliased(event.anchor or "", line)
            self._add(node, None, line, count=node.size)  # whoever walks through it meets all of it again
        elif isinstance(event, events.CollectionStartEvent):
            self._require_known(event.tag, line)
            is_list, is_reset = isinstance(event, events.SequenceStartEvent), event.tag == _RESET
            self._open.append(_Open(line, event.anchor, is_list, is_reset))
            self._require(len(self._open) <= DEEPEST, line, f"it is nested more than {DEEPEST} deep")
        elif isinstance(event, events.CollectionEndEvent):
            opened = self._open.pop()
            node = self._list(opened) if opened.is_list else self._mapping(opened)
            self._require(node.depth <= DEEPEST, node.line, f"its aliases nest it more than {DEEPEST} deep")
            self._add(node, opened.anchor, node.line, is_reset=opened.is_reset)
        elif isinstance(event, events.DocumentStartEvent):
            self._require(len(self._roots) < MOST_DOCUMENTS, line, f"it holds more than {MOST_DOCUMENTS} documents")
            self._anchors, self._repeated = {}, []

    def _add(self, node: Node, anchor: str | None, line: int, *, count: int = 1, is_reset: bool = False) -> None:
        if is_reset:
            self._taken_out.add(node)
        self._count += count
        self._require(self._count <= MOST_NODES, line, f"it holds more than {MOST_NODES} values")
        if anchor is not None:
            self._anchors[anchor] = node
        if self._open:
            self._open[-1].nodes.append(node)
        else:
            self._roots.append((node, self._repeated))

    def _aliased(self, anchor: str, line: int) -> Node:
        self._require(all(anchor != opened.anchor for opened in self._open), line, "an alias stands inside what it is")
        self._require(anchor in self._anchors, line, "an alias refers to an anchor that is not there")
        return self._anchors[anchor]

    def _list(self, opened: _Open) -> ListNode:
        size, depth = _measure(opened.nodes)
        return ListNode(opened.line, opened.nodes, size, depth)

    def _mapping(self, opened: _Open) -> MapNode:
        own: dict[str, Field] = {}
        merged: list[Node] = []
        for key, value in zip(opened.nodes[::2], opened.nodes[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                raise self._odd_key(key)
            if key.text == "<<" and key.is_plain:
                merged += value.items if isinstance(value, ListNode) else [value]
                continue
            if key.text in own:
                self._repeated.append((key.text, key.line))
            own[key.text] = Field(key.line, value)
        fields: dict[str, Field] = {}
        for node in reversed(merged):
            self._require(isinstance(node, MapNode), opened.line, "<< merges what is no mapping")
            fields.update(fields_of(node))
        fields.update(own)
        left = {key: field for key, field in fields.items() if field.node not in self._taken_out}
        size, depth = _measure(opened.nodes)
        return MapNode(opened.line, left, size, depth)

    def _odd_key(self, key: Node) -> UnreadableFileError:
        place = Place(self.file, key.line)
        if isinstance(key, MapNode):  # a template's braces are two mappings to YAML
            return unrendered(place)
        return UnreadableFileError(place, "the key of a mapping is a list", _REMEDY)

    def _require_known(self, tag: str | None, line: int) -> None:
        self._require(tag in _TAGS, line, "a value has a tag of its own, which is not read", "take the tag out")

    def _require(self, holds: object, line: int, problem: str, remedy: str = _REMEDY) -> None:
        if not holds:
            raise UnreadableFileError(Place(self.file, line), problem, remedy)


def _measure(nodes: list[Node]) -> tuple[int, int]:
    """Return the size and the depth of what holds these nodes."""
    return 1 + sum(node.size for node in nodes), 1 + max((node.depth for node in nodes), default=0)
