"""Choices: what plugins add to the choices of variables that another declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypeGuard

import attrs

from envatlas.contributions import HookError, collect, problem
from envatlas.distributions import describe
from envatlas.errors import DeclarationError
from envatlas.expectations import EachOf, OneOf
from envatlas.kinds import Kind, implements, require
from envatlas.messages import Message, alternatives
from envatlas.owner import Owner
from envatlas.spelling import nearest_names
from envatlas.variable import Variable, is_name

if TYPE_CHECKING:
    from envatlas.loading import PluginRecord

HOOK: Final = "envatlas_choices"


@attrs.frozen(init=False)
class AddedChoices:
    """Choices that a plugin adds to those of a variable, which may be another plugin's.

    They widen what its documentation allows; where its kind is `Choice` or `ExactChoice`, they widen that as well,
    since nobody could set them otherwise. What a text is read as never changes.

    Args:
        variable: The variable's name.
        choices: The values, as the variable is read.

    Raises:
        DeclarationError: The variable is not said by its name, or there is no choice.

    >>> AddedChoices("VLLM_ATTENTION_BACKEND", "ACME_ATTN").choices
    ('ACME_ATTN',)
    """

    variable: str
    choices: tuple[object, ...]

    def __init__(self, variable: str, *choices: object) -> None:
        if not is_name(variable):
            rule = "AddedChoices names a variable"
            raise DeclarationError(str(variable), rule, repr(variable), "give its name as a text")
        if not choices:
            raise DeclarationError(variable, "AddedChoices has at least one choice", "none", "name the choices")
        object.__setattr__(self, "variable", variable)
        object.__setattr__(self, "choices", choices)


class ChoicesPlugin(Protocol):
    """What a plugin's module or object has that adds choices to variables."""

    def envatlas_choices(self) -> Iterable[AddedChoices]:
        """Return the choices that the plugin adds."""
        ...


@attrs.frozen
class AddedChoice:
    """One choice that was added to a variable.

    Attributes:
        choice: The value.
        owner: The plugin that added it.
    """

    choice: object
    owner: Owner


class Widening:
    """Variables as they are with what plugins add, plugin by plugin.

    Args:
        variables: The active variables by their names.
        may_be_inactive: Returns whether a plugin that is not active may declare a name.

    Attributes:
        variables: The same, those with added choices widened.
        declared: Those as they were declared.
        added: What was added to them.
        problems: What is wrong with what plugins add.

    >>> from envatlas import Choice, Variable
    >>> mode = Variable("A_MODE", Choice("x", "y"), default=None, help="The mode.")
    >>> widening = Widening({"A_MODE": mode}, lambda name: False)
    >>> widening.add(AddedChoices("A_MODE", "z"), Owner("acme", "acme-vllm", "1.2"))
    >>> widening.variables["A_MODE"].kind
    Choice(choices=('x', 'y', 'z'))
    """

    def __init__(self, variables: Mapping[str, Variable[object]], may_be_inactive: Callable[[str], bool]) -> None:
        self.variables = dict(variables)
        self.declared: dict[str, Variable[object]] = {}
        self.added: dict[str, tuple[AddedChoice, ...]] = {}
        self.problems: list[HookError] = []
        self._may_be_inactive = may_be_inactive

    def add_all(self, plugin: PluginRecord) -> None:
        """Add what a plugin contributes; what makes no sense is a problem, and the rest counts."""
        found, wrong = collect(plugin, HOOK, AddedChoices)
        self.problems += wrong
        for each in found:
            self.add(each, plugin.owner)

    def add(self, added: AddedChoices, owner: Owner) -> None:
        """Add choices to a variable, but for those that it has."""
        name = added.variable
        try:
            if name in self.variables:
                self._widen(self.variables[name], added.choices, owner)
            elif not self._may_be_inactive(name):
                self._refuse(owner, _undeclared(name, nearest_names(name, self.variables)))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  a kind may be a plugin's own, and so may what adds to it
            why = error.why if isinstance(error, _RefusedError) else describe(error)
            self._refuse(owner, Message("it adds choices to {variable}: {why}", variable=name, why=why), error)

    def _widen(self, variable: Variable[object], added: Iterable[object], owner: Owner) -> None:
        name, choices = variable.name, _missing(added, _choices(variable))
        widened = _widened(variable, choices)
        if choices:
            self.variables[name] = widened
            self.declared.setdefault(name, variable)
            self.added[name] = (*self.added.get(name, ()), *(AddedChoice(each, owner) for each in choices))

    def _refuse(self, owner: Owner, reason: str, cause: BaseException | None = None) -> None:
        self.problems.append(problem(owner, reason, cause))


class _ChoiceKind(Kind[object], Protocol):
    """A kind that can have more choices, such as `Choice` and `ExactChoice`."""

    @property
    def choices(self) -> Sequence[str]:
        """The choices that it has."""
        ...

    def with_choices(self, *choices: str) -> Kind[object]:
        """Return the kind with more choices."""
        ...


class _RefusedError(Exception):
    """Why choices cannot be added, in words."""

    def __init__(self, why: Message) -> None:
        super().__init__(why)
        self.why = why


def _undeclared(name: str, nearest: Sequence[str]) -> Message:
    found = Message("it adds choices to {variable}, which nobody declares", variable=name)
    return Message("{found}; did you mean {names}?", found=found, names=alternatives(nearest)) if nearest else found


def _missing(added: Iterable[object], there: Sequence[object]) -> list[object]:
    missing: list[object] = []
    for each in added:  # which may have no hash
        if each not in there and each not in missing:
            missing.append(each)
    return missing


def _choices(variable: Variable[object]) -> Sequence[object]:
    """Return the choices that a variable has.

    Raises:
        _RefusedError: It has none, or nobody may see them.
    """
    if variable.secret:
        raise _RefusedError(Message("it is a secret, and has none that could be shown"))
    kind = variable.kind
    match variable.expects:
        case OneOf(choices=choices) | EachOf(each=OneOf(choices=choices)):
            return choices
        case _ if _has_choices(kind):
            return kind.choices
        case _:
            raise _RefusedError(
                Message("it has none; only those of Choice, of ExactChoice, and of an expected OneOf, can be added to")
            )


def _widened(variable: Variable[object], choices: Sequence[object]) -> Variable[object]:
    """Return a variable with more choices.

    Raises:
        _RefusedError: No text reads as one of them.
    """
    kind, expects = variable.kind, variable.expects
    if _has_choices(kind):
        kind = kind.with_choices(*(require(str, each) for each in choices if each not in kind.choices))
    match expects:
        case OneOf(choices=its):
            expects = OneOf(*its, *choices)
        case EachOf(each=OneOf(choices=its)):
            expects = EachOf(OneOf(*its, *choices))
        case _:
            pass
    for each in choices:
        value = [each] if isinstance(expects, EachOf) else each
        if kind.parse(kind.render(value)) != value:
            raise _RefusedError(Message("no text of it reads as {choice}", choice=repr(each)))
    return attrs.evolve(variable, kind=kind, expects=expects)


def _has_choices(kind: Kind[object]) -> TypeGuard[_ChoiceKind]:
    return implements(kind, _ChoiceKind)
