"""Services: the environment that Compose gives to one, by its documented rules.

First come the files of ``env_file``, one after the other, then ``environment``; what comes later wins. References are
replaced by what ``.env`` beside the Compose file sets, or else by their defaults. Whoever starts the service may have
set other texts for both; no file tells that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from envatlas.environs import Consequence, Defect, Environ, Place, Untold
from envatlas.files.compose.projects import Part, Service
from envatlas.files.drafts import Draft
from envatlas.files.env_files import add_lines
from envatlas.files.interpolation import InterpolationError
from envatlas.files.nodes import Field, ListNode, MapNode, Node, ScalarNode, fields_of, find, items_of, text_of
from envatlas.files.scalars import MORE, Sort, not_text, number_in_compose, sort_in_compose
from envatlas.files.templates import is_template, unrendered
from envatlas.messages import Message, marked, message_of

_PASSED_ON: Final = marked("it has no text, so the one of whoever starts the service is passed on")


def environ_of(service: Service) -> Environ:
    """Return the environment that a service has, as far as the files tell.

    >>> from envatlas.files.compose.projects import Project
    >>> from envatlas.files.compose.shelves import Shelf
    >>> from envatlas.files.nodes import Document
    >>> document = Document("compose.yaml", None, MapNode(1, {}))
    >>> environ_of(Service("engine", (Part(Project.of(document, Shelf()), document.root),)))
    <Environ of compose.yaml:1, service engine, 0 variables>
    """
    *_, own = service.parts
    place, budget = service.place(own, own.node.line), own.project.shelf.budget
    set_later = Draft(place, budget)  # an env file may refer to it
    _add_environment(set_later, service)
    draft = Draft(place, budget, open_ended=[*service.open_ended])
    draft.report(service.defects)
    for part in service.parts:
        for node in _env_files(part):
            _add_env_file(draft, service, part, node, set_later.texts)
    _add_environment(draft, service)
    return draft.finished()


def _env_files(part: Part) -> Iterator[Node]:
    node = find(part.node, "env_file")
    if isinstance(node, ListNode):
        yield from node.items
    elif node is not None:
        yield node


def _add_env_file(draft: Draft, service: Service, part: Part, node: Node, set_later: Mapping[str, str]) -> None:
    """Set what an item of ``env_file`` sets."""
    place = service.place(part, node.line)
    written = node.text if isinstance(node, ScalarNode) else text_of(find(node, "path"))
    try:
        path = part.project.path(part.project.interpolated(written))
    except InterpolationError as error:
        draft.open_ended.append(
            Untold(place, Message("it comes from an env file, and {why}", why=message_of(error.why)))
        )
        return
    if not os.path.lexists(path):
        if text_of(find(node, "required")).lower() != "false":
            what = Message("its env file {file} is not there, so Compose does not start it", file=repr(written))
            remedy = marked("add the file, or: required: false")
            draft.report([Defect("", place, what, remedy, Consequence.REFUSED)])
            why = Message("it comes from {file}, which is not there", file=repr(written))
            draft.open_ended.append(Untold(place, why))
    else:
        variables = part.project.variables.texts
        lines = part.project.shelf.lines(path, is_raw=text_of(find(node, "format")) == "raw")
        add_lines(draft, path, lines, lambda name: variables.get(name, set_later.get(name)), service.label)


def _add_environment(draft: Draft, service: Service) -> None:
    """Set what all the parts of a service set themselves."""
    for part in service.parts:
        field = fields_of(part.node).get("environment")
        if field is None:
            continue
        if isinstance(field.node, MapNode):
            for name, each in field.node.fields.items():
                _add_field(draft, service, part, name, each)
        elif isinstance(field.node, ListNode):
            _add_list(draft, service, part, field.node)
        elif sort_in_compose(field.node) is not Sort.NOTHING:
            what = marked("environment is neither a mapping nor a list")
            remedy = marked("write NAME: text under environment:")
            draft.report([Defect("", service.place(part, field.line), what, remedy, Consequence.REFUSED)])


def _add_field(draft: Draft, service: Service, part: Part, name: str, field: Field) -> None:
    """Set what a field of the mapping sets."""
    place = service.place(part, field.line)
    sort = sort_in_compose(field.node) if isinstance(field.node, ScalarNode) else None
    text = text_of(field.node)
    if sort is Sort.NOTHING:
        _pass_on(draft, part, name, place)
    elif sort is Sort.TEXT:
        _add_text(draft, part, name, text, place)
    elif sort is Sort.NUMBER:
        number = number_in_compose(text)
        if number is None:
            draft.set_untold(name, place, marked("it is a number that Compose may write otherwise; quote it"))
        else:
            draft.set(name, number, place)
    elif sort is Sort.BOOLEAN:
        what = Message("a boolean stands where text must: Compose makes {text} of it, or refuses it", text=text.lower())
        draft.report([Defect(name, place, what, f'{name}: "..."', Consequence.KEPT, name, text)])
        draft.set(name, text.lower(), place)
    else:
        defect = Defect(name, place, not_text(None), f'{name}: "..."', Consequence.REFUSED)
        draft.spoil(defect, Message("its value is {sort}", sort=message_of(MORE)))


def _add_list(draft: Draft, service: Service, part: Part, items: ListNode) -> None:
    """Set what the items of a list set, each ``NAME=text``, or ``NAME`` alone."""
    seen: set[str] = set()
    for item in items_of(items):
        place = service.place(part, item.line)
        written = text_of(item)
        if not isinstance(item, ScalarNode) or sort_in_compose(item) is not Sort.TEXT:
            what, remedy = marked("an item of environment is no text"), marked("write it as in - NAME=text")
            draft.report([Defect("", place, what, remedy, Consequence.REFUSED)])
            continue
        name, equals, text = written.partition("=")
        if name in seen:
            what = Message("{list} sets it a second time, and only that one counts", list="environment")
            draft.report([Defect(name, place, what, marked("keep only one of them"), Consequence.KEPT)])
        seen.add(name)
        if "$" in name:
            draft.open_ended.append(Untold(place, marked("its name is made by a reference")))
        elif equals:
            _add_text(draft, part, name, text, place)
        else:
            _pass_on(draft, part, name, place)


def _pass_on(draft: Draft, part: Part, name: str, place: Place) -> None:
    """Set a name to the text that it has in ``.env``, where it has one."""
    variables = part.project.variables
    if name in variables.texts:
        draft.set(name, variables.texts[name], attrs.evolve(variables.place_of(name), container=place.container))
    else:
        draft.set_untold(name, place, _PASSED_ON)


def _add_text(draft: Draft, part: Part, name: str, text: str, place: Place) -> None:
    if is_template(text):
        raise unrendered(place)
    origin = part.project.origin_of(text)
    if origin is not None:
        origin = attrs.evolve(origin, container=place.container)
    draft.set_replaced(name, text, place, part.project.interpolated, origin)
