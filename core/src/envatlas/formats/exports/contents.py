"""Contents: what of an environment is exported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet

import attrs

from envatlas.defaults import Computed
from envatlas.redaction import holds_secret
from envatlas.values import inputs
from envatlas.variable import Variable


@attrs.frozen(repr=False)  # a representation would show secrets
class Contents:
    """What of an environment is exported.

    Attributes:
        texts: The texts by their names.
        secrets: The names of those that are secrets.
        left_out: The names of the secrets that are set, and that nobody asked for.
        comments: What to say above a name, and of a variable that has no text.
    """

    texts: Mapping[str, str] = attrs.field(repr=False)  # for whoever shows objects by their fields
    secrets: AbstractSet[str] = frozenset()
    left_out: tuple[str, ...] = ()
    comments: Mapping[str, str] = attrs.field(factory=dict[str, str])


def contents_of(  # noqa: PLR0913  each says something else
    chosen: Collection[Variable[object]],
    variables: Collection[Variable[object]],
    environ: Mapping[str, str],
    *,
    asked: AbstractSet[str] = frozenset(),
    with_unset: bool = False,
    with_help: bool = False,
) -> Contents:
    """Return what is exported: every text from which a chosen variable is read.

    A variable reads the same where these texts are all that is set. That is why an unset one, the text of whose
    default another variable would read, has a comment instead.

    Args:
        chosen: The variables to export. What holds the text of a secret is one, whatever it is called.
        variables: All variables, for what is a secret and what depends on what.
        environ: The environment.
        asked: The names of the secrets that are exported.
        with_unset: Whether unset variables are exported as well: with the text of their default, or as a comment
            where it has none.
        with_help: Whether each variable has its help as a comment.

    >>> from envatlas import Integer, Variable
    >>> port = Variable("A_PORT", Integer(), default=80, help="The port.")
    >>> contents_of([port], [port], {"A_PORT": "8080", "B_PORT": "1"}).texts
    {'A_PORT': '8080'}
    """
    declared = {name for each in variables if each.secret for name in each.sources}
    holders = {
        name for each in chosen for name in each.sources if holds_secret(environ.get(name, ""), declared, environ)
    }
    secrets = declared | holders
    hidden = secrets - asked
    readers = _readers(variables) if with_unset else {}
    texts: dict[str, str] = {}
    comments: dict[str, str] = {}
    left_out: set[str] = set()
    for variable in chosen:
        is_set = [name for name in variable.sources if name in environ]
        left_out.update(hidden.intersection(is_set))
        shown = {name: environ[name] for name in is_set if name not in hidden}
        if with_unset and not is_set:
            shown = _default_texts(variable, readers)
            comments |= {} if shown else {variable.sources[0]: _unset(variable, with_help=with_help)}
        texts |= shown
        comments |= dict.fromkeys(shown if with_help else (), variable.help)
    return Contents(texts, secrets & texts.keys(), tuple(sorted(left_out)), comments)


def _readers(variables: Iterable[Variable[object]]) -> dict[str, set[str]]:
    """Return which variables read each name, be it for a default."""
    readers: dict[str, set[str]] = {}
    for variable in variables:
        for name in inputs(variable):
            readers.setdefault(name, set()).add(variable.name)
    return readers


def _default_texts(variable: Variable[object], readers: Mapping[str, AbstractSet[str]]) -> dict[str, str]:
    """Return the default's text by the name to write it under; nothing if it has none, or another would read it."""
    name = variable.sources[0]
    if variable.default is None or isinstance(variable.default, Computed) or readers[name] != {variable.name}:
        return {}
    return {name: variable.kind.render(variable.default)}  # a declaration whose default has no text is refused


def _unset(variable: Variable[object], *, with_help: bool) -> str:
    said = f"{variable.name} is unset; its default is {variable.default_text}."
    return f"{said} {variable.help}" if with_help else said
