"""Comparing: from what nodes told to where they disagree. Nothing here asks anybody."""

from __future__ import annotations

import enum
import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from envatlas import Scope
from envatlas.redaction import SHOWN_AS
from envatlas_vllm_ray.answers import Answer, Installation, Installed, Told
from envatlas_vllm_ray.nodes import Node

_ABSENT: Final = "not installed"
_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class Wrong(enum.StrEnum):
    """What is wrong where nodes disagree, and what it is called where it is shown."""

    DIFFERS = "differs"
    """A variable that all nodes must share has different values."""
    SHARED = "shared"
    """A variable that holds an address of the node's own has the same on several."""
    PLUGIN = "plugin"
    """A plugin is missing on some nodes, or not active on all."""
    VERSION = "version"
    """A plugin, or envatlas itself, has another version on some nodes, or cannot be used there."""


@attrs.frozen
class Group:
    """Nodes that agree with each other.

    Attributes:
        shown: In what: a value as Python writes it, a state, a version. Of a secret, only which are equal.
        nodes: The nodes.
    """

    shown: str
    nodes: tuple[Node, ...]


@attrs.frozen
class Disagreement:
    """One thing in which nodes disagree, or agree and must not.

    Attributes:
        wrong: What is wrong.
        subjects: The variable's name; or those of all plugins that differ between the same nodes.
        groups: The nodes that agree with each other, the largest group first.
    """

    wrong: Wrong
    subjects: tuple[str, ...]
    groups: tuple[Group, ...]


def compare(answers: Iterable[Answer]) -> tuple[Disagreement, ...]:
    """Return where nodes disagree.

    A variable of scope ``cluster`` must have one value, whether it is set or not. Of scope ``node``, one that is set to
    an IP address names the node, so no two can share it; what else nodes have of their own may be equal or not. What a
    process has of its own is not compared.

    Args:
        answers: What the nodes told.

    >>> installation = Installation("3.11.7", "0.1.0", "", usual={"A_LIMIT": Told("4", False, "", "cluster", False)})
    >>> own = {"A_LIMIT": Told("5", True, "", "cluster", False)}
    >>> one, two = Node("1", "one", "10.0.0.1"), Node("2", "two", "10.0.0.2")
    >>> found = compare([Answer(one, installation, own), Answer(two, installation, {})])
    >>> [group.shown for group in found[0].groups]
    ['4 (not set)', '5']
    """
    by_installation: dict[Installation, list[Answer]] = {}
    for answer in answers:
        by_installation.setdefault(answer.installation, []).append(answer)
    variables = [_variable(name, by_told) for name, by_told in _by_variable(by_installation).items()]
    nodes = {installation: [each.node for each in told] for installation, told in by_installation.items()}
    plugins = {installation: each for installation, each in nodes.items() if not installation.trouble}
    found = [each for each in variables if each is not None]
    found += _merged([*_of_envatlas(nodes), *_of_plugins(plugins)])
    order = list(Wrong)
    return tuple(sorted(found, key=lambda each: (order.index(each.wrong), each.subjects)))


def _by_variable(
    by_installation: Mapping[Installation, Sequence[Answer]],
) -> dict[str, dict[Told, list[Node]]]:
    """Return the nodes by what they told of each variable; the work is that of what they have of their own."""
    found: dict[str, dict[Told, list[Node]]] = {}
    for installation, answers in by_installation.items():
        own: dict[str, dict[Told, list[Node]]] = {}
        for answer in answers:
            for name, told in answer.own.items():
                own.setdefault(name, {}).setdefault(told, []).append(answer.node)
        everyone = [answer.node for answer in answers]
        for name, told in installation.usual.items():
            others = everyone if name not in own else [each.node for each in answers if name not in each.own]
            if others:
                own.setdefault(name, {}).setdefault(told, []).extend(others)
        for name, by_told in own.items():
            for told, nodes in by_told.items():
                found.setdefault(name, {}).setdefault(told, []).extend(nodes)
    return found


def _variable(name: str, by_told: Mapping[Told, Sequence[Node]]) -> Disagreement | None:
    scopes = {reading.scope for reading in by_told}
    if Scope.CLUSTER in scopes:
        return _differing(name, by_told)
    return _shared(name, by_told) if Scope.NODE in scopes else None


def _differing(name: str, by_told: Mapping[Told, Sequence[Node]]) -> Disagreement | None:
    is_secret = any(reading.secret for reading in by_told)
    by_value: dict[tuple[str, str], dict[Told, Sequence[Node]]] = {}
    for reading, nodes in by_told.items():
        # Where a node tells a secret's digest alone, nobody knows whether it can be read there.
        by_value.setdefault((_number(reading.value), "" if is_secret else reading.error), {})[reading] = nodes
    if len(by_value) == 1:
        return None
    groups = [_of_value(equal, is_secret=is_secret) for equal in by_value.values()]
    return Disagreement(Wrong.DIFFERS, (name,), _numbered(groups) if is_secret else _sorted(groups))


def _number(value: str) -> str:
    """Return a JSON text so that equal numbers have one: a default may be written as 5, and its text be read as 5.0."""
    found = json.loads(value)
    return json.dumps(int(found)) if isinstance(found, float) and found.is_integer() else value


def _of_value(equal: Mapping[Told, Sequence[Node]], *, is_secret: bool) -> Group:
    value, error = min(each.value for each in equal), max(each.error for each in equal)
    is_set = any(each.is_set for each in equal)
    hidden = SHOWN_AS if is_set else repr(None)
    shown = hidden if is_secret else repr(json.loads(value))
    note = f" (cannot be read: expected {error})" if error else ("" if is_set else " (not set)")
    return Group(shown + note, tuple(node for nodes in equal.values() for node in nodes))


def _numbered(groups: Sequence[Group]) -> tuple[Group, ...]:
    """Return the groups of a secret, whose values are told apart by numbers alone."""
    number = 0
    made: list[Group] = []
    for group in _sorted(groups):
        if group.shown.startswith(SHOWN_AS):
            number += 1
            made.append(attrs.evolve(group, shown=group.shown.replace(SHOWN_AS, f"<secret {number}>", 1)))
        else:
            made.append(group)
    return tuple(made)


def _shared(name: str, by_told: Mapping[Told, Sequence[Node]]) -> Disagreement | None:
    by_address: dict[_Address, dict[Told, Sequence[Node]]] = {}
    for reading, nodes in by_told.items():
        if reading.is_set and not reading.secret and not reading.error and (address := _address(reading.value)):
            by_address.setdefault(address, {})[reading] = nodes
    groups = [_of_address(equal) for equal in by_address.values()]
    shared = [group for group in groups if len(group.nodes) > 1]
    return Disagreement(Wrong.SHARED, (name,), _sorted(shared)) if shared else None


def _of_address(equal: Mapping[Told, Sequence[Node]]) -> Group:
    """Return the nodes of an address, as it is written on some; `::1` can be written in other ways."""
    shown = min((repr(json.loads(reading.value)) for reading in equal), key=lambda text: (len(text), text))
    return Group(shown, tuple(node for nodes in equal.values() for node in nodes))


def _address(value: str) -> _Address | None:
    """Return the IP address that a JSON text is, if it means one machine; that of all interfaces means any."""
    text = json.loads(value)
    try:
        address = ipaddress.ip_address(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return None if address is None or address.is_unspecified else address


def _of_envatlas(told: Mapping[Installation, Sequence[Node]]) -> Iterator[Disagreement]:
    states = [(each.envatlas or each.trouble, nodes) for each, nodes in told.items()]
    yield from _unless_equal(Wrong.VERSION, "envatlas", states)


def _of_plugins(told: Mapping[Installation, Sequence[Node]]) -> Iterator[Disagreement]:
    for name in {name for each in told for name in each.plugins}:
        have = [(each.plugins.get(name), nodes) for each, nodes in told.items()]
        yield from _unless_equal(Wrong.PLUGIN, name, [(_state(plugin), nodes) for plugin, nodes in have])
        versions = [(f"{each.distribution} {each.version}", nodes) for each, nodes in have if each is not None]
        yield from _unless_equal(Wrong.VERSION, name, versions)


def _state(plugin: Installed | None) -> str:
    if plugin is None:
        return _ABSENT
    return f"{plugin.state}: {plugin.reason}" if plugin.reason else plugin.state


def _unless_equal(wrong: Wrong, subject: str, states: Iterable[tuple[str, Sequence[Node]]]) -> Iterator[Disagreement]:
    by_state: dict[str, list[Node]] = {}
    for state, nodes in states:
        by_state.setdefault(state, []).extend(nodes)
    if len(by_state) > 1:
        groups = [Group(state, tuple(nodes)) for state, nodes in by_state.items()]
        yield Disagreement(wrong, (subject,), _sorted(groups))


def _merged(found: Iterable[Disagreement]) -> Iterator[Disagreement]:
    """Yield disagreements, those in which the same nodes differ in the same as one."""
    subjects: dict[tuple[Wrong, tuple[Group, ...]], list[str]] = {}
    for each in found:
        subjects.setdefault((each.wrong, each.groups), []).extend(each.subjects)
    for (wrong, groups), names in subjects.items():
        yield Disagreement(wrong, tuple(sorted(names)), groups)


def _sorted(groups: Iterable[Group]) -> tuple[Group, ...]:
    ordered = [attrs.evolve(each, nodes=tuple(sorted(each.nodes, key=lambda node: node.name))) for each in groups]
    return tuple(sorted(ordered, key=lambda each: (-len(each.nodes), each.shown)))
