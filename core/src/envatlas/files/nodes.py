"""Nodes: what a YAML file holds, with the line of each thing, and nothing constructed from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs


@attrs.frozen(eq=False, repr=False)
class ScalarNode:
    """A text.

    Attributes:
        line: Its line, from 1.
        text: What is written.
        is_plain: Whether it is written without quotes or a tag, so that it may be read as something else than text.
    """

    line: int
    text: str = attrs.field(repr=False)  # for whoever shows objects by their fields
    is_plain: bool = True

    size = 1
    depth = 0


@attrs.frozen(eq=False, repr=False)
class ListNode:
    """A list.

    Attributes:
        line: Its line, from 1.
        items: What it holds.
        size: How many nodes it is, with all below, through aliases as well.
        depth: How many lists and mappings lie in each other in it.
    """

    line: int
    items: Sequence[Node]
    size: int = 1
    depth: int = 1


@attrs.frozen(eq=False, repr=False)
class Field:
    """A key of a mapping, and its value.

    Attributes:
        line: The line of the key, from 1.
        node: The value.
    """

    line: int
    node: Node


@attrs.frozen(eq=False, repr=False)
class MapNode:
    """A mapping.

    Attributes:
        line: Its line, from 1.
        fields: What it holds by the texts of its keys, with what it merges.
        size: How many nodes it is, with all below, through aliases as well.
        depth: How many lists and mappings lie in each other in it.
    """

    line: int
    fields: Mapping[str, Field]
    size: int = 1
    depth: int = 1


Node = ScalarNode | ListNode | MapNode


@attrs.frozen(eq=False, repr=False)
class Document:
    """A document of a YAML file.

    Attributes:
        file: The path of the file.
        number: Which document it is, from 1; None where the file has only one.
        root: What it holds.
        repeated: The keys that a mapping has twice, and the lines of the later ones.
    """

    file: str
    number: int | None
    root: Node
    repeated: Sequence[tuple[str, int]] = ()


def find(node: Node | None, *path: str) -> Node | None:
    """Return what lies at a path of keys, or None.

    >>> inner = MapNode(1, {"name": Field(1, ScalarNode(1, "vllm"))})
    >>> text_of(find(MapNode(1, {"metadata": Field(1, inner)}), "metadata", "name"))
    'vllm'
    """
    for key in path:
        field = node.fields.get(key) if isinstance(node, MapNode) else None
        node = None if field is None else field.node
    return node


def fields_of(node: Node | None) -> Mapping[str, Field]:
    """Return the fields of a mapping; of anything else, none.

    >>> fields_of(ScalarNode(1, "vllm"))
    {}
    """
    return node.fields if isinstance(node, MapNode) else {}


def items_of(node: Node | None) -> Sequence[Node]:
    """Return the items of a list; of anything else, none.

    >>> items_of(ScalarNode(1, "vllm"))
    ()
    """
    return node.items if isinstance(node, ListNode) else ()


def text_of(node: Node | None) -> str:
    """Return what is written; where there is no text, an empty one.

    >>> text_of(ScalarNode(1, "vllm")), text_of(None)
    ('vllm', '')
    """
    return node.text if isinstance(node, ScalarNode) else ""


def children(node: Node) -> Iterator[tuple[str, Node]]:
    """Return what lies directly in a node, and the key or the index at which it does.

    >>> [(key, text_of(child)) for key, child in children(ListNode(1, [ScalarNode(1, "vllm")]))]
    [('[0]', 'vllm')]
    """
    for key, field in fields_of(node).items():
        yield key, field.node
    for index, item in enumerate(items_of(node)):
        yield f"[{index}]", item
