"""Environs: the environment that one process will have, as files say it, with the place of each text.

It is a mapping of texts, so whatever reads an environment reads it. What a file sets without telling its text, such as
a value from a Secret that lies elsewhere, is set here as well: looking at it is an error of its own, so that nothing
can take it for unset.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Final, NoReturn

import attrs

from envatlas.errors import EnvatlasError
from envatlas.messages import Message, joined, marked, message_of


class Via(enum.StrEnum):
    """By what a text reaches the process."""

    PROCESS = "process"
    """The environment of the process that asks."""
    ENV_FILE = "env file"
    """A file of lines ``NAME=text``."""
    MANIFEST = "manifest"
    """The container's own part of a Kubernetes manifest."""
    COMPOSE = "Compose file"
    """The service's own part of a Compose file."""
    CONFIG_MAP = "ConfigMap"
    """A Kubernetes ConfigMap."""
    SECRET = "Secret"  # noqa: S105  the name of a Kubernetes object
    """A Kubernetes Secret."""


_AS_IT_IS: Final = "{place}"
"""The template of what no catalogue has: a file may be called like one of its entries."""


@attrs.frozen
class Place:
    """Where a text is set.

    Attributes:
        file: The path of the file; empty for the environment of a process.
        line: The line, from 1; None where there is none to tell.
        document: The document within a YAML file, from 1; None where the file has only one.
        container: The container that gets the text, as in ``Deployment vllm, container engine``; empty for none.
        via: By what the text reaches the process.
        before: The paths of other files that were read before this one into the same environment.

    >>> print(Place("deploy.yaml", 12, 2, "Deployment vllm, container engine"))
    deploy.yaml:12, document 2, Deployment vllm, container engine
    """

    file: str = ""
    line: int | None = None
    document: int | None = None
    container: str = ""
    via: Via = Via.PROCESS
    before: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.message)

    @property
    def message(self) -> Message:
        """The same as a message; the container is called the same in all languages, as commands know it by that."""
        at = self.file if self.line is None else f"{self.file}:{self.line}"
        document = "" if self.document is None else Message("document {number}", number=self.document)
        first, *others = [part for part in (*self.before, at, document, self.container) if part] or [""]
        return message_of(joined([Message(_AS_IT_IS, place=first), *others], marked("{one}, {other}")))


PROCESS: Final = Place()
"""The environment of a process, which has no more to say of its places."""


_HOME: Final = "HOME"
_OF_IMAGE: Final = marked("the container's image, or the user that it runs as, decides it")


class UntoldTextError(EnvatlasError, LookupError):
    """A text that a file sets without telling it.

    Attributes:
        variable: The name that is set.
        place: Where.
        why: Why the text is not known, in words.

    >>> print(UntoldTextError("VLLM_API_KEY", Place("deploy.yaml", 12), "it is in a Secret that no file here has"))
    VLLM_API_KEY is set at deploy.yaml:12, but its text is not known: it is in a Secret that no file here has
    """

    def __init__(self, variable: str, place: Place, why: str) -> None:
        super().__init__(variable, place, why)
        self.variable = variable
        self.place = place
        self.why = why

    def __str__(self) -> str:
        return f"{self.variable} is set at {self.place}, but its text is not known: {self.why}"


class UnreadableFileError(EnvatlasError, ValueError):
    """A file that cannot be read as what it is said to be.

    Attributes:
        place: The file, and the line where there is one.
        problem: What is wrong.
        remedy: What to do.

    >>> print(UnreadableFileError(Place("prod.env", 3), "it is not UTF-8", "save it as UTF-8"))
    cannot read prod.env:3: it is not UTF-8; save it as UTF-8
    """

    def __init__(self, place: Place, problem: str, remedy: str) -> None:
        super().__init__(place, problem, remedy)
        self.place = place
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"cannot read {self.place}: {self.problem}; {self.remedy}"


@attrs.frozen
class Untold:
    """A text that is set, and that a file does not tell.

    Attributes:
        place: Where it is set.
        why: Why the text is not known, in words.
    """

    place: Place
    why: str


class Consequence(enum.StrEnum):
    """What comes of a defect."""

    REFUSED = "refused"
    """What reads the file refuses it, or does not start what needs it."""
    LOST = "lost"
    """What is meant to be set there is not known."""
    KEPT = "kept"
    """Something is set there, and it may be something else than was meant."""


@attrs.frozen
class Defect:
    """Something wrong in a file that leaves the rest of it readable. Nothing that is shown has a variable's text in it.

    Attributes:
        name: The variable that it is about; empty where it is about none.
        place: Where it is.
        what: What is wrong, as a sentence without its full stop.
        remedy: What to do, where it can be as something to type.
        consequence: What comes of it.
        key: Behind what a text is to be written, where that is the remedy: ``value``; empty where it is another.
        text: What is written there instead of a text. Only who knows that it is no secret shows it.

    >>> print(Defect("VLLM_PORT", Place("deploy.yaml", 9), "a number stands where text must", 'value: "..."'))
    deploy.yaml:9: VLLM_PORT: a number stands where text must; value: "..."
    """

    name: str
    place: Place
    what: str
    remedy: str
    consequence: Consequence = Consequence.LOST
    key: str = ""
    text: str = attrs.field(default="", repr=False)

    def __str__(self) -> str:
        return str(self.message)

    @property
    def message(self) -> Message:
        """The same as a message."""
        what, remedy = message_of(self.what), message_of(self.remedy)
        found = Message("{variable}: {found}", variable=self.name, found=what) if self.name else what
        return Message("{place}: {found}; {remedy}", place=self.place.message, found=found, remedy=remedy)


@attrs.frozen(eq=False, repr=False)  # a representation would show secrets
class Environ(Mapping[str, str]):
    """The environment that one process will have.

    Args:
        place: The file, or the file's container, that it is the environment of.
        texts: The texts by their names.
        places: Where each text is set.
        untold: What is set, and to what text is not known.
        services: The Kubernetes services whose addresses the cluster adds as variables, and where each is declared.
        open_ended: What sets more than a file tells: names that nobody knows, and other texts for names set before it.
        defects: What is wrong in the files, and left the rest readable.
        origins: Where the texts stand that are set by nothing but a reference to them.

    >>> environ = Environ(Place("prod.env"), {"VLLM_PORT": "5000"}, {"VLLM_PORT": Place("prod.env", 3)})
    >>> environ["VLLM_PORT"], str(environ.place_of("VLLM_PORT")), "VLLM_HOST_IP" in environ
    ('5000', 'prod.env:3', False)
    """

    place: Place
    texts: Mapping[str, str] = attrs.field(repr=False)
    places: Mapping[str, Place] = attrs.field(factory=dict[str, Place])
    untold: Mapping[str, Untold] = attrs.field(factory=dict[str, Untold])
    services: Mapping[str, Place] = attrs.field(factory=dict[str, Place])
    open_ended: tuple[Untold, ...] = ()
    defects: tuple[Defect, ...] = ()
    origins: Mapping[str, Place] = attrs.field(factory=dict[str, Place])

    def __getitem__(self, name: str) -> str:
        untold = self.untold.get(name)
        if untold is not None:
            raise UntoldTextError(name, untold.place, untold.why)
        if name == _HOME and self.place.container and name not in self.texts:
            raise UntoldTextError(name, self.place, _OF_IMAGE)  # this machine's would be a wrong guess
        return self.texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.texts, **self.untold})

    def __len__(self) -> int:
        return len(self.texts.keys() | self.untold.keys())

    def __contains__(self, name: object) -> bool:
        return name in self.texts or name in self.untold

    def __repr__(self) -> str:
        return f"<Environ of {self.place}, {len(self)} variables>"

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __reduce__(self) -> NoReturn:
        raise TypeError("an Environ holds secrets; pickle what is read from it")

    def place_of(self, name: str) -> Place:
        """Return where a name is set; the place of the whole where that is not known.

        >>> str(Environ(Place("prod.env"), {}).place_of("VLLM_PORT"))
        'prod.env'
        """
        untold = self.untold.get(name)
        return untold.place if untold is not None else self.places.get(name, self.place)

    def origin_of(self, name: str) -> Place:
        """Return where a name's text stands, which is where it is set unless only a reference is there.

        >>> origins = {"VLLM_API_KEY": Place(".env", 1)}
        >>> str(Environ(Place("compose.yaml"), {"VLLM_API_KEY": "sk-123"}, origins=origins).origin_of("VLLM_API_KEY"))
        '.env:1'
        """
        return self.origins.get(name) or self.place_of(name)
