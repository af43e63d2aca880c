"""Objects: what the documents of manifests declare, one after the other, those in lists as well."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from envatlas.environs import Place, Via
from envatlas.files.nodes import Document, MapNode, Node, find, items_of, text_of


@attrs.frozen(eq=False, repr=False)
class KubernetesObject:
    """An object that a manifest declares.

    Attributes:
        document: The document that it stands in.
        node: The object.
        kind: Its kind, as in ``Deployment``.

    >>> KubernetesObject(Document("pod.yaml", None, MapNode(1, {})), MapNode(1, {}), "Pod").label
    'Pod without a name'
    """

    document: Document
    node: MapNode
    kind: str

    @property
    def name(self) -> str:
        """Its name, or how its name starts; empty for none."""
        metadata = find(self.node, "metadata")
        return text_of(find(metadata, "name")) or text_of(find(metadata, "generateName"))

    @property
    def namespace(self) -> str:
        """Its namespace; empty where it is the one that whoever applies the manifest is in."""
        return text_of(find(self.node, "metadata", "namespace"))

    @property
    def label(self) -> str:
        """Its kind and name, in words."""
        return f"{self.kind} {self.name or 'without a name'}"

    @property
    def is_core(self) -> bool:
        """Whether it is of Kubernetes' first kinds, such as Service, which others call theirs as well."""
        return text_of(find(self.node, "apiVersion")) in {"v1", ""}

    @property
    def is_builtin(self) -> bool:
        """Whether it is of a kind that Kubernetes itself runs; the controller of another may add variables."""
        return text_of(find(self.node, "apiVersion")).partition("/")[0] in {"v1", "", "apps", "batch"}

    def place(self, line: int, container: str = "", via: Via = Via.MANIFEST) -> Place:
        """Return the place of a line of it.

        >>> str(KubernetesObject(Document("pod.yaml", 2, MapNode(1, {})), MapNode(1, {}), "Pod").place(7))
        'pod.yaml:7, document 2'
        """
        return Place(self.document.file, line, self.document.number, container, via)


def is_kubernetes(node: Node) -> bool:
    """Return whether a document is a Kubernetes object.

    >>> is_kubernetes(MapNode(1, {}))
    False
    """
    return text_of(find(node, "kind")) != "" and find(node, "apiVersion") is not None


def objects_of(document: Document) -> Iterator[KubernetesObject]:
    """Return the objects of a document: the one that it is, or those of a list.

    >>> [*objects_of(Document("empty.yaml", None, MapNode(1, {})))]
    []
    """
    if is_kubernetes(document.root):
        yield from _objects(document, document.root, "")


def _objects(document: Document, node: Node, default_kind: str) -> Iterator[KubernetesObject]:
    kind = text_of(find(node, "kind")) or default_kind
    items = find(node, "items")
    if kind.endswith("List") and items is not None:
        for item in items_of(items):
            yield from _objects(document, item, kind.removesuffix("List"))  # the items of a PodList need not say Pod
    elif isinstance(node, MapNode):
        yield KubernetesObject(document, node, kind or "object")
