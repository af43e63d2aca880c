"""Budgets: how much all containers of a call may set together, so that a small file cannot ask for gigabytes."""

from __future__ import annotations

import attrs

from envatlas.environs import Place, UnreadableFileError
from envatlas.files.limits import MOST_CHARACTERS, MOST_NAMES


@attrs.define
class Budget:
    """What may still be set.

    Attributes:
        names: How many names.
        characters: How many characters of text.

    >>> budget = Budget()
    >>> budget.spend(Place("deploy.yaml"), names=1, characters=4)
    >>> budget.names == MOST_NAMES - 1
    True
    """

    names: int = MOST_NAMES
    characters: int = MOST_CHARACTERS

    def spend(self, place: Place, *, names: int = 0, characters: int = 0) -> None:
        """Take from what may still be set.

        Raises:
            UnreadableFileError: There is not so much left.

        >>> Budget(names=0).spend(Place("deploy.yaml"), names=1)
        Traceback (most recent call last):
            ...
        envatlas.environs.UnreadableFileError: cannot read deploy.yaml: its containers set more than ...
        """
        self.names -= names
        self.characters -= characters
        if self.names < 0 or self.characters < 0:
            problem = f"its containers set more than {MOST_NAMES} names or {MOST_CHARACTERS} characters together"
            raise UnreadableFileError(place, problem, "split it, and give the parts one at a time")
