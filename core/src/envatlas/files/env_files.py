"""Env files: lines ``NAME=text``, read as Docker Compose reads them.

python-dotenv splits the lines. Of the several ways to read ``$`` in them, Compose's is taken: ``$NAME`` and ``${NAME}``
are replaced where a text is not quoted, or in double quotes, by what stands further up; single quotes keep a text as it
is. (``docker run --env-file`` replaces nothing and keeps quotes; python-dotenv replaces ``${NAME}`` alone, in single
quotes as well.) What is referred to and set nowhere is not looked up in this process: its text is not known.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import attrs

from envatlas.environs import Environ, Place, UnreadableFileError, Via
from envatlas.files.contents import read_text
from envatlas.files.drafts import Draft
from envatlas.files.interpolation import Lookup, interpolate
from envatlas.files.libraries import MissingLibraryError
from envatlas.files.limits import LARGEST_ENV_FILE, MOST_LINES, MOST_SPACES
from envatlas.messages import marked

if TYPE_CHECKING:
    from dotenv.parser import Binding

_PASSED_ON: Final = marked("the line has no =, so what starts the application passes its own on")
_NO_LINE: Final = "it is no line NAME=text"

_NEWLINE: Final = re.compile(r"\r\n|\n|\r")
_SPACES: Final = re.compile(r"\s+")
_LITERAL: Final = re.compile(r"\s*(?:export\s+)?(?:'[^']*'|[^=#\s]+)\s*=[^\S\r\n]*(?P<quote>['\"]?)")


@attrs.frozen(repr=False)
class Line:
    """One name of an env file.

    Attributes:
        name: The name.
        text: The text, or None where the line only passes a name on.
        number: The number of the line, from 1.
        quote: The quote that the text stands in; empty for none. In single ones, nothing is replaced.
    """

    name: str
    text: str | None = attrs.field(repr=False)  # for whoever shows objects by their fields
    number: int
    quote: str


def read_env_file(path: str) -> Environ:
    r"""Return the environment that an env file sets.

    Args:
        path: The path of the file.

    Raises:
        UnreadableFileError: It is no env file that can be read.
        MissingLibraryError: python-dotenv is not installed.

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "prod.env")
    >>> _ = file.write_text("PORT=5000\nexport VLLM_PORT=${PORT}\nVLLM_API_KEY\n")
    >>> environ = read_env_file(str(file))
    >>> environ["VLLM_PORT"], environ.place_of("VLLM_PORT").line, [*environ.untold]
    ('5000', 2, ['VLLM_API_KEY'])
    """
    return read_env_files([path])


def read_env_files(paths: Iterable[str]) -> Environ:
    """Return the environment that several env files set together: of what several set, the last counts.

    Args:
        paths: The paths of the files, in the order in which they are read.

    Raises:
        UnreadableFileError: One of them is no env file that can be read.
        MissingLibraryError: python-dotenv is not installed.

    >>> len(read_env_files([]))
    0
    """
    paths = tuple(paths)
    draft = Draft(Place(paths[-1] if paths else "", via=Via.ENV_FILE, before=paths[:-1]))
    for path in paths:
        add_lines(draft, path, read_lines(path), lambda _: None, "")
    return draft.finished()


def add_lines(draft: Draft, path: str, lines: Iterable[Line], lookup: Lookup, container: str) -> None:
    """Set what the lines of an env file set.

    Args:
        draft: The environment that they are added to; its names can be referred to.
        path: The path of the file.
        lines: The lines.
        lookup: What can be referred to besides, and counts first.
        container: The container that gets the texts.

    >>> draft = Draft(Place("prod.env"))
    >>> add_lines(draft, "prod.env", [Line("A", "1", 1, ""), Line("B", "$A", 2, "")], {}.get, "")
    >>> draft.finished()["B"]
    '1'
    """

    def known(name: str) -> str | None:
        text = lookup(name)
        return draft.texts.get(name) if text is None else text

    for line in lines:
        place = Place(path, line.number, container=container, via=Via.ENV_FILE)
        if line.text is None:
            draft.set_untold(line.name, place, _PASSED_ON)
        elif line.quote == "'":
            draft.set(line.name, line.text, place)
        else:
            text = line.text.replace(r"\$", "$$") if line.quote else line.text
            draft.set_replaced(line.name, text, place, lambda text: interpolate(text, known))


def read_lines(path: str) -> tuple[Line, ...]:
    """Return the lines of an env file that set a name.

    Raises:
        UnreadableFileError: It is no env file that can be read.

    >>> read_lines("prod.env")
    Traceback (most recent call last):
        ...
    envatlas.environs.UnreadableFileError: cannot read prod.env: no such file or directory; give the path of a file ...
    """
    try:
        from dotenv.parser import parse_stream  # noqa: PLC0415  of an extra, and only files need it
    except ModuleNotFoundError as error:
        raise MissingLibraryError("python-dotenv") from error
    text = read_text(path, LARGEST_ENV_FILE)
    _require_bounded(path, text)
    bindings = parse_stream(io.StringIO(text, newline=""))
    return tuple(line for binding in bindings for line in _lines(path, binding))


def read_raw_lines(path: str) -> Iterator[Line]:
    """Return the lines of an env file as ``docker run`` reads them: quotes and references stay as they are.

    Raises:
        UnreadableFileError: It is no env file that can be read.

    >>> next(read_raw_lines("prod.env"))
    Traceback (most recent call last):
        ...
    envatlas.environs.UnreadableFileError: cannot read prod.env: no such file or directory; give the path of a file ...
    """
    for number, written in enumerate(_NEWLINE.split(read_text(path, LARGEST_ENV_FILE)), start=1):
        name, equals, text = written.lstrip().partition("=")
        if not name.startswith("#") and (name or equals):
            if len(name.split()) != 1 or name != name.strip():
                raise UnreadableFileError(Place(path, number), _NO_LINE, "take the space out of the name")
            yield Line(name, text if equals else None, number, "'")


def _require_bounded(path: str, text: str) -> None:
    """Refuse what the parser would be at for minutes."""
    if sum(1 for _ in _NEWLINE.finditer(text)) >= MOST_LINES:
        raise UnreadableFileError(Place(path), f"it has more than {MOST_LINES} lines", "give an env file")
    for spaces in _SPACES.finditer(text):
        if spaces.end() - spaces.start() > MOST_SPACES:
            place = Place(path, _number(text, spaces.start()))
            raise UnreadableFileError(place, f"it has more than {MOST_SPACES} spaces in a row", "take them out")


def _lines(path: str, binding: Binding) -> Iterator[Line]:
    source = binding.original.string
    number = binding.original.line - 1 + _number(source, len(source) - len(source.lstrip()))
    if binding.error:
        raise UnreadableFileError(Place(path, number), _NO_LINE, "quote the text, or correct the name")
    if binding.key is not None:
        shape = _LITERAL.match(source)
        yield Line(binding.key, binding.value, number, shape["quote"] if shape is not None else "")


def _number(text: str, position: int) -> int:
    return sum(1 for _ in _NEWLINE.finditer(text, 0, position)) + 1
