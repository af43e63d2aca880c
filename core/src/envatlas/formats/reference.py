"""The reference of a registry: its variables, plugin by plugin, with all that is to be said of each in one language.

Every text in it is one line that acts on nothing: what a plugin says may hold any letters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import attrs

from envatlas.formats.facts import Fact, facts, flags_of, plugin_fact
from envatlas.formats.shown import one_line, printable, shown_reading
from envatlas.languages import Words
from envatlas.owner import Owner
from envatlas.readings import Reading
from envatlas.registry import OWN, Registry
from envatlas.variable import Scope

_ADDRESSES: Final = frozenset({"HOST", "HOST_IP", "PORT"})
"""What an internal variable is called, behind the prefix, that readers take for where clients are served."""


@attrs.frozen
class Entry:
    """One variable of a reference.

    Attributes:
        name: Its name.
        kind: Its kind's word.
        scope: Who must share its value.
        help: What it does.
        facts: What else there is to say.
        flags: What is said of it by a word, as `flags_of` has it.
        is_set: Whether it is set; None where the reference tells no values.
    """

    name: str
    kind: str
    scope: Scope
    help: str
    facts: tuple[Fact, ...]
    flags: frozenset[str]
    is_set: bool | None


@attrs.frozen
class Section:
    """One plugin of a reference.

    Attributes:
        plugin: Its name; `OWN` for the variables that are the registry's own.
        title: What stands above it.
        distribution: What brought it.
        version: Which version of that.
        entries: Its variables, by their names.
    """

    plugin: str
    title: str
    distribution: str
    version: str
    entries: tuple[Entry, ...]


@attrs.frozen
class Reference:
    """What a reference says in one language.

    Attributes:
        title: What stands above it.
        warnings: What a reader must know before all else.
        sections: Its plugins, by their names.
    """

    title: str
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of its variables."""
        return frozenset(entry.name for section in self.sections for entry in section.entries)


def reference_of(
    registry: Registry,
    words: Words,
    plugins: Collection[str] = (),
    *,
    with_values: bool = False,
    with_plugins: bool = False,
) -> Reference:
    """Return the reference of a registry's active plugins.

    Args:
        registry: The registry.
        words: The words of its language.
        plugins: The names of the plugins to show, with `OWN` for the registry's own variables and for what it warns
            of; all where it is empty.
        with_values: Whether to say what each variable is set to in the registry's environment; of a secret only that
            it is set.
        with_plugins: Whether to say at each variable which plugin declares it, for where its section has no title.

    >>> from envatlas.vllm import registry
    >>> sorted(reference_of(registry, Words("en"), ["rocm"]).names)
    ['VLLM_ROCM_FP8_PADDING', 'VLLM_USE_TRITON_FLASH_ATTN']
    """
    is_whole = not plugins or OWN in plugins
    environ: Mapping[str, str] = registry.environ if with_values else {}
    readings: dict[Owner, list[Reading]] = {}
    for variable in sorted(registry, key=lambda each: each.name):
        owner = registry.owner(variable.name)
        if not plugins or owner.plugin in plugins:
            readings.setdefault(owner, []).append(registry.explain(variable.name, environ))
    owners = sorted(readings, key=lambda owner: owner.plugin)
    writer = _Writer(registry, words, with_values, with_plugins)
    return Reference(
        one_line(words("Environment variables of {application}", application=registry.name)),
        tuple(_warnings(registry, [each for owner in owners for each in readings[owner]], words, whole=is_whole)),
        tuple(writer.section(owner, readings[owner]) for owner in owners),
    )


@attrs.frozen
class _Writer:
    """Makes sections and entries of readings."""

    registry: Registry
    words: Words
    with_values: bool
    with_plugins: bool

    def section(self, owner: Owner, readings: Sequence[Reading]) -> Section:
        plugin = one_line(owner.plugin)
        return Section(
            plugin,
            self.words("the registry itself") if owner.plugin == OWN else plugin,
            one_line(owner.distribution),
            one_line(owner.version),
            tuple(map(self.entry, readings)),
        )

    def entry(self, reading: Reading) -> Entry:
        variable, module = reading.variable, reading.module
        return Entry(
            variable.name,
            one_line(variable.kind.name),
            variable.scope,
            one_line(self.words.of_plugin(module, variable.help)),
            tuple(map(_in_one_line, self._facts(reading))),
            flags_of(variable),
            reading.is_set if self.with_values else None,
        )

    def _facts(self, reading: Reading) -> Iterator[Fact]:
        if self.with_values:
            yield _value(reading, self.words)
        added = self.registry.choices(reading.variable.name)
        yield from facts(reading.variable, self.words, reading.module, reading.dependents, added)
        if self.with_plugins:
            yield plugin_fact(reading.owner, self.words)


def _in_one_line(fact: Fact) -> Fact:
    """Return a fact on one line; the spaces of a value are a part of it."""
    text = printable(fact.text) if fact.is_code else one_line(fact.text)
    return attrs.evolve(fact, text=text, names=tuple(map(one_line, fact.names)))


def _value(reading: Reading, words: Words) -> Fact:
    """Return what a variable is set to."""
    is_told = reading.error is None and not reading.untold
    return Fact("value", words("value"), shown_reading(reading, words), is_code=is_told)


def _warnings(registry: Registry, readings: Sequence[Reading], words: Words, *, whole: bool) -> Iterator[str]:
    """Yield what the names make a trap of: for a cluster that sets them by itself, and for a reader."""
    service = one_line(registry.prefix.removesuffix("_").lower().replace("_", "-"))
    if service and whole:
        yield words(
            "In Kubernetes, no service may be called {service}, and none {service}-something: the cluster would set "
            "variables that start with {prefix} to the addresses of such a service, in every container of its "
            "namespace.",
            service=service,
            prefix=one_line(registry.prefix),
        )
    internal = (reading.variable.name for reading in readings if reading.variable.internal)
    names = [name for name in internal if name.removeprefix(registry.prefix) in _ADDRESSES]
    if names:
        yield words(
            "{names}: for the traffic between the application's own processes. The address at which it serves its "
            "clients is another, and is given to it otherwise.",
            names=", ".join(sorted(names)),
        )
