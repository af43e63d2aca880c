"""Manifests: Kubernetes YAML and Compose files, told apart by what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from envatlas.environs import Environ, Place, UnreadableFileError
from envatlas.files import compose
from envatlas.files.documents import read_documents
from envatlas.files.kubernetes import Cluster, containers_of, environ_of, is_kubernetes, leftovers, objects_of
from envatlas.files.limits import MOST_CONTAINERS
from envatlas.files.nodes import Document


def read_manifests(paths: Sequence[str]) -> tuple[Environ, ...]:
    r"""Return the environment of each container, in the order of the files.

    The files count together: a workload in one may refer to a ConfigMap or a Secret in another. What no container
    takes of those is an environment of its own, behind all others.

    Args:
        paths: The paths of Kubernetes manifests and Compose files.

    Raises:
        UnreadableFileError: One of them cannot be read, or there is nothing to set in them.
        MissingLibraryError: PyYAML is not installed.

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "pod.yaml")
    >>> pod = '{"containers": [{"name": "engine", "env": [{"name": "VLLM_PORT", "value": "5000"}]}]}'
    >>> _ = file.write_text(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: vllm}}\nspec: {pod}\n")
    >>> [(environ.place.container, environ["VLLM_PORT"]) for environ in read_manifests([str(file)])]
    [('Pod vllm, container engine', '5000')]
    """
    files = [read_documents(path) for path in paths]
    for path, documents in zip(paths, files, strict=True):
        if not any(_is_known(document) for document in documents):
            raise _without_containers(path)
    cluster = Cluster.of(found for documents in files for each in documents for found in objects_of(each))
    shelf = compose.Shelf()
    found = (environ for documents in files for each in documents for environ in _environs(each, cluster, shelf))
    environs = tuple(islice(chain(found, leftovers(cluster, shelf.budget)), MOST_CONTAINERS + 1))
    if len(environs) > MOST_CONTAINERS:
        problem = f"there are more than {MOST_CONTAINERS} containers"
        raise UnreadableFileError(environs[-1].place, problem, "give the parts one at a time")
    if paths and not environs:
        raise _without_containers(", ".join(paths))
    return environs


def _is_known(document: Document) -> bool:
    return is_kubernetes(document.root) or compose.is_compose(document.root)


def _environs(document: Document, cluster: Cluster, shelf: compose.Shelf) -> Iterator[Environ]:
    if compose.is_compose(document.root):
        yield from map(compose.environ_of, compose.services_of(document, shelf))
    for found in objects_of(document):
        for container in containers_of(found):
            yield environ_of(container, cluster, shelf.budget)


def _without_containers(path: str) -> UnreadableFileError:
    problem = "there is no container in it: no workload, no Compose service, and no variables in a ConfigMap or Secret"
    return UnreadableFileError(Place(path), problem, "give a file with a workload, or with services:")
