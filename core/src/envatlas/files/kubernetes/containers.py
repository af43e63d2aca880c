"""Containers: the environment that Kubernetes gives to one, by its documented rules.

First comes ``envFrom``, one entry after the other, then ``env``; what comes later wins. A text in ``env`` may refer to
what stands before it. What an object sets that no file has is not known, and neither are its names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from envatlas.environs import Consequence, Defect, Environ, Place, Untold, Via
from envatlas.files.budgets import Budget
from envatlas.files.drafts import OTHERWISE, Draft
from envatlas.files.interpolation import InterpolationError
from envatlas.files.kubernetes.expansion import expand, referred_alone
from envatlas.files.kubernetes.pods import Container
from envatlas.files.kubernetes.stores import VIAS, Cluster, Store, repeated_keys
from envatlas.files.limits import LONGEST_NAME
from envatlas.files.nodes import Field, MapNode, Node, ScalarNode, fields_of, find, items_of, text_of
from envatlas.files.scalars import MORE, Sort, not_text, sort_in_kubernetes
from envatlas.files.templates import is_template, unrendered
from envatlas.messages import Message, marked, message_of

_NAME: Final = re.compile(r"[ -<>-~]+")
"""What Kubernetes lets a variable be called in ``env``: printable ASCII without ``=``."""
_NAME_OF_KEY: Final = re.compile(r"(?!\.\.)(?!\.$)[-._a-zA-Z][-._a-zA-Z0-9]*")
"""What a key of a ConfigMap or Secret must look like to become a variable by ``envFrom``."""
_OF_SERVICES: Final = re.compile(r".+_(?:SERVICE_(?:HOST|PORT(?:_.+)?)|PORT_\d+_(?:TCP|UDP|SCTP)(?:_.+)?)")
_FALSE: Final = frozenset({"false", "no", "off", "n"})
_REFS: Final = {"configMapRef": "ConfigMap", "secretRef": "Secret"}
_KEY_REFS: Final = {"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"}


def environ_of(container: Container, cluster: Cluster, budget: Budget) -> Environ:
    """Return the environment that a container has, as far as the files tell.

    Raises:
        UnreadableFileError: It is a template, or the budget does not suffice.

    >>> from envatlas.files.kubernetes.objects import KubernetesObject
    >>> from envatlas.files.nodes import Document
    >>> node = MapNode(1, {})
    >>> pod = KubernetesObject(Document("pod.yaml", None, node), node, "Pod")
    >>> environ_of(Container(pod, node, node, "Pod vllm, container engine"), Cluster.of([]), Budget())
    <Environ of pod.yaml:1, Pod vllm, container engine, 0 variables>
    """
    return _Reading(container, cluster, budget).environ()


class _Reading:
    """The reading of one container."""

    def __init__(self, container: Container, cluster: Cluster, budget: Budget) -> None:
        self._container = container
        self._cluster = cluster
        self._draft = Draft(container.place(container.node.line), budget)
        self._declared: set[str] = set()

    def environ(self) -> Environ:
        self._draft.report(repeated_keys(self._container.object))
        self._draft.services = self._services()
        for item in self._list("envFrom"):
            self._add_all(item)
        for item in self._list("env"):
            self._add(item)
        return self._draft.finished()

    def _services(self) -> Mapping[str, Place]:
        links = find(self._container.pod, "enableServiceLinks")
        if isinstance(links, ScalarNode) and sort_in_kubernetes(links) is Sort.BOOLEAN and links.text.lower() in _FALSE:
            return {}
        return self._cluster.services_for(self._container.object.namespace)

    def _list(self, key: str) -> list[MapNode]:
        """Return the items of a list; what is no list of mappings is a defect."""
        field = fields_of(self._container.node).get(key)
        if field is None or (isinstance(field.node, ScalarNode) and sort_in_kubernetes(field.node) is Sort.NOTHING):
            return []
        items = items_of(field.node)
        found = [item for item in items if isinstance(item, MapNode)]
        if len(found) != len(items) or not hasattr(field.node, "items"):
            what = Message("{key} is no list of mappings", key=key)
            self._refuse("", field.line, what, Message("write it as a list under {key}:", key=key))
        return found

    def _refuse(self, name: str, line: int, what: str, remedy: str) -> None:
        """Report what Kubernetes refuses."""
        self._draft.report([Defect(name, self._container.place(line), what, remedy, Consequence.REFUSED)])

    def _add_all(self, item: MapNode) -> None:
        """Set what an item of ``envFrom`` refers to."""
        kind, reference = _first(item, _REFS)
        if not kind:
            what = marked("an item of envFrom refers to no ConfigMap and no Secret")
            self._refuse("", item.line, what, marked("add configMapRef:"))
            return
        name = text_of(find(reference.node, "name"))
        store = self._store(kind, name)
        if store is None:
            self._open_end(kind, name, reference)
            return
        self._draft.report(store.defects())
        prefix = text_of(find(item, "prefix"))
        for key in store.entries:
            self._add_entry(f"{prefix}{key}", store, key, is_named=False)

    def _open_end(self, kind: str, name: str, reference: Field) -> None:
        place = self._place(reference.line, VIAS[kind])
        optional = marked("it comes from the optional {kind} {name}, which no file here has")
        needed = marked("it comes from the {kind} {name}, which no file here has")
        why = optional if _is_optional(reference.node) else needed
        self._draft.open_ended.append(Untold(place, Message(why, kind=kind, name=repr(name))))

    def _place(self, line: int, via: Via) -> Place:
        return self._container.object.place(line, self._container.label, via)

    def _store(self, kind: str, name: str) -> Store | None:
        return self._cluster.store(kind, self._container.object.namespace, name)

    def _add_entry(self, name: str, store: Store, key: str, *, is_named: bool) -> None:
        """Set a name to what an entry of a ConfigMap or Secret holds."""
        entry = store.entries[key]
        store.taken.add(key)
        place = store.place(entry, self._container.label)
        if not is_named and not _NAME_OF_KEY.fullmatch(name):
            what = Message(
                "{object} has the key {key}, which is skipped: it cannot be a variable's name",
                object=store.object.label,
                key=repr(name),
            )
            self._draft.report([Defect("", place, what, OTHERWISE)])
        elif entry.text is None:
            defect = store.defect(name, key, self._container.label)
            self._draft.spoil(defect, store.refusal(key))
        else:
            self._draft.set(name, entry.text, place)

    def _add(self, item: MapNode) -> None:
        """Set what an item of ``env`` sets."""
        name = self._name(item)
        if not name:
            return
        value, source = item.fields.get("value"), item.fields.get("valueFrom")
        line = (value or source or Field(item.line, item)).line
        if name in self._declared:
            again = Message("{list} sets it a second time, and only that one counts", list="env")
            place = self._container.place(line)
            self._draft.report([Defect(name, place, again, marked("keep only one of them"), Consequence.KEPT)])
        self._declared.add(name)
        if source is not None and value is not None and text_of(value.node):
            both = marked("it has both a value and valueFrom, which Kubernetes refuses")
            self._refuse(name, line, both, marked("keep only one of them"))
        if source is None or (value is not None and text_of(value.node)):
            self._add_value(name, line, None if value is None else value.node)
        else:
            self._add_source(name, source)

    def _name(self, item: MapNode) -> str:
        """Return what an item of ``env`` is called; empty, and a defect, for what cannot be a name."""
        field = item.fields.get("name")
        node = None if field is None else field.node
        line = item.line if field is None else field.line
        name = text_of(node)
        self._require_rendered(name, line)
        if isinstance(node, ScalarNode) and sort_in_kubernetes(node) is Sort.TEXT and _NAME.fullmatch(name):
            return name
        what = marked("an item of env has a name that cannot be a variable's")
        self._refuse("", line, what, marked('write it as in name: "NAME"'))
        return ""

    def _add_value(self, name: str, line: int, node: Node | None) -> None:
        place = self._container.place(line)
        sort = Sort.NOTHING if node is None else sort_in_kubernetes(node) if isinstance(node, ScalarNode) else None
        text = text_of(node)
        self._require_rendered(text, line)
        if sort is Sort.NOTHING:
            self._draft.set(name, "", place)
        elif sort is Sort.TEXT:
            origin = self._draft.origin_of(referred_alone(text))
            self._draft.set_replaced(name, text, place, lambda text: expand(text, self._referred), origin)
        else:
            what = Message("{found}, and Kubernetes refuses it", found=not_text(sort))
            defect = Defect(name, place, what, 'value: "..."', Consequence.REFUSED, "value", text)
            self._draft.spoil(defect, Message("its value is {sort}", sort=message_of(sort or MORE)))

    def _require_rendered(self, text: str, line: int) -> None:
        if is_template(text):
            raise unrendered(self._container.place(line))

    def _referred(self, name: str) -> str | None:
        """Return what a reference stands for; None where it stays as it is."""
        draft = self._draft
        if name in draft.texts:
            return draft.texts[name]
        unknown = next(self._unknown(name), None)
        if unknown is not None:
            is_known = name in draft.untold or self._is_address(name)
            named = Message("it refers to {name}, {why}", name=name, why=message_of(unknown))
            unnamed = Message("it refers to a name, {why}", why=message_of(unknown))
            raise InterpolationError(named if is_known else unnamed)  # another may be a part of a password
        return None

    def _unknown(self, name: str) -> Iterator[str]:
        """Yield why nobody knows what a name that no text here has stands for."""
        draft = self._draft
        if name in draft.untold:
            yield marked("whose text is not known")
        if draft.open_ended:
            yield marked("which may come from what no file here has")
        if self._is_address(name):
            yield marked("which may be the address of a service")
        if not self._container.object.is_builtin:
            yield Message("which the controller of {kind} may set", kind=self._container.object.kind)

    def _is_address(self, name: str) -> bool:
        """Return whether a name is one that Kubernetes may set to the address of a service."""
        service = name.removesuffix("_PORT")
        is_port = service != name and service.lower().replace("_", "-") in self._draft.services
        return is_port or (len(name) < LONGEST_NAME and _OF_SERVICES.fullmatch(name) is not None)

    def _add_source(self, name: str, source: Field) -> None:
        """Set a name to what ``valueFrom`` says."""
        kind, reference = _first(source.node, _KEY_REFS)
        if kind:
            self._add_key(name, kind, reference)
            return
        place = self._container.place(source.line)
        field_path = text_of(find(source.node, "fieldRef", "fieldPath"))
        resource = text_of(find(source.node, "resourceFieldRef", "resource"))
        if field_path:
            why = Message("it is {field} of the pod, which the cluster fills in", field=field_path)
            self._draft.set_untold(name, place, why)
        elif resource:
            why = Message("it is {resource} of the container, which the cluster fills in", resource=resource)
            self._draft.set_untold(name, place, why)
        elif find(source.node, "fileKeyRef") is not None:
            self._draft.set_untold(name, place, marked("it is in a file that another container writes"))
        else:
            what = marked("its valueFrom says nothing that Kubernetes knows")
            remedy = marked("add configMapKeyRef: or secretKeyRef:")
            self._draft.spoil(Defect(name, place, what, remedy, Consequence.REFUSED), what)

    def _add_key(self, name: str, kind: str, reference: Field) -> None:
        """Set a name to one entry of a ConfigMap or Secret."""
        store_name, key = text_of(find(reference.node, "name")), text_of(find(reference.node, "key"))
        place, optional = self._place(reference.line, VIAS[kind]), _is_optional(reference.node)
        store = self._store(kind, store_name)
        if store is None:
            why = Message("it is in the {kind} {name}, which no file here has", kind=kind, name=repr(store_name))
            may_be_unset = Message("{why}, and it is unset where the cluster has none", why=why)
            self._draft.set_untold(name, place, may_be_unset if optional else why)
            return
        self._draft.report(store.defects())
        if key in store.entries:
            self._add_entry(name, store, key, is_named=True)
        elif not optional:
            label = store.object.label
            what = Message("{object} has no key {key}, so the container does not start", object=label, key=repr(key))
            remedy = Message("add the key to {object}", object=label)
            self._draft.spoil(Defect(name, place, what, remedy, Consequence.REFUSED), what)


def _first(node: Node, kinds: dict[str, str]) -> tuple[str, Field]:
    """Return the first reference of a mapping to one of these kinds, and the kind; empty for none."""
    fields = fields_of(node)
    for key, kind in kinds.items():
        if key in fields:
            return kind, fields[key]
    return "", Field(node.line, node)


def _is_optional(reference: Node) -> bool:
    optional = find(reference, "optional")
    return (
        isinstance(optional, ScalarNode)
        and sort_in_kubernetes(optional) is Sort.BOOLEAN
        and optional.text.lower() not in _FALSE
    )
