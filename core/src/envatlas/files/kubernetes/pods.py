"""Pods: the containers of whatever has any, found by their shape, so that any kind of workload is read.

Some kinds have no list of containers, and their controllers make one of what else they say: KServe's model, or the
engine of vLLM's production stack. What has an ``env`` there is read as a container.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeGuard

import attrs

from envatlas.environs import Place
from envatlas.files.kubernetes.objects import KubernetesObject
from envatlas.files.nodes import MapNode, Node, ScalarNode, children, fields_of, find, items_of, text_of

_CONTAINERS: Final = {
    "containers": "container",
    "initContainers": "init container",
    "ephemeralContainers": "ephemeral container",
}
_FRAME: Final = {"spec", "template", "jobTemplate", "podTemplate"}
"""What lies around the pod of every workload, and tells none from another."""
_REFERENCES: Final = {"configMapRef", "secretRef"}
_NO_WORKLOADS: Final = {"ConfigMap", "Secret", "CustomResourceDefinition"}


@attrs.frozen(eq=False, repr=False)
class Container:
    """A container of a pod.

    Attributes:
        object: The workload.
        pod: The pod's specification, or what lies around a container that stands in no pod.
        node: The container's.
        label: The workload and the container, in words.
    """

    object: KubernetesObject
    pod: MapNode
    node: MapNode
    label: str

    def place(self, line: int) -> Place:
        """Return the place of a line of it.

        >>> from envatlas.files.nodes import Document
        >>> node = MapNode(3, {})
        >>> pod = KubernetesObject(Document("pod.yaml", None, node), node, "Pod")
        >>> str(Container(pod, node, node, "Pod vllm, container engine").place(7))
        'pod.yaml:7, Pod vllm, container engine'
        """
        return self.object.place(line, self.label)


def containers_of(found: KubernetesObject) -> Iterator[Container]:
    """Return the containers of an object, those of pods first, in the order of the file; of most objects, none.

    >>> from envatlas.files.nodes import Document
    >>> [*containers_of(KubernetesObject(Document("map.yaml", None, MapNode(1, {})), MapNode(1, {}), "ConfigMap"))]
    []
    """
    if found.kind in _NO_WORKLOADS:
        return
    pods = [*_pods(found.node, ())]
    for path, pod in pods:
        # A workload with several templates, such as leaders and workers, may call their containers the same.
        within = _within(path) if len(pods) > 1 else ""
        for sort, node in _containers(pod):
            yield Container(found, pod, node, f"{found.label}{within}, {sort}")
    if not found.is_builtin:  # Kubernetes itself reads no other place
        for path, around, node in _alone(found.node, (), found.node):
            yield Container(found, around, node, f"{found.label}{_within(path)}")


def _within(path: tuple[str, ...]) -> str:
    parts = "".join(f".{key}" for key in path if key not in _FRAME).replace(".[", "[").lstrip(".")
    return f", {parts}" if parts else ""


def _pods(node: Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], MapNode]]:
    """Return every mapping with a list of containers, and its path; inside of one there is none."""
    if _is_pod(node):
        yield path, node
        return
    for key, child in children(node):
        yield from _pods(child, (*path, key))


def _alone(node: Node, path: tuple[str, ...], around: MapNode) -> Iterator[tuple[tuple[str, ...], MapNode, MapNode]]:
    """Return every mapping outside of a pod's containers that sets variables as one does, and what lies around it."""
    if isinstance(node, MapNode):
        if _sets_variables(node):
            yield path, around, node
        around = node
    inside = _CONTAINERS if _is_pod(node) else ()
    for key, child in children(node):
        if key not in inside:
            yield from _alone(child, (*path, key), around)


def _sets_variables(node: MapNode) -> bool:
    env, env_from = (items_of(find(node, key)) for key in ("env", "envFrom"))
    is_named = all(isinstance(find(item, "name"), ScalarNode) for item in env)
    is_referred = all(_REFERENCES & fields_of(item).keys() for item in env_from)
    return bool(env or env_from) and is_named and is_referred


def _is_pod(node: Node) -> TypeGuard[MapNode]:
    field = fields_of(node).get("containers")
    items = () if field is None else items_of(field.node)
    return bool(items) and all(isinstance(item, MapNode) for item in items)


def _containers(pod: MapNode) -> Iterator[tuple[str, MapNode]]:
    for key, field in fields_of(pod).items():
        sort = _CONTAINERS.get(key)
        if sort is not None:
            for index, node in enumerate(items_of(field.node), start=1):
                if isinstance(node, MapNode):
                    yield f"{sort} {text_of(find(node, 'name')) or index}", node
