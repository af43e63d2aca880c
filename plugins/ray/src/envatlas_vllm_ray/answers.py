"""Answers: what nodes told, as the driver keeps it. Nodes that told the same share one object."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from envatlas import InvalidValueError, Registry, Variable
from envatlas.formats.listings import json_value
from envatlas.values import find_text, inputs, read
from envatlas_vllm_ray.asking import Question

_MEMBERS: Final = ("value", "set", "error", "scope", "secret")


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


@attrs.frozen
class Told:
    """One variable, as one or more nodes read it.

    Attributes:
        value: Its value, as JSON; of a secret, a digest of its text; of one that cannot be read, its text.
        is_set: Whether it is set there.
        error: What was expected instead; empty if it can be read.
        scope: Who must share its value.
        secret: Whether it is a secret.
    """

    value: str
    is_set: bool
    error: str
    scope: str
    secret: bool


@attrs.frozen
class Installed:
    """One plugin, as one or more nodes have it.

    Attributes:
        state: What became of it.
        distribution: The distribution that brought it.
        version: The version of that.
        reason: Why it is not active, in words.
    """

    state: str
    distribution: str
    version: str
    reason: str


@attrs.frozen(eq=False)
class Report:
    """What one or more nodes told.

    Attributes:
        python: The version of Python.
        envatlas: The version of envatlas; empty where it cannot be used.
        trouble: Why it cannot.
        plugins: The plugins by their names.
        readings: The variables by their names.
    """

    python: str
    envatlas: str
    trouble: str
    plugins: Mapping[str, Installed]
    readings: Mapping[str, Told]


@attrs.frozen
class Answer:
    """What one node told."""

    node: Node
    report: Report


class Reader:
    """Reads answers. Equal ones are parsed once, and equal parts of others are kept once.

    Args:
        registry: The driver's registry, which reads the texts of nodes that cannot do so themselves.

    >>> from envatlas.vllm import registry
    >>> told = b'{"python": "3.11.7", "envatlas": "", "trouble": "envatlas is not installed", "plugins": {}, \
"readings": {}, "texts": {"VLLM_PORT": "5000"}, "digests": {}}'
    >>> Reader(registry).read(told).readings["VLLM_PORT"].value
    '5000'
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._reports: dict[bytes, Report] = {}
        self._told: dict[Told, Told] = {}

    def read(self, raw: bytes) -> Report:
        """Return what a node told.

        >>> from envatlas.vllm import registry
        >>> from envatlas_vllm_ray.asking import answer
        >>> Reader(registry).read(answer(question_of(registry, b"key"), {})).trouble
        ''
        """
        report = self._reports.get(raw)
        if report is None:
            report = self._reports[raw] = self._parsed(raw)
        return report

    def _parsed(self, raw: bytes) -> Report:
        told: dict[str, Any] = json.loads(raw)
        readings = {name: self._one(*map(each.get, _MEMBERS)) for name, each in told["readings"].items()}
        for variable in self._registry:
            if variable.name not in readings:
                readings[variable.name] = self._by_driver(variable, told["texts"], told["digests"])
        plugins = {name: Installed(**each) for name, each in told["plugins"].items()}
        return Report(told["python"], told["envatlas"], told["trouble"], plugins, readings)

    def _by_driver(self, variable: Variable[object], texts: Mapping[str, str], digests: Mapping[str, str]) -> Told:
        """Return a variable of which a node told only what it is read from."""
        found = find_text(variable, digests if variable.secret else texts)
        value: object = None if found is None else found[1]
        error = ""
        if not variable.secret:
            try:
                value = json_value(variable, read(variable, texts))
            except InvalidValueError as refused:
                error = refused.expected
        return self._one(value, found is not None, error, str(variable.scope), variable.secret)

    def _one(self, value: object, *others: Any) -> Told:  # noqa: ANN401  the other members of a Told
        told = Told(json.dumps(value, sort_keys=True), *others)
        return self._told.setdefault(told, told)


def question_of(registry: Registry, key: bytes) -> Question:
    """Return what nodes are asked of a registry.

    Args:
        registry: The registry.
        key: What digests of secrets are made with; of one survey, and random.

    >>> from envatlas.vllm import registry
    >>> question_of(registry, b"key")["registry"]["group"]
    'envatlas.vllm'
    """
    made = ("name", "group", "filter_variable", "prefix", "bundled", "shared_groups")
    return {
        "registry": {argument: getattr(registry, argument) for argument in made},
        "key": key,
        "inputs": {variable.name: inputs(variable) for variable in registry},
        "secrets": tuple(name for variable in registry if variable.secret for name in variable.sources),
    }


def named(nodes: Sequence[tuple[str, str, str]]) -> tuple[Node, ...]:
    """Return nodes with names that differ: the host's, or its address, or that with the start of Ray's name for it.

    Args:
        nodes: Of each, what Ray calls it, its host's name, and its address.

    >>> [node.name for node in named([("0123456789", "one", "10.0.0.1"), ("abcdefghij", "one", "10.0.0.2")])]
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
