"""Drafts: an environment while it is read, one name after the other; what is set later wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import attrs

from envatlas.environs import Consequence, Defect, Environ, Place, Untold, Via
from envatlas.files.budgets import Budget
from envatlas.files.interpolation import InterpolationError
from envatlas.files.limits import LONGEST_TEXT
from envatlas.messages import Message, marked

OTHERWISE: Final = marked("call it otherwise, with letters, digits and _")
"""What to do about what cannot be a name."""


@attrs.define(repr=False)
class Draft:
    """What is known of an environment so far.

    Attributes:
        place: The file, or the file's container, that it is the environment of.
        budget: What may still be set.
        texts: The texts by their names.
        places: Where each of them is set.
        untold: What is set, and to what text is not known.
        services: The services whose addresses the cluster adds.
        open_ended: What sets names that nobody knows.
        defects: What is wrong.
        origins: Where the texts stand that are set by nothing but a reference to them.

    >>> draft = Draft(Place("prod.env"))
    >>> draft.set("VLLM_PORT", "5000", Place("prod.env", 1))
    >>> draft.finished()["VLLM_PORT"]
    '5000'
    """

    place: Place
    budget: Budget = attrs.field(factory=Budget)
    texts: dict[str, str] = attrs.field(factory=dict[str, str], repr=False)  # for whoever shows objects by their fields
    places: dict[str, Place] = attrs.field(factory=dict[str, Place])
    untold: dict[str, Untold] = attrs.field(factory=dict[str, Untold])
    services: Mapping[str, Place] = attrs.field(factory=dict[str, Place])
    open_ended: list[Untold] = attrs.field(factory=list[Untold])
    defects: list[Defect] = attrs.field(factory=list[Defect])
    origins: dict[str, Place] = attrs.field(factory=dict[str, Place])

    def set(self, name: str, text: str, place: Place) -> None:
        r"""Set a name; what no environment can hold is a defect instead.

        >>> draft = Draft(Place("prod.env"))
        >>> draft.set("A=B", "1", Place("prod.env", 1))
        >>> [defect.what for defect in draft.defects], len(draft.finished())
        (['no variable can be called that'], 0)
        """
        if not self._can_be_called(name, place):
            return
        if "\0" in text:
            what = marked("its text holds a NUL character, which no variable can")
            remedy = marked("take the character out")
            self.spoil(Defect(name, place, what, remedy), marked("it holds a NUL character"))
            return
        if len(text) > LONGEST_TEXT:
            what = Message(
                "its text is longer than {limit} characters, with which Linux starts no process", limit=LONGEST_TEXT
            )
            remedy = marked("put it into a file that is mounted")
            self.spoil(Defect(name, place, what, remedy, Consequence.REFUSED), marked("it is too long"))
            return
        self.budget.spend(place, names=1, characters=len(text))
        self.untold.pop(name, None)
        self.origins.pop(name, None)
        self.texts[name] = text
        self.places[name] = place

    def set_replaced(
        self, name: str, text: str, place: Place, replace: Callable[[str], str], origin: Place | None = None
    ) -> None:
        """Set a name to a text in which references are replaced.

        Args:
            name: The name.
            text: The text.
            place: Where it is set.
            replace: Replaces the references.
            origin: Where what it refers to stands, if it is nothing but a reference.

        >>> draft = Draft(Place("prod.env"))
        >>> draft.set_replaced("A", "x", Place("prod.env", 1), str.upper)
        >>> draft.finished()["A"]
        'X'
        """
        self.budget.spend(place, characters=len(text))
        try:
            self.set(name, replace(text), place)
            if origin is not None and name in self.texts:
                self.origins[name] = origin
        except InterpolationError as error:
            if error.is_mistake:
                # Not all who read an env file replace references.
                consequence = Consequence.LOST if place.via is Via.ENV_FILE else Consequence.REFUSED
                remedy = marked("write $$ for a dollar sign")
                self.spoil(Defect(name, place, error.why, remedy, consequence), error.why)
            else:
                self.set_untold(name, place, error.why)

    def set_untold(self, name: str, place: Place, why: str) -> None:
        """Set a name to a text that is not known.

        >>> draft = Draft(Place("prod.env"))
        >>> draft.set_untold("VLLM_API_KEY", Place("prod.env", 2), "the caller's is passed through")
        >>> list(draft.finished().untold)
        ['VLLM_API_KEY']
        """
        self.budget.spend(place, names=1)
        if self._can_be_called(name, place):
            self.texts.pop(name, None)
            self.places.pop(name, None)
            self.origins.pop(name, None)
            self.untold[name] = Untold(place, why)

    def spoil(self, defect: Defect, why: str) -> None:
        """Set the name that a defect is about to no text that is known.

        >>> draft = Draft(Place("pod.yaml"))
        >>> defect = Defect("A", Place("pod.yaml", 9), "a number stands where text must", 'value: "..."')
        >>> draft.spoil(defect, "its text is a number")
        >>> print(*draft.defects)
        pod.yaml:9: A: a number stands where text must; value: "..."
        """
        self.report([defect])
        self.set_untold(defect.name, defect.place, why)

    def report(self, defects: Iterable[Defect]) -> None:
        """Add what is wrong.

        >>> draft = Draft(Place("pod.yaml"))
        >>> draft.report([Defect("", Place("pod.yaml", 9), "env is no list", "write it as a list")])
        >>> len(draft.finished().defects)
        1
        """
        for defect in defects:
            self.budget.spend(defect.place, names=1)
            self.defects.append(defect)

    def finished(self) -> Environ:
        """Return the environment; each defect is in it once.

        >>> len(Draft(Place("prod.env")).finished())
        0
        """
        return Environ(
            self.place,
            self.texts,
            self.places,
            self.untold,
            self.services,
            tuple(self.open_ended),
            tuple(dict.fromkeys(self.defects)),
            self.origins,
        )

    def origin_of(self, name: str) -> Place | None:
        """Return where the text of a name stands; None where it has none yet.

        >>> Draft(Place("prod.env")).origin_of("VLLM_API_KEY") is None
        True
        """
        return self.origins.get(name, self.places.get(name))

    def _can_be_called(self, name: str, place: Place) -> bool:
        wrong = next(_wrong(name), None)
        if wrong is not None:
            self.report([Defect("", place, wrong, OTHERWISE)])
        return wrong is None


def _wrong(name: str) -> Iterator[str]:
    if not name:
        yield marked("a variable without a name is set")
    if "=" in name or "\0" in name:
        yield marked("no variable can be called that")
