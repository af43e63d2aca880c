"""Projects: the services of Compose files, and what each of them extends.

Each file is a project of its own: files that Compose would merge are not merged here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import attrs

from envatlas.environs import Consequence, Defect, Environ, Place, Untold, Via
from envatlas.files.compose.shelves import Shelf
from envatlas.files.interpolation import InterpolationError, interpolate, referred_alone
from envatlas.files.nodes import Document, MapNode, Node, ScalarNode, fields_of, find, text_of
from envatlas.messages import Message, marked, message_of

_DEEPEST: Final = 20


@attrs.frozen(eq=False, repr=False)
class Project:
    """A Compose file.

    Attributes:
        document: The document that it is.
        variables: What the file ``.env`` beside it sets; the environment of whoever starts it comes before that.
        shelf: The files that were read already.
    """

    document: Document
    variables: Environ
    shelf: Shelf

    @classmethod
    def of(cls, document: Document, shelf: Shelf) -> Project:
        """Return a document as a project, with the file ``.env`` beside it, if there is one.

        >>> [*Project.of(Document("no-such-folder/compose.yaml", None, MapNode(1, {})), Shelf()).variables]
        []
        """
        path = os.path.join(os.path.dirname(document.file), ".env")
        is_there = os.path.lexists(path)
        return cls(document, shelf.environ(path) if is_there else Environ(Place(path), {}), shelf)

    def path(self, path: str) -> str:
        """Return a path in the file as it is from here.

        >>> Project.of(Document("deploy/compose.yaml", None, MapNode(1, {})), Shelf()).path("./prod.env")
        'deploy/prod.env'
        """
        return os.path.normpath(os.path.join(os.path.dirname(self.document.file), path))

    def interpolated(self, text: str) -> str:
        """Return a text with its references replaced by what ``.env`` sets, or by their defaults.

        Raises:
            InterpolationError: It refers to what neither does.

        >>> Project.of(Document("compose.yaml", None, MapNode(1, {})), Shelf()).interpolated("${VLLM_TAG:-latest}")
        'latest'
        """
        return interpolate(text, self.variables.texts.get)

    def origin_of(self, text: str) -> Place | None:
        """Return where in ``.env`` the text stands that is referred to, and nothing else; None where it is not there.

        >>> Project.of(Document("compose.yaml", None, MapNode(1, {})), Shelf()).origin_of("${VLLM_TAG:-latest}")
        """
        name = referred_alone(text)
        return self.variables.origin_of(name) if self.variables.texts.get(name) else None


@attrs.frozen(eq=False, repr=False)
class Part:
    """What one file says of a service.

    Attributes:
        project: The file.
        node: The service, as it stands there.
    """

    project: Project
    node: Node


@attrs.frozen(eq=False, repr=False)
class Service:
    """A service.

    Attributes:
        name: Its name.
        parts: What it extends, the most basic first, and last what it says itself.
        defects: What is wrong with what it extends.
        open_ended: What it extends, and no file tells.
    """

    name: str
    parts: tuple[Part, ...]
    defects: tuple[Defect, ...] = ()
    open_ended: tuple[Untold, ...] = ()

    @property
    def label(self) -> str:
        """The service, in words."""
        return f"service {self.name}"

    def place(self, part: Part, line: int) -> Place:
        """Return the place of a line of one of its parts.

        >>> document = Document("compose.yaml", None, MapNode(1, {}))
        >>> part = Part(Project.of(document, Shelf()), document.root)
        >>> str(Service("engine", (part,)).place(part, 7))
        'compose.yaml:7, service engine'
        """
        return _place(part.project.document, line, self.label)


def _place(document: Document, line: int, container: str) -> Place:
    return Place(document.file, line, document.number, container, Via.COMPOSE)


def is_compose(node: Node) -> bool:
    """Return whether a document is a Compose file.

    >>> is_compose(MapNode(1, {}))
    False
    """
    return isinstance(find(node, "services"), MapNode) and find(node, "kind") is None


def services_of(document: Document, shelf: Shelf) -> Iterator[Service]:
    """Return the services of a Compose file, in its order.

    >>> [*services_of(Document("compose.yaml", None, MapNode(1, {})), Shelf())]
    []
    """
    project = Project.of(document, shelf)
    repeated = tuple(_repeated(document, key, line) for key, line in document.repeated)
    include = fields_of(document.root).get("include")
    if include is not None:
        what, remedy = marked("the files that it includes are not read"), marked("give those files as well")
        repeated = (*repeated, Defect("", _place(document, include.line, ""), what, remedy))
    for name, field in fields_of(find(document.root, "services")).items():
        service = _extended(name, Part(project, field.node))
        yield attrs.evolve(service, defects=repeated + service.defects)


def _repeated(document: Document, key: str, line: int) -> Defect:
    what = Message("a mapping has the key {key} a second time", key=repr(key))
    return Defect("", _place(document, line, ""), what, marked("keep only one of them"), Consequence.REFUSED)


def _extended(name: str, part: Part) -> Service:
    """Return a service with all that it extends."""
    parts = [part]
    service = Service(name, ())
    while extends := fields_of(parts[0].node).get("extends"):
        place = service.place(parts[0], extends.line)
        part.project.shelf.budget.spend(place, names=1)
        try:
            base = _base(parts[0], extends.node)
        except InterpolationError as error:
            why = Message("it extends another, and {why}", why=message_of(error.why))
            return _incomplete(service, parts, place, "", why)
        if base is None or len(parts) > _DEEPEST:
            what = marked("it extends a service that is not there, or that extends it")
            return _incomplete(service, parts, place, what, what)
        parts.insert(0, base)
    return attrs.evolve(service, parts=tuple(parts))


def _incomplete(service: Service, parts: list[Part], place: Place, what: str, why: str) -> Service:
    remedy = marked("correct what is behind extends:")
    defects = (Defect("", place, what, remedy, Consequence.REFUSED),) if what else ()
    return attrs.evolve(service, parts=tuple(parts), defects=defects, open_ended=(Untold(place, why),))


def _base(part: Part, extends: Node) -> Part | None:
    """Return what a part extends."""
    name = extends.text if isinstance(extends, ScalarNode) else text_of(find(extends, "service"))
    file = text_of(find(extends, "file"))
    project = part.project
    if file:
        path = project.path(project.interpolated(file))
        if not os.path.lexists(path):
            return None
        # What is referred to there is replaced by what is beside the first file.
        project = attrs.evolve(project, document=project.shelf.document(path))
    node = find(project.document.root, "services", name)
    return None if node is None else Part(project, node)
