"""Facts: what there is to say of a variable's declaration, each with a word before it, in one language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from envatlas.defaults import Computed
from envatlas.descriptions import Description, describe
from envatlas.formats.shown import shown_value
from envatlas.languages import Words
from envatlas.messages import marked
from envatlas.owner import Owner
from envatlas.readings import depends_on
from envatlas.variable import Scope, Variable

if TYPE_CHECKING:
    from envatlas.choices import AddedChoice

_SCOPES: Final = {
    Scope.BUILD: marked("it matters while the application is built"),
    Scope.CLUSTER: marked("every process on every node must have the same"),
    Scope.NODE: marked("the processes of a node share it; another node may have another"),
    Scope.PROCESS: marked("each process has its own"),
}
_FLAGS: Final = {
    "secret": marked("secret"),
    "internal": marked("internal"),
    "affects_compilation": marked("affects compilation"),
    "deprecated": marked("deprecated"),
}


@attrs.frozen
class Fact:
    """One thing to say of a variable.

    Attributes:
        key: What it is about, in every language the same: ``default``.
        label: The word before it.
        text: What there is to say.
        names: The names of variables in it.
        is_code: Whether the text is a value as Python writes it, and no words.
    """

    key: str
    label: str
    text: str
    names: tuple[str, ...] = ()
    is_code: bool = False

    @property
    def pieces(self) -> tuple[str, ...]:
        """The text in pieces, of which every second one is a name of a variable.

        >>> Fact("only_with", "only with", "A_LOG, without which it has no effect", ("A_LOG",)).pieces
        ('', 'A_LOG', ', without which it has no effect')
        """
        names = "|".join(map(re.escape, sorted(filter(None, self.names), reverse=True)))
        return tuple(re.split(rf"(?<!\w)({names})(?!\w)", self.text, flags=re.ASCII)) if names else (self.text,)


def facts(
    variable: Variable[object],
    words: Words,
    module: str = "",
    dependents: Sequence[str] = (),
    added: Sequence[AddedChoice] = (),
) -> list[Fact]:
    """Return what there is to say of a variable besides its help text, in the order in which a reader asks.

    Args:
        variable: The variable.
        words: The words of the language.
        module: The module of the plugin that declares it; empty for a registry's own.
        dependents: The names of the variables that depend on it.
        added: The choices that plugins added to it.

    >>> from envatlas.vllm import registry
    >>> [(fact.label, fact.text) for fact in facts(registry["VLLM_FLASH_ATTN_VERSION"], Words("en"))][:3]
    [('kind', 'integer: a whole number'), ('default', 'None'), ('expects', 'one of 2, 3')]
    """
    described = describe(variable, words, module)
    return [
        *_of_value(variable, described, words, added),
        *_of_relations(variable, words, dependents),
        *_of_deprecation(variable, described, words),
    ]


def plugin_fact(owner: Owner, words: Words) -> Fact:
    """Return who declares a variable, for where nothing above it says so.

    >>> plugin_fact(Owner("cuda", "envatlas-vllm-cuda", "0.1.0"), Words("en")).text
    'cuda, envatlas-vllm-cuda 0.1.0'
    """
    return Fact("plugin", words("plugin"), _by(owner))


def flags_of(variable: Variable[object]) -> frozenset[str]:
    """Return what is said of a variable by a word: secret, internal, affects_compilation, deprecated.

    >>> from envatlas.vllm import registry
    >>> sorted(flags_of(registry["VLLM_API_KEY"]))
    ['secret']
    """
    return frozenset(flag for flag in _FLAGS if getattr(variable, flag))


def flag_words(words: Words) -> dict[str, str]:
    """Return the words for those flags.

    >>> flag_words(Words("en"))["affects_compilation"]
    'affects compilation'
    """
    return {flag: words(said) for flag, said in _FLAGS.items()}


def _of_value(
    variable: Variable[object], described: Description, words: Words, added: Sequence[AddedChoice]
) -> Iterator[Fact]:
    yield Fact("kind", words("kind"), _kind(variable, described, words))
    default: object = variable.default
    yield Fact("default", words("default"), described.default, is_code=not isinstance(default, Computed))
    if described.expects:
        yield Fact("expects", words("expects"), described.expects)
    for each in added:
        said = words("{choice}, by {plugin}", choice=shown_value(each.choice), plugin=_by(each.owner))
        yield Fact("added", words("added"), said)
    if described.unit:
        yield Fact("unit", words("unit"), described.unit)
    meaning = words(_SCOPES[variable.scope])
    yield Fact("scope", words("scope"), words("{scope}: {meaning}", scope=described.scope, meaning=meaning))
    flags = [word for flag, word in flag_words(words).items() if flag in flags_of(variable) - {"deprecated"}]
    if flags:
        yield Fact("flags", words("flags"), ", ".join(flags))


def _of_relations(variable: Variable[object], words: Words, dependents: Sequence[str]) -> Iterator[Fact]:
    if variable.sources != (variable.name,):
        yield _names("reads", words("read from"), variable.sources)
    needed = variable.only_with
    if needed is not None:
        text = words("{variable}, without which it has no effect", variable=needed)
        yield Fact("only_with", words("only with"), text, (needed,))
    others = [name for name in depends_on(variable) if name not in (*variable.sources, needed)]
    if others:
        yield _names("depends_on", words("depends on"), others)
    if dependents:
        yield _names("dependents", words("needed by"), dependents)


def _of_deprecation(variable: Variable[object], described: Description, words: Words) -> Iterator[Fact]:
    for name, reason in described.formerly.items():
        since = variable.formerly[name].since
        said = words("{name}, deprecated since {version}: {reason}", name=name, version=since, reason=reason)
        yield Fact("formerly", words("formerly"), said)
    deprecated = variable.deprecated
    if deprecated is None:
        return
    text = words("since {version}: {reason}", version=deprecated.since, reason=described.deprecated)
    instead = deprecated.replacement
    if instead is None:
        yield Fact("deprecated", words("deprecated"), text)
    else:
        use = words("Use {variable}.", variable=instead)  # not in the f-string, where only some Pythons find it
        text = f"{text} {use}"
        yield Fact("deprecated", words("deprecated"), text, (instead,))


def _by(owner: Owner) -> str:
    return f"{owner.plugin}, {owner.distribution} {owner.version}"


def _names(key: str, label: str, names: Sequence[str]) -> Fact:
    return Fact(key, label, ", ".join(names), tuple(names))


def _kind(variable: Variable[object], described: Description, words: Words) -> str:
    name, expected = variable.kind.name, described.expected
    if variable.kind.empty_is_unset:
        return words("{kind}: {expected}; empty means unset", kind=name, expected=expected)
    return words("{kind}: {expected}", kind=name, expected=expected)
