"""Answers: what nodes told, as the driver keeps it: what they have in common, once."""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import attrs

from envatlas import InvalidValueError, Registry, Variable
from envatlas.formats.listings import json_value
from envatlas.values import find_text, inputs, read
from envatlas_vllm_ray.nodes import Node

_MEMBERS: Final = ("value", "set", "error", "scope", "secret", "digest")


@attrs.frozen
class Told:
    """One variable, as one or more nodes read it.

    Attributes:
        value: Its value, as JSON; of a secret, a digest of its text; of one that cannot be read, its text.
        is_set: Whether it is set there.
        error: What was expected instead; empty if it can be read.
        scope: Who must share its value.
        secret: Whether it is a secret.
        digest: That of its text; None if it is not set.
    """

    value: str
    is_set: bool
    error: str
    scope: str
    secret: bool
    digest: str | None = attrs.field(default=None, repr=False)

    def concealed(self) -> Told:
        """Return the same as a secret: nothing is left of its text but the digest.

        >>> Told('"AKIA"', True, "", "cluster", False, "d1").concealed().value
        '"d1"'
        """
        return attrs.evolve(self, value=json.dumps(self.digest), error="", secret=True)


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
class Installation:
    """What nodes with the same packages have in common.

    Attributes:
        python: The version of Python.
        envatlas: The version of envatlas; empty where it cannot be used.
        trouble: Why it cannot.
        plugins: The plugins by their names.
        usual: The variables that a node has not set, by their names.
        secrets: The names that envatlas calls secret there, and the driver does not.
    """

    python: str
    envatlas: str
    trouble: str
    plugins: Mapping[str, Installed] = attrs.field(factory=dict[str, Installed])
    usual: Mapping[str, Told] = attrs.field(factory=dict[str, Told])
    secrets: frozenset[str] = frozenset()


@attrs.frozen
class Answer:
    """What one node told.

    Attributes:
        node: The node.
        installation: What it has in common with others; one object for all of them.
        own: The variables that it has set, and those that the driver read for it, by their names.
    """

    node: Node
    installation: Installation
    own: Mapping[str, Told]

    @property
    def readings(self) -> Mapping[str, Told]:
        """All variables by their names."""
        return ChainMap(dict(self.own), dict(self.installation.usual))


class Reader:
    """Reads answers: what many nodes have in common is parsed once, and kept once.

    Args:
        registry: The driver's registry, which reads the texts of nodes that cannot do so themselves.

    >>> from envatlas.vllm import registry
    >>> from envatlas_vllm_ray.asking import answer
    >>> from envatlas_vllm_ray.questions import question_of
    >>> reader, node = Reader(registry), Node("1", "one", "10.0.0.1")
    >>> reader.read(node, answer(question_of(registry, b"key"), {"VLLM_PORT": "5000"})).own["VLLM_PORT"].value
    '5000'
    """

    def __init__(self, registry: Registry) -> None:
        self._variables = {variable.name: (variable, inputs(variable)) for variable in registry}
        self._installations: dict[str, Installation] = {}
        self._told: dict[Told, Told] = {}
        self._by_texts: dict[tuple[str | None, ...], Told] = {}

    def read(self, node: Node, raw: bytes) -> Answer:
        """Return what a node told.

        >>> from envatlas.vllm import registry
        >>> from envatlas_vllm_ray.asking import answer
        >>> from envatlas_vllm_ray.questions import question_of
        >>> node = Node("1", "one", "10.0.0.1")
        >>> Reader(registry).read(node, answer(question_of(registry, b"key"), {})).installation.trouble
        ''
        """
        told: dict[str, Any] = json.loads(raw)
        installation = self._installations.get(told["usual"])
        if installation is None:
            installation = self._installations[told["usual"]] = self._installed(json.loads(told["usual"]))
        own = self._readings(told["own"])
        missing = self._variables.keys() - own.keys() - installation.usual.keys()
        own |= {name: self._by_driver(name, told["texts"], told["digests"], installation.secrets) for name in missing}
        return Answer(node, installation, own)

    def _installed(self, usual: Mapping[str, Any]) -> Installation:
        plugins = {name: Installed(**each) for name, each in usual["plugins"].items()}
        readings = self._readings(usual["readings"])
        secrets = frozenset(usual["secrets"])
        return Installation(usual["python"], usual["envatlas"], usual["trouble"], plugins, readings, secrets)

    def _readings(self, told: Mapping[str, Mapping[str, Any]]) -> dict[str, Told]:
        return {name: self._one(*map(each.get, _MEMBERS)) for name, each in told.items()}

    def _by_driver(
        self, name: str, texts: Mapping[str, str], digests: Mapping[str, str], secrets: Collection[str]
    ) -> Told:
        """Return a variable of which a node told only what it is read from."""
        variable, names = self._variables[name]
        is_secret = variable.secret or any(each in secrets for each in names)
        texts = digests if is_secret else texts
        key = (name, str(is_secret), *map(texts.get, names), *map(digests.get, names))
        told = self._by_texts.get(key)
        if told is None:
            told = self._by_texts[key] = self._read(variable, texts, digests, is_secret=is_secret)
        return told

    def _read(
        self, variable: Variable[object], texts: Mapping[str, str], digests: Mapping[str, str], *, is_secret: bool
    ) -> Told:
        found = find_text(variable, texts)
        value: object = None if found is None else found[1]
        error = ""
        if not is_secret:
            try:
                read_as = read(variable, texts)
                shown = json_value(variable, read_as)
                value = (
                    value if shown is None and read_as is not None else shown
                )  # its text, where nothing stands for it
            except InvalidValueError as refused:
                error = refused.expected
        digest = None if found is None else digests[found[0]]
        return self._one(value, found is not None, error, str(variable.scope), is_secret, digest)

    def _one(self, value: object, *others: Any) -> Told:  # noqa: ANN401  the other members of a Told
        told = Told(json.dumps(value, sort_keys=True), *others)
        return self._told.setdefault(told, told)


def concealed(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """Return answers in which what any node calls a secret is one on all: its plugin may be of two versions.

    >>> own = {"A_KEY": Told('"AKIA"', True, "", "cluster", False, "d1")}
    >>> other = {"A_KEY": Told('"d1"', True, "", "cluster", True, "d1")}
    >>> node, installation = Node("1", "one", "10.0.0.1"), Installation("3.11.7", "0.1.0", "")
    >>> [each.own["A_KEY"].value for each in concealed([Answer(node, installation, each) for each in (own, other)])]
    ['"d1"', '"d1"']
    """
    answers = tuple(answers)
    installations = {answer.installation for answer in answers}
    everything = (*(each.usual for each in installations), *(answer.own for answer in answers))
    secrets = {name for readings in everything for name, told in readings.items() if told.secret}
    kept = {each: attrs.evolve(each, usual=_concealed(each.usual, secrets)) for each in installations}
    return tuple(
        attrs.evolve(answer, installation=kept[answer.installation], own=_concealed(answer.own, secrets))
        for answer in answers
    )


def _concealed(readings: Mapping[str, Told], secrets: Collection[str]) -> Mapping[str, Told]:
    return {name: told.concealed() if name in secrets and not told.secret else told for name, told in readings.items()}
