"""Readings: what one variable is set to, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from envatlas.environs import Environ, UntoldTextError, Via
from envatlas.errors import InvalidValueError
from envatlas.owner import Owner
from envatlas.redaction import holds_secret
from envatlas.sources import Declared, read_source
from envatlas.values import Moment, find_text, inputs, read
from envatlas.variable import Variable


class Declarations:
    """Where variables are declared, as the sources of their plugins tell; each source is read once, when it is needed.

    Args:
        modules: The module of each plugin.
    """

    def __init__(self, modules: Mapping[Owner, str]) -> None:
        self.modules = modules
        self._found: dict[Owner, dict[str, Declared]] = {}

    def find(self, owner: Owner, name: str) -> Declared | None:
        """Return a variable's declaration; None where no source tells it, as for a registry's own variable.

        >>> Declarations({}).find(Owner("(registry)", "envatlas", "1"), "VLLM_PLUGINS") is None
        True
        """
        if owner not in self._found:
            module = self.modules.get(owner)
            declared = () if module is None else read_source(module).declared
            self._found[owner] = {each.name: each for each in declared}
        return self._found[owner].get(name)


@attrs.frozen
class Relations:
    """What a registry knows of its variables beyond each one.

    Attributes:
        dependents: The names of the variables that depend on each name.
        declarations: Where they are declared.
        secrets: All names that secrets are read from, also of plugins that are not active.
    """

    dependents: Mapping[str, tuple[str, ...]]
    declarations: Declarations
    secrets: frozenset[str] = frozenset()


@attrs.frozen
class Reading:
    """One variable explained. A secret's text and value are not in it: only whether it is set.

    Attributes:
        variable: The variable.
        owner: Who declared it.
        source: The name that its text was found under; None if it is unset.
        text: Its text; None if it is unset, a secret, or not known.
        value: Its value; None if it cannot be read, is a secret, or is not known.
        error: Why it cannot be read, if it cannot.
        untold: Why its value is not known, in words: no file tells its text, or what it depends on; empty if it is.
        secret: Whether nothing of its text may be shown: it is a secret, comes from a Kubernetes Secret, or holds the
            text of one.
        dependents: The names of the variables whose values or effects depend on it.
        module: The module that declares it; empty for a registry's own.
        declarations: Where to look for its declaration.
    """

    variable: Variable[object]
    owner: Owner
    source: str | None
    text: str | None
    value: object
    error: InvalidValueError | None = None
    untold: str = ""
    secret: bool = False
    dependents: tuple[str, ...] = ()
    module: str = attrs.field(default="", repr=False)
    declarations: Declarations = attrs.field(factory=lambda: Declarations({}), eq=False, repr=False)

    @property
    def is_set(self) -> bool:
        """Whether its value comes from the environment, and not from its default."""
        return self.source is not None

    @property
    def origin(self) -> str:
        """Where its value comes from: ``default``, ``environment``, or the other name that it was read from."""
        if self.source is None:
            return "default"
        return "environment" if self.source == self.variable.name else self.source

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The names of the variables that its value or its effect depends on, its own left out."""
        return depends_on(self.variable)

    @property
    def declared_at(self) -> Declared | None:
        """The declaration in its plugin's source, with file and line; None where the source does not tell."""
        return self.declarations.find(self.owner, self.variable.name)


def take_reading(variable: Variable[object], owner: Owner, environ: Mapping[str, str]) -> Reading:
    """Return the reading of one variable in an environment.

    Args:
        variable: The variable.
        owner: Who declared it.
        environ: The environment.

    >>> from envatlas import Integer, Variable
    >>> port = Variable("A_PORT", Integer(), default=80, help="The port.")
    >>> take_reading(port, Owner("a", "a", "1"), {"A_PORT": "8080"}).value
    8080
    """
    # A file stands still, and tells of a text that it does not know only to who looks at that.
    moment = environ if isinstance(environ, Environ) else Moment.of(variable, environ)
    source = text = None
    try:
        source, text = find_text(variable, moment) or (None, None)
        value = read(variable, moment, owner)
    except InvalidValueError as error:
        why = why_untold(variable, environ, error)
        shown = None if variable.secret else text
        return Reading(variable, owner, source, shown, None, None if why else error, why, secret=variable.secret)
    except UntoldTextError as untold:
        return Reading(variable, owner, untold.variable, None, None, untold=untold.why, secret=variable.secret)
    if variable.secret:
        return Reading(variable, owner, source, None, None, secret=True)
    return Reading(variable, owner, source, text, value)


def without_secrets(reading: Reading, names: Iterable[str], environ: Mapping[str, str]) -> Reading:
    """Return a reading with nothing of its text, if that comes from a Kubernetes Secret or holds a secret's text.

    Args:
        reading: The reading.
        names: The names that secrets are read from.
        environ: The environment.

    >>> from envatlas import Text, Variable
    >>> title = Variable("A_TITLE", Text(), default="", help="The title.")
    >>> environ = {"A_TITLE": "key sk-12345", "A_KEY": "sk-12345"}
    >>> reading = take_reading(title, Owner("a", "a", "1"), environ)
    >>> without_secrets(reading, ["A_KEY"], environ).text is None
    True
    """
    text = reading.text
    if text is None or not (_comes_from_secret(reading, environ) or holds_secret(text, names, environ)):
        return reading
    error = None if reading.error is None else attrs.evolve(reading.error, text=None)
    return attrs.evolve(reading, text=None, value=None, error=error, secret=True)


def _comes_from_secret(reading: Reading, environ: Mapping[str, str]) -> bool:
    if reading.source is None or not isinstance(environ, Environ):
        return False
    return environ.place_of(reading.source).via is Via.SECRET


def why_untold(variable: Variable[object], environ: Mapping[str, str], error: InvalidValueError) -> str:
    """Return why no file tells what a value depends on, such as a container's home; empty if it is unreadable itself.

    The error of a secret has no cause, so the variables that its value depends on are looked at.

    Args:
        variable: The variable.
        environ: The environment.
        error: What reading it there raised.

    >>> from envatlas import Integer, InvalidValueError, Variable
    >>> port = Variable("A_PORT", Integer(), default=80, help="The port.")
    >>> why_untold(port, {}, InvalidValueError("A_PORT", "A_PORT", "x", "a whole number", "80", None))
    ''
    """
    if isinstance(error.__cause__, UntoldTextError):
        return error.__cause__.why
    for name in inputs(variable) if variable.secret else ():
        try:
            environ.get(name)
        except UntoldTextError as untold:
            return untold.why
    return ""


def depends_on(variable: Variable[object]) -> tuple[str, ...]:
    """Return the names of the variables that a variable's value or effect depends on, its own left out.

    >>> from envatlas import Path, Variable, user_cache
    >>> depends_on(Variable("CACHE", Path(), default=user_cache("acme"), help="Where files are kept."))
    ('HOME', 'XDG_CACHE_HOME')
    """
    of_effect = () if variable.only_with is None else (variable.only_with,)
    return tuple(dict.fromkeys(name for name in (*inputs(variable), *of_effect) if name != variable.name))


def dependents_of(variables: Iterable[Variable[object]]) -> dict[str, tuple[str, ...]]:
    """Return the names of the variables that depend on each name, for all names that any depends on.

    >>> from envatlas import OneFlag, Variable
    >>> quiet = Variable("A_QUIET", OneFlag(), default=False, help="Says less.", only_with="A_LOG")
    >>> dependents_of([quiet])
    {'A_LOG': ('A_QUIET',)}
    """
    found: dict[str, tuple[str, ...]] = {}
    for variable in variables:
        for name in depends_on(variable):
            found[name] = (*found.get(name, ()), variable.name)
    return found
