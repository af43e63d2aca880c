"""A variable: the one declaration from which everything else is derived."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar, cast, final

import attrs

from envatlas.defaults import Computed, written
from envatlas.errors import DeclarationError
from envatlas.expectations import Expectation
from envatlas.kinds import Kind, implements

T_co = TypeVar("T_co", covariant=True)


class Scope(enum.StrEnum):
    """Who must share a variable's value."""

    BUILD = "build"
    """It matters while the application is built, and to no process that runs."""
    CLUSTER = "cluster"
    """Every process of a deployment, on every node, must have the same."""
    NODE = "node"
    """The processes of one node share it; another node may, or must, have another."""
    PROCESS = "process"
    """Each process has its own."""


@attrs.frozen
class Deprecated:
    """That a variable is on its way out.

    Args:
        since: The application's version that deprecated it.
        reason: Why, in one sentence.
        replacement: The name of the variable to use instead, or None where there is none.

    >>> Deprecated("0.9", "V0 is gone.").replacement is None
    True
    """

    since: str
    reason: str
    replacement: str | None = None


def _comparable(default: object) -> object:
    """Return what a default is compared by: NaN, which differs from itself, would make equal declarations differ."""
    return default if default == default else repr(default)  # noqa: PLR0124


@final
@attrs.frozen(hash=False)
class Variable(Generic[T_co]):
    """One environment variable: what it is called, how it is read, and what it means.

    Args:
        name: The name, one that every shell accepts.
        kind: How its text becomes a value.
        default: The value while it is unset, or how to compute it.
        help: One sentence: its effect, its unit, what unset means.
        unit: The unit of its value: ``"s"``, ``"GiB"``.
        scope: Who must share its value.
        secret: Whether its text must never be shown.
        affects_compilation: Whether a compiled graph depends on it.
        internal: Whether it is not for operators: for tests, or set by the application itself.
        reads: The names that it is read from, in order, where that is not just its own; its own counts only if it
            is one of them. The first that is set and not empty counts; if all that are set are empty, the first of
            those.
        only_with: The name of a variable without which (while it reads as false, zero, empty or None) this one
            has no effect.
        expects: What its documentation allows; it never changes a reading.
        deprecated: That it is on its way out, since when and why; the first read that finds it set warns.
        formerly: The names that it had before, each with its deprecation, whose replacement is this variable. It is
            read from them as well, after all others, so that its own name wins where both are set.

    Raises:
        DeclarationError: The declaration makes no sense; the error says which rule it breaks.

    >>> from envatlas import Integer, Variable
    >>> Variable("VLLM_PORT", Integer(), default=None, help="First port of the engine's own traffic.").name
    'VLLM_PORT'
    """

    name: str
    kind: Kind[T_co]
    default: T_co | Computed[T_co] = attrs.field(kw_only=True, eq=_comparable)
    help: str = attrs.field(kw_only=True)
    unit: str | None = attrs.field(default=None, kw_only=True)
    scope: Scope = attrs.field(default=Scope.CLUSTER, kw_only=True)
    secret: bool = attrs.field(default=False, kw_only=True)
    affects_compilation: bool = attrs.field(default=False, kw_only=True)
    internal: bool = attrs.field(default=False, kw_only=True)
    reads: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    only_with: str | None = attrs.field(default=None, kw_only=True)
    expects: Expectation | None = attrs.field(default=None, kw_only=True)
    deprecated: Deprecated | None = attrs.field(default=None, kw_only=True)
    formerly: Mapping[str, Deprecated] = attrs.field(factory=dict[str, Deprecated], kw_only=True)

    def __attrs_post_init__(self) -> None:
        for rule in _RULES:
            rule(self)

    def __hash__(self) -> int:
        return hash(self.name)  # a default may be a list

    @property
    def sources(self) -> tuple[str, ...]:
        """The names that it is read from, in order.

        >>> from envatlas import OneFlag, Variable
        >>> Variable("VLLM_CI_USE_S3", OneFlag(), default=False, help="Load from S3.").sources
        ('VLLM_CI_USE_S3',)
        """
        return (*(self.reads or (self.name,)), *self.formerly)

    @property
    def default_text(self) -> str:
        """The default in words.

        >>> from envatlas import Path, Variable, user_cache
        >>> Variable("CACHE", Path(), default=user_cache("acme"), help="Where files are kept.").default_text
        '~/.cache/acme, or $XDG_CACHE_HOME/acme'
        """
        default = cast("object", self.default)
        return default.description if isinstance(default, Computed) else written(default)


def is_name(name: object) -> bool:
    """Return whether a name is one that every shell accepts.

    >>> is_name("A_PORT"), is_name("A-PORT")
    (True, False)
    """
    return isinstance(name, str) and name.isascii() and name.isidentifier()


def is_said(text: object) -> bool:
    """Return whether a text says something.

    >>> is_said("The port."), is_said(" ")
    (True, False)
    """
    return isinstance(text, str) and bool(text.strip())


def _name_is_portable(variable: Variable[object]) -> None:
    if not is_name(variable.name):
        raise DeclarationError(
            str(variable.name),
            "a name is ASCII letters, digits and underscores, and does not start with a digit",
            repr(variable.name),
            "rename it",
        )


def _kind_is_a_kind(variable: Variable[object]) -> None:
    kind: object = variable.kind
    if isinstance(kind, type):
        raise DeclarationError(
            variable.name,
            "kind is an instance",
            f"the class {kind.__name__}",
            f"write {kind.__name__}()",
        )
    _refuse_unless(
        variable, implements(kind, Kind), "kind: it implements the protocol envatlas.Kind", repr(kind), "correct kind"
    )


def _help_is_a_sentence(variable: Variable[object]) -> None:
    _refuse_unless(
        variable,
        is_said(variable.help),
        "help says what the variable does",
        repr(variable.help),
        "write a sentence: its effect, its unit, what unset means",
    )


def _flags_are_of_their_types(variable: Variable[object]) -> None:
    for flag in ("secret", "affects_compilation", "internal"):
        _require(variable, flag, getattr(variable, flag), bool, "it is True or False")
    _require(variable, "scope", variable.scope, Scope, "it is one of Scope's members")
    if variable.unit is not None:
        _refuse_unless(
            variable,
            is_said(variable.unit),
            "unit is a text that is not empty, or None",
            repr(variable.unit),
            'name the unit, such as "s" or "GiB"',
        )
    if variable.expects is not None:
        _refuse_unless(
            variable,
            implements(variable.expects, Expectation),
            "expects: it implements the protocol envatlas.Expectation",
            repr(variable.expects),
            "correct expects",
        )


def _other_names_are_portable(variable: Variable[object]) -> None:
    reads = variable.reads
    _require(variable, "reads", reads, tuple, "it is a tuple of names")
    _refuse_unless(
        variable,
        all(map(is_name, reads)) and len(set(reads)) == len(reads),
        "reads are different names that every shell accepts",
        repr(reads),
        "list each name once, in the order in which they count",
    )
    if variable.only_with is not None:
        _refuse_unless(
            variable,
            is_name(variable.only_with) and variable.only_with != variable.name,
            "only_with names another variable",
            repr(variable.only_with),
            "name the variable without which this one has no effect",
        )


def _secret_has_no_default(variable: Variable[object]) -> None:
    _refuse_unless(
        variable,
        not variable.secret or variable.default is None or isinstance(variable.default, Computed),
        "a secret has no default",
        "a default, which is not shown here",
        "use default=None",
    )


def _default_renders(variable: Variable[object]) -> None:
    default = variable.default
    if default is None or isinstance(default, Computed):
        return
    try:
        text = variable.kind.render(default)
        again = variable.kind.parse(text)
    except Exception as error:
        rule = f"the kind {variable.kind.name!r} can render the default"
        raise _default_error(variable, rule, f"{default!r} ({error})") from error
    if again != default and again == again:  # noqa: PLR0124  NaN differs from itself
        raise _default_error(
            variable, "the default reads back as itself", f"{default!r}, which reads back as {again!r}"
        )


def _default_is_expected(variable: Variable[object]) -> None:
    default, expects = variable.default, variable.expects
    if default is None or expects is None or isinstance(default, Computed):
        return
    try:
        is_allowed = expects.allows(default)
    except Exception as error:
        raise _default_error(variable, "expects can tell whether it allows the default", f"{error!r}") from error
    if not is_allowed:
        raise _default_error(variable, f"the default is {expects.describe()}", repr(default))


def _deprecation_has_a_reason(variable: Variable[object]) -> None:
    deprecated = variable.deprecated
    if deprecated is None:
        return
    _require(variable, "deprecated", deprecated, Deprecated, "it is a Deprecated")
    _require_reason(variable, deprecated)
    if deprecated.replacement is not None:
        _refuse_unless(
            variable,
            is_name(deprecated.replacement) and deprecated.replacement != variable.name,
            "a deprecated variable's replacement is another variable",
            repr(deprecated.replacement),
            "name the variable to use instead, or None",
        )


def _former_names_are_others(variable: Variable[object]) -> None:
    formerly = variable.formerly
    _require(variable, "formerly", formerly, Mapping, "it has a Deprecated for each former name")
    for name, deprecated in formerly.items():
        _refuse_unless(
            variable,
            is_name(name) and name not in {variable.name, *variable.reads},
            "a former name is one that every shell accepts, and that the variable has not now",
            repr(name),
            "name in formerly what the variable was called, and in reads what it is read from besides",
        )
        _require(variable, f"formerly[{name!r}]", deprecated, Deprecated, "it is a Deprecated")
        _require_reason(variable, deprecated)
        _refuse_unless(
            variable,
            deprecated.replacement in {None, variable.name},
            "what replaces a former name is the variable itself",
            repr(deprecated.replacement),
            "leave the replacement out",
        )


_RULES: tuple[Callable[[Variable[object]], None], ...] = (
    _name_is_portable,
    _kind_is_a_kind,
    _help_is_a_sentence,
    _flags_are_of_their_types,
    _other_names_are_portable,
    _secret_has_no_default,
    _default_renders,
    _default_is_expected,
    _deprecation_has_a_reason,
    _former_names_are_others,
)


def _require_reason(variable: Variable[object], deprecated: Deprecated) -> None:
    _refuse_unless(
        variable,
        is_said(deprecated.since) and is_said(deprecated.reason),
        "a deprecation says since when, and why",
        repr(deprecated),
        "give since and reason",
    )


def _default_error(variable: Variable[object], rule: str, got: str) -> DeclarationError:
    remedy = "use a value that a text can stand for, or a Computed default"
    return DeclarationError(variable.name, rule, got, remedy)


def _require(variable: Variable[object], field: str, value: object, type_: type, rule: str) -> None:
    _refuse_unless(variable, isinstance(value, type_), f"{field}: {rule}", repr(value), f"correct {field}")


def _refuse_unless(variable: Variable[object], holds: bool, rule: str, got: str, remedy: str) -> None:
    if not holds:
        raise DeclarationError(variable.name, rule, got, remedy)
