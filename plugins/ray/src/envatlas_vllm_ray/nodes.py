"""Nodes: the machines of a cluster, as a survey calls them."""

from __future__ import annotations

from collections.abc import Sequence

import attrs


@attrs.frozen
class Node:
    """One node of a cluster.

    Attributes:
        id: What Ray calls it.
        name: What tables call it; no other node of its survey is called that.
        address: The address of its raylet.
    """

    id: str
    name: str
    address: str


def named_nodes(nodes: Sequence[tuple[str, str, str]]) -> tuple[Node, ...]:
    """Return nodes with names that differ: the host's, or its address, or that with the start of Ray's name for it.

    Args:
        nodes: Of each, what Ray calls it, its host's name, and its address.

    >>> [node.name for node in named_nodes([("0123456789", "one", "10.0.0.1"), ("abcdefghij", "one", "10.0.0.2")])]
    ['10.0.0.1', '10.0.0.2']
    """
    for names in ([host for _, host, _ in nodes], [address for _, _, address in nodes]):
        if len(set(names)) == len(nodes):
            break
    else:
        names = [f"{address}/{each[:8]}" for each, _, address in nodes]
    if len(set(names)) != len(nodes):
        names = [f"{address}/{each}" for each, _, address in nodes]
    return tuple(Node(each, name, address) for name, (each, _, address) in zip(names, nodes, strict=True))
