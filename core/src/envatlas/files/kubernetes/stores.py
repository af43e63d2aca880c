"""Stores: the ConfigMaps and Secrets that files have, by namespace and name, and the Services beside them."""

from __future__ import annotations

import base64
import binascii
from collections import ChainMap, Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from envatlas.environs import Consequence, Defect, Place, Via
from envatlas.files.kubernetes.objects import KubernetesObject
from envatlas.files.nodes import Field, ScalarNode, fields_of, find, text_of
from envatlas.files.scalars import Sort, not_text, sort_in_kubernetes
from envatlas.messages import Message, marked, message_of

VIAS: Final = {"ConfigMap": Via.CONFIG_MAP, "Secret": Via.SECRET}
"""By what the texts of each kind of store reach a process."""


@attrs.frozen(repr=False)
class Entry:
    """A text that a store holds.

    Attributes:
        line: The line of its key.
        text: The text; None where the cluster refuses it.
        wrong: What is wrong with it; empty for nothing.
        remedy: What to do.
        written: What is written there instead of a text.
    """

    line: int
    text: str | None = attrs.field(repr=False)  # for whoever shows objects by their fields
    wrong: str = ""
    remedy: str = ""
    written: str = attrs.field(default="", repr=False)


@attrs.frozen(eq=False, repr=False)
class Store:
    """A ConfigMap or a Secret.

    Attributes:
        object: The object that it is.
        entries: What it holds.
        taken: The keys whose texts a container takes; filled while containers are read.
    """

    object: KubernetesObject
    entries: Mapping[str, Entry]
    taken: set[str] = attrs.field(factory=set[str])

    def place(self, entry: Entry, container: str) -> Place:
        """Return the place of an entry, which a container gets.

        >>> from envatlas.files.nodes import Document, MapNode
        >>> node = MapNode(1, {})
        >>> store = store_of(KubernetesObject(Document("maps.yaml", None, node), node, "ConfigMap"))
        >>> str(store.place(Entry(4, "x"), "Pod vllm, container engine"))
        'maps.yaml:4, Pod vllm, container engine'
        """
        return self.object.place(entry.line, container, VIAS[self.object.kind])

    def defect(self, name: str, key: str, container: str) -> Defect:
        """Return what is wrong with an entry, for a name that a container gets its text under.

        >>> from envatlas.files.nodes import Document, MapNode
        >>> node = MapNode(1, {"data": Field(1, MapNode(2, {"PORT": Field(2, ScalarNode(2, "80"))}))})
        >>> store = store_of(KubernetesObject(Document("maps.yaml", None, node), node, "ConfigMap"))
        >>> print(store.defect("VLLM_PORT", "PORT", ""))
        maps.yaml:2: VLLM_PORT: a number stands where text must; put it in double quotes
        """
        entry = self.entries[key]
        written_behind = key if entry.written else ""
        return Defect(
            name,
            self.place(entry, container),
            entry.wrong,
            entry.remedy,
            Consequence.REFUSED,
            written_behind,
            entry.written,
        )

    def refusal(self, key: str) -> Message:
        """Return why the text of an entry, in which something is wrong, is not known.

        >>> from envatlas.files.nodes import Document, MapNode
        >>> node = MapNode(1, {"data": Field(1, MapNode(2, {"PORT": Field(2, ScalarNode(2, "80"))}))})
        >>> store_of(KubernetesObject(Document("maps.yaml", None, node), node, "ConfigMap")).refusal("PORT")
        'ConfigMap without a name is refused: a number stands where text must'
        """
        why = message_of(self.entries[key].wrong)
        return Message("{object} is refused: {why}", object=self.object.label, why=why)

    def defects(self) -> Iterator[Defect]:
        """Return what is wrong with the document that it stands in, and leaves it readable.

        >>> from envatlas.files.nodes import Document, MapNode
        >>> node = MapNode(1, {})
        >>> [*store_of(KubernetesObject(Document("maps.yaml", None, node), node, "ConfigMap")).defects()]
        []
        """
        return repeated_keys(self.object)


def repeated_keys(found: KubernetesObject) -> Iterator[Defect]:
    """Return the keys that are there twice in the document of an object, as defects.

    >>> from envatlas.files.nodes import Document, MapNode
    >>> node = MapNode(1, {})
    >>> pod = KubernetesObject(Document("pod.yaml", None, node, [("env", 9)]), node, "Pod")
    >>> [str(defect) for defect in repeated_keys(pod)]
    ["pod.yaml:9: a mapping has the key 'env' a second time, and only that one counts; keep only one of them"]
    """
    for key, line in found.document.repeated:
        what = Message("a mapping has the key {key} a second time, and only that one counts", key=repr(key))
        yield Defect("", found.place(line), what, marked("keep only one of them"), Consequence.KEPT)


def store_of(found: KubernetesObject) -> Store:
    """Return a ConfigMap or a Secret as what it holds.

    >>> from envatlas.files.nodes import Document, MapNode
    >>> data = MapNode(2, {"PORT": Field(2, ScalarNode(2, "80"))})
    >>> node = MapNode(1, {"data": Field(1, data)})
    >>> store_of(KubernetesObject(Document("maps.yaml", None, node), node, "ConfigMap")).entries["PORT"].wrong
    'a number stands where text must'
    """
    is_secret = found.kind == "Secret"
    data = {key: _entry(field) for key, field in fields_of(find(found.node, "data")).items()}
    if is_secret:
        data = {key: _decoded(entry) for key, entry in data.items()}
        data |= {key: _entry(field) for key, field in fields_of(find(found.node, "stringData")).items()}
    return Store(found, data)


def _entry(field: Field) -> Entry:
    if not isinstance(field.node, ScalarNode):
        return Entry(field.line, None, not_text(None), marked("write it as text, behind |"))
    sort = sort_in_kubernetes(field.node)
    if sort in {Sort.BOOLEAN, Sort.NUMBER}:
        return Entry(field.line, None, not_text(sort), marked("put it in double quotes"), field.node.text)
    return Entry(field.line, "" if sort is Sort.NOTHING else field.node.text)


def _decoded(entry: Entry) -> Entry:
    """Return the text that base64 stands for."""
    if entry.text is None:
        return entry
    try:
        data = base64.b64decode("".join(entry.text.splitlines()), validate=True)
    except (binascii.Error, ValueError):
        wrong = marked("it is not base64, which the data of a Secret must be")
        return Entry(entry.line, None, wrong, marked("encode it with base64, or move it to stringData"))
    try:
        return Entry(entry.line, data.decode())
    except UnicodeDecodeError:
        return Entry(entry.line, None, marked("its text is not UTF-8"), marked("mount it as a file"))


@attrs.frozen(eq=False, repr=False)
class Cluster:
    """What manifests declare together.

    An object that names no namespace is put into the one that whoever applies the files is in, which no file tells. It
    is taken to be the one that the others name: in what Helm renders, some templates name it and others do not.

    Attributes:
        stores: The ConfigMaps and Secrets by kind and name, and then by namespace.
        services: The places of the Services that have an address, by namespace and name.
        lone: The places of those services whose name only one namespace has, by name.
    """

    stores: Mapping[tuple[str, str], Mapping[str, Store]]
    services: Mapping[str, dict[str, Place]]
    lone: dict[str, Place]

    @classmethod
    def of(cls, objects: Iterable[KubernetesObject]) -> Cluster:
        """Return what the objects declare; of several that are called the same, the last counts.

        >>> Cluster.of([]).services
        {}
        """
        core = [each for each in objects if each.is_core]
        stores: dict[tuple[str, str], dict[str, Store]] = {}
        services: dict[str, dict[str, Place]] = {}
        for each in core:
            if each.kind in VIAS:
                stores.setdefault((each.kind, each.name), {})[each.namespace] = store_of(each)
            if each.kind == "Service" and _has_address(each):
                services.setdefault(each.namespace, {})[each.name] = each.place(each.node.line)
        counts = Counter(name for of_namespace in services.values() for name in of_namespace)
        found = [item for of_namespace in services.values() for item in of_namespace.items()]
        return cls(stores, services, {name: place for name, place in found if counts[name] == 1})

    def store(self, kind: str, namespace: str, name: str) -> Store | None:
        """Return what an object in a namespace refers to by a name; None where no file has it.

        >>> Cluster.of([]).store("ConfigMap", "", "settings") is None
        True
        """
        found = self.stores.get((kind, name), {})
        if namespace in found:
            return found[namespace]
        if namespace:
            return found.get("")
        return next(iter(found.values())) if len(found) == 1 else None

    def services_for(self, namespace: str) -> Mapping[str, Place]:
        """Return the services whose addresses the pods of a namespace are told.

        >>> dict(Cluster.of([]).services_for("default"))
        {}
        """
        others = self.services.get("", {}) if namespace else self.lone
        return ChainMap(self.services.get(namespace, {}), others)


def _has_address(service: KubernetesObject) -> bool:
    spec = find(service.node, "spec")
    return text_of(find(spec, "clusterIP")) != "None" and text_of(find(spec, "type")) != "ExternalName"
