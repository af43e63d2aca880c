"""Held texts: what each variable of an environment is set to, for the checks that look at texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import attrs

from envatlas.owner import Owner
from envatlas.redaction import SHOWN_AS
from envatlas.registry import Registry
from envatlas.values import find_text, parse
from envatlas.variable import Variable


@attrs.frozen
class Held:
    """A text that a variable has.

    Attributes:
        variable: The variable.
        owner: Who declared it.
        name: The name under which the text was found.
        text: The text.

    >>> from envatlas.vllm import registry
    >>> port = registry["VLLM_PORT"]
    >>> print(Held(port, registry.owner("VLLM_PORT"), "VLLM_PORT", "five"))
    VLLM_PORT='five'
    """

    variable: Variable[object]
    owner: Owner
    name: str
    text: str = attrs.field(repr=False)

    def __str__(self) -> str:
        return f"{self.name}={SHOWN_AS if self.variable.secret else repr(self.text)}"

    def value(self, environ: Mapping[str, str]) -> object:
        """Return what the text is read as.

        Raises:
            InvalidValueError: The variable's kind refuses it.

        >>> from envatlas.vllm import registry
        >>> Held(registry["VLLM_PORT"], registry.owner("VLLM_PORT"), "VLLM_PORT", "5000").value({})
        5000
        """
        return parse(self.variable, self.name, self.text, environ, self.owner)

    def with_text(self, text: str) -> Held:
        """Return the same with another text.

        >>> from envatlas.vllm import registry
        >>> print(Held(registry["VLLM_PORT"], registry.owner("VLLM_PORT"), "VLLM_PORT", "five").with_text("5"))
        VLLM_PORT='5'
        """
        return attrs.evolve(self, text=text)


def held_texts(registry: Registry, environ: Mapping[str, str], without: Collection[str] = ()) -> Iterator[Held]:
    """Yield what the variables of a registry are set to; not its selection, which is no value.

    Args:
        registry: The registry.
        environ: The environment; what it sets without telling the text is left out.
        without: Names whose texts are left out.

    >>> from envatlas.vllm import registry
    >>> [str(held) for held in held_texts(registry, {"VLLM_PORT": "5000", "VLLM_PROT": "5000"})]
    ["VLLM_PORT='5000'"]
    """
    for variable in registry:
        if variable.name == registry.filter_variable:
            continue
        try:
            found = find_text(variable, environ)
        except LookupError:
            continue
        if found is not None and found[0] not in without:
            yield Held(variable, registry.owner(variable.name), *found)


def told(environ: Mapping[str, str], name: str) -> str | None:
    """Return the text of a name; None where it is unset, or set without being told.

    >>> told({"A": "1"}, "A"), told({}, "A")
    ('1', None)
    """
    try:
        return environ.get(name)
    except LookupError:
        return None
