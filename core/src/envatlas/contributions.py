"""Contributions: what active plugins add by hooks that they may leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs

from envatlas.declarations import noun
from envatlas.owner import Owner
from envatlas.problems import PluginError, ProblemError, worded

if TYPE_CHECKING:
    from envatlas.loading import PluginRecord
    from envatlas.messages import Message

T = TypeVar("T")


@attrs.define(slots=False, eq=False, repr=False, str=False)
class HookError(ProblemError):
    """A plugin one of whose hooks fails, or adds what makes no sense; its variables count, and what else it adds.

    It is not in `envatlas.errors`, because a start without one should not pay for it.

    >>> print(HookError(Owner("acme", "acme-vllm", "1.2"), "calling its hook envatlas_removed raised OSError"))
    plugin 'acme', acme-vllm 1.2, is active, but not all of it: calling its hook envatlas_removed raised OSError
    """

    owner: Owner
    reason: str

    @property
    def message(self) -> Message:
        """What is wrong, in words that can be translated."""
        return worded("{owner}, is active, but not all of it: {reason}", owner=self.owner.message, reason=self.reason)


def collect(plugin: PluginRecord, hook: str, expected: type[T]) -> tuple[list[T], list[HookError]]:
    """Return what a plugin contributes by a hook, and what is wrong with that.

    Args:
        plugin: The plugin; one that is not active contributes nothing.
        hook: The hook's name.
        expected: The type of a contribution; what is of another is a problem, and the rest counts.

    >>> from envatlas.vllm import registry
    >>> collect(registry.plugins[0], "envatlas_removed", object)
    ([], [])
    """
    try:
        contributed = plugin.contributions(hook)
    except PluginError as error:
        return [], [problem(plugin.owner, error.reason, error.__cause__)]
    found: list[T] = []
    problems: list[HookError] = []
    for each in contributed:
        if isinstance(each, expected):
            found.append(each)
        else:
            reason = worded(
                "its hook {hook} yielded {noun}, and not {expected}",
                hook=hook,
                noun=noun(each),
                expected=expected.__name__,
            )
            problems.append(HookError(plugin.owner, reason))
    return found, problems


def problem(owner: Owner, reason: str, cause: BaseException | None) -> HookError:
    """Return a problem with its cause.

    >>> problem(Owner("acme", "acme-vllm", "1.2"), "it raised OSError", OSError()).__cause__
    OSError()
    """
    made = HookError(owner, reason)
    made.__cause__ = cause
    return made
