"""Catalogues: a package's translations, as files that are brought up to date and checked. It needs Babel.

A catalogue is two files: translators edit the ``.po``, and programs read the ``.mo`` that is made of it.
"""

from __future__ import annotations

import io
import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, cast

import attrs
from babel.messages import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from envatlas.formats.shown import printable
from envatlas.languages import places
from envatlas.sayings import Saying

_WIDTH: Final = 100
_BEFORE: Final = "| "
"""What the comment starts with that says what a text was before."""
_Texts = tuple[str, ...]
"""A text, or its singular and its plural; or as many translations as the language has forms."""


@attrs.frozen
class Catalogue:
    """A package's texts in one language.

    Args:
        package: The top-level package.
        folder: Its folder.
        language: The language, as gettext calls its folders: ``zh_CN``.

    >>> Catalogue("acme_vllm", pathlib.Path("acme_vllm"), "zh_CN").source.as_posix()
    'acme_vllm/locale/zh_CN/LC_MESSAGES/acme_vllm.po'
    """

    package: str
    folder: pathlib.Path
    language: str

    @property
    def source(self) -> pathlib.Path:
        """The file that translators edit."""
        return self.folder / "locale" / self.language / "LC_MESSAGES" / f"{self.package}.po"

    @property
    def compiled(self) -> pathlib.Path:
        """The file that programs read."""
        return self.source.with_suffix(".mo")

    def update(self, sayings: Iterable[Saying]) -> None:
        """Write both files: every text, with the translations that there are, and none that nobody says any more.

        A text that resembles an earlier one gets that one's translation and the flag ``fuzzy``, and is not compiled
        until somebody has revised it and removed the flag.

        Raises:
            PoFileError: The source is damaged; nothing is written.
        """
        made = self._made_of(self._read())
        made.update(_template(sayings), update_header_comment=False)
        self.source.parent.mkdir(parents=True, exist_ok=True)
        self.source.write_bytes(_written(made))
        self.compiled.write_bytes(self._compile(self._read()))

    def faults(self, sayings: Iterable[Saying]) -> Iterator[str]:
        """Yield what is wrong: texts without translation, translations without text, and files that differ.

        Raises:
            PoFileError: The source is damaged.
        """
        catalogue = self._read()
        translated = {_texts(message.id): message for message in catalogue if message.id}
        said = dict.fromkeys((saying.text, saying.plural) if saying.plural else (saying.text,) for saying in sayings)
        for texts in said:
            yield from (f"{texts[0]!r}: {fault}" for fault in _faults(texts, translated.get(texts)))
        yield from (f"{texts[0]!r}: nobody says this any more" for texts in translated if texts not in said)
        if catalogue.plural_forms != Catalog(self.language).plural_forms:
            yield f"{self.source.name} has other plural forms than the language"
        elif self.source.is_file() and _header(self.source.read_bytes()) != _header(_written(self._made_of([]))):
            yield f"{self.source.name} has another header than it needs"
        if _strings(self._compile(catalogue)) != self._read_compiled():
            yield f"{self.compiled.name} is not what {self.source.name} compiles to"

    def _read(self) -> Catalog:
        if not self.source.is_file():
            return Catalog(self.language)
        with self.source.open("rb") as file:
            return read_po(file, self.language, abort_invalid=True)

    def _made_of(self, messages: Iterable[Message]) -> Catalog:
        """Return messages with a header that is the same whoever writes it, and whenever."""
        made = _Written(self.language, header_comment=f"# {self.package} in {self.language}.", fuzzy=False)
        for message in messages:
            if message.id:
                made[message.id] = message
                if not message.fuzzy:  # Babel takes what a text was before for a comment, and keeps it
                    kept = [each for each in message.user_comments if not each.startswith(_BEFORE)]
                    message.user_comments = kept
        return made

    def _compile(self, messages: Iterable[Message]) -> bytes:
        compiled = io.BytesIO()
        write_mo(compiled, self._made_of(message for message in messages if all(_texts(message.string))))
        return compiled.getvalue()

    def _read_compiled(self) -> Mapping[_Texts, _Texts]:
        try:
            return _strings(self.compiled.read_bytes())
        except Exception:  # noqa: BLE001  it is damaged in some way, or not there
            return {}


class _Written(Catalog):
    """A catalogue whose header is what programs need, and no more."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]


def _written(catalogue: Catalog) -> bytes:
    source = io.BytesIO()
    write_po(source, catalogue, width=_WIDTH, no_location=True, ignore_obsolete=True, include_previous=True)
    return source.getvalue()


def _header(source: bytes) -> Sequence[bytes]:
    """Return the lines of a source up to the first empty one."""
    lines = source.rstrip().splitlines()
    return lines[: lines.index(b"")] if b"" in lines else lines


def _strings(compiled: bytes) -> Mapping[_Texts, _Texts]:
    return {_texts(message.id): _texts(message.string) for message in read_mo(io.BytesIO(compiled)) if message.id}


def _template(sayings: Iterable[Saying]) -> Catalog:
    template = Catalog()
    for saying in sayings:
        template.add((saying.text, saying.plural) if saying.plural else saying.text, auto_comments=[saying.about])
    return template


def _faults(texts: _Texts, message: Message | None) -> Iterator[str]:
    if message is None:
        yield "it is not in the catalogue"
        return
    translations = _texts(message.string)
    if message.fuzzy:
        yield "its translation is fuzzy; revise it, and remove the flag"
    if not all(translations):
        yield "it has no translation"
    elif any(places(each) != places(texts[-1]) for each in translations):
        yield "its translation has other places in braces"
    if any(printable(line) != line for line in "".join(translations).split("\n")):
        yield "its translation has what cannot be printed"


def _texts(texts: object) -> _Texts:
    """Return the one form of a text, or of its translation; or all forms, where it has several."""
    if isinstance(texts, list | tuple):
        return tuple(map(str, cast("Iterable[object]", texts)))
    return (str(texts or ""),)
