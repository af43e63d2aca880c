"""Catalogues: what is in them, what is wrong with them, and that those of this repository are complete."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from babel.messages import Message
from babel.messages.pofile import PoFileError, read_po

from envatlas import EachOf, Integer, Matches, OneOf, Variable
from envatlas.catalogues import Catalogue
from envatlas.cli import run
from envatlas.descriptions import describe
from envatlas.formats.shown import one_line, shown_value
from envatlas.languages import Words
from envatlas.sayings import Saying, of_source, of_variables
from tests.test_languages import package

if TYPE_CHECKING:
    from tests.conftest import Site


def test_every_text_of_envatlas_and_of_the_bundled_plugins_is_translated(capsys: pytest.CaptureFixture[str]) -> None:
    """None is missing, stale or fuzzy, places are the same, and the compiled files are what the others say.

    ``envatlas catalogues`` mends what can be mended by a program, and names the texts to translate.
    """
    status = run(["catalogues", "--check"])
    assert (status, capsys.readouterr().out) == (0, "0 faults.\n"), "run: envatlas catalogues"


def test_every_bundled_plugin_has_a_catalogue() -> None:
    """Without one, nothing would be missing in it."""
    folder = pathlib.Path(__file__).parent.parent / "plugins"
    packages = [path.parent for path in folder.glob("*/src/*/__init__.py")]
    assert packages
    assert all(Catalogue(path.name, path, "zh_CN").compiled.is_file() for path in packages)


def _catalogue(folder: pathlib.Path, *texts: str, language: str = "zh_CN") -> Catalogue:
    """Write a catalogue with texts that are not translated."""
    catalogue = Catalogue("acme_vllm", folder, language)
    catalogue.update(map(Saying, texts))
    return catalogue


def _translate(catalogue: Catalogue, text: str, translation: str) -> None:
    """Write a translation into the file that translators edit."""
    source = catalogue.source.read_text(encoding="utf-8")
    assert f'msgid "{text}"\nmsgstr ""' in source
    changed = source.replace(f'msgid "{text}"\nmsgstr ""', f'msgid "{text}"\nmsgstr "{translation}"')
    catalogue.source.write_text(changed, encoding="utf-8")


def _faults(catalogue: Catalogue, *texts: str) -> Sequence[str]:
    return [*catalogue.faults(map(Saying, texts))]


def test_a_new_text_has_no_translation(tmp_path: pathlib.Path) -> None:
    """It stands in the catalogue, and is reported until somebody translates it."""
    catalogue = _catalogue(tmp_path, "The port.")
    assert _faults(catalogue, "The port.") == ["'The port.': it has no translation"]
    _translate(catalogue, "The port.", "端口。")
    assert _faults(catalogue, "The port.") == ["acme_vllm.mo is not what acme_vllm.po compiles to"]
    catalogue.update([Saying("The port.")])
    assert _faults(catalogue, "The port.") == []


def test_without_files_every_text_is_missing(tmp_path: pathlib.Path) -> None:
    """And nothing is written to find that out."""
    assert _faults(Catalogue("acme_vllm", tmp_path, "zh_CN"), "The port.") == [
        "'The port.': it is not in the catalogue",
    ]
    assert not [*tmp_path.iterdir()]


def test_what_nobody_says_any_more_is_reported_and_left_out(tmp_path: pathlib.Path) -> None:
    """An update keeps nothing of it."""
    catalogue = _catalogue(tmp_path, "The port.", "Something else entirely")
    _translate(catalogue, "The port.", "端口。")
    assert "'The port.': nobody says this any more" in _faults(catalogue, "Something else entirely")
    catalogue.update([Saying("Something else entirely")])
    assert "The port." not in catalogue.source.read_text(encoding="utf-8")


def test_a_text_that_changed_a_little_keeps_its_translation_to_be_revised(tmp_path: pathlib.Path) -> None:
    """Until then programs say it in English."""
    catalogue = _catalogue(tmp_path, "The port of the server.")
    _translate(catalogue, "The port of the server.", "服务器的端口。")
    catalogue.update([Saying("The port of a server.")])
    source = catalogue.source.read_text(encoding="utf-8")
    assert "服务器的端口。" in source
    assert '#| msgid "The port of the server."' in source
    assert _faults(catalogue, "The port of a server.") == [
        "'The port of a server.': its translation is fuzzy; revise it, and remove the flag"
    ]
    assert "服务器的端口。".encode() not in catalogue.compiled.read_bytes()


@pytest.mark.parametrize("translation", ["端口 {nummer}", "端口", "端口 {number", "端口 {number} {number}"])
def test_a_translation_with_other_places_is_reported(tmp_path: pathlib.Path, translation: str) -> None:
    """It would not be used."""
    catalogue = Catalogue("acme_vllm", tmp_path, "zh_CN")
    catalogue.update([Saying("port {number}")])
    _translate(catalogue, "port {number}", translation)
    catalogue.update([Saying("port {number}")])
    assert _faults(catalogue, "port {number}") == ["'port {number}': its translation has other places in braces"]


def test_a_translation_with_what_cannot_be_printed_is_reported(tmp_path: pathlib.Path) -> None:
    """A terminal would show it escaped; an ideographic space is the usual one."""
    catalogue = _catalogue(tmp_path, "The port.")
    _translate(catalogue, "The port.", "端口\u3000。")
    catalogue.update([Saying("The port.")])
    assert _faults(catalogue, "The port.") == ["'The port.': its translation has what cannot be printed"]


@pytest.mark.parametrize("text", ["می\u200cشود", "क्\u200dष"])
def test_a_joiner_between_letters_is_spelling(tmp_path: pathlib.Path, text: str) -> None:
    """In Persian and in Hindi; in a value it is escaped there, too."""
    catalogue = _catalogue(tmp_path, "The port.", language="fa")
    _translate(catalogue, "The port.", text)
    catalogue.update([Saying("The port.")])
    assert _faults(catalogue, "The port.") == []
    assert (one_line(text), shown_value(text)) == (text, repr(text))


@pytest.mark.parametrize(
    "text", ["a\u200cb", "a\u200dश", "شa\u200d", "\u200cشود", "می\u200c", "می\u200c\u200cشود", "می\u202eشود"]
)
def test_a_joiner_anywhere_else_is_shown(text: str) -> None:
    """It would hide in a text."""
    assert one_line(text) == repr(text)[1:-1]


def test_a_language_has_a_translation_for_each_of_its_forms(tmp_path: pathlib.Path) -> None:
    """Chinese has one form, English two, Russian three."""
    saying = Saying("{count} port", "{count} ports")
    for language, forms in {"zh_CN": 1, "en": 2, "ru": 3}.items():
        catalogue = Catalogue("acme_vllm", tmp_path, language)
        catalogue.update([saying])
        assert catalogue.source.read_text(encoding="utf-8").count("msgstr[") == forms
        assert [*catalogue.faults([saying])] == ["'{count} port': it has no translation"]


def test_a_form_that_is_missing_is_reported(tmp_path: pathlib.Path) -> None:
    """Of three, two are translated."""
    catalogue = Catalogue("acme_vllm", tmp_path, "ru")
    saying = Saying("port", "ports")
    catalogue.update([saying])
    source = catalogue.source.read_text(encoding="utf-8")
    source = source.replace('msgstr[0] ""', 'msgstr[0] "порт"').replace('msgstr[1] ""', 'msgstr[1] "порта"')
    catalogue.source.write_text(source, encoding="utf-8")
    assert [*catalogue.faults([saying])] == ["'port': it has no translation"]


def test_plural_forms_that_are_not_the_languages_are_reported(tmp_path: pathlib.Path) -> None:
    """As where somebody began with a copy of another language; an update mends it."""
    catalogue = _catalogue(tmp_path, language="ru")
    source = catalogue.source.read_text(encoding="utf-8")
    assert "nplurals=3" in source
    catalogue.source.write_text(source.replace("nplurals=3", "nplurals=2"), encoding="utf-8")
    assert _faults(catalogue) == ["acme_vllm.po has other plural forms than the language"]
    catalogue.update([])
    assert _faults(catalogue) == []


def test_a_header_that_says_more_is_reported(tmp_path: pathlib.Path) -> None:
    """As the one that Babel writes, with a date, and names in capitals to fill in; an update mends it."""
    catalogue = _catalogue(tmp_path, "GiB")
    _translate(catalogue, "GiB", "GiB")
    source = catalogue.source.read_text(encoding="utf-8")
    assert source.count('msgstr ""\n"') == 1
    more = source.replace('msgstr ""\n"', 'msgstr ""\n"Project-Id-Version: PROJECT VERSION\\n"\n"')
    catalogue.source.write_text(more, encoding="utf-8")
    assert "acme_vllm.po has another header than it needs" in _faults(catalogue, "GiB")
    catalogue.update([Saying("GiB")])
    assert _faults(catalogue, "GiB") == []
    assert "PROJECT" not in catalogue.source.read_text(encoding="utf-8")


def test_what_a_text_was_before_is_forgotten_once_it_is_revised(tmp_path: pathlib.Path) -> None:
    """Until then it stands beside the text; a comment of a translator's stays."""
    catalogue = _catalogue(tmp_path, "The port of the server.")
    _translate(catalogue, "The port of the server.", "服务器的端口。")
    for _ in range(2):
        catalogue.update([Saying("The port of a server.")])
        assert '| msgid "The port of the server."' in catalogue.source.read_text(encoding="utf-8")
    source = catalogue.source.read_text(encoding="utf-8").replace("#, fuzzy\n", "# Mine.\n")
    catalogue.source.write_text(source, encoding="utf-8")
    catalogue.update([Saying("The port of a server.")])
    revised = catalogue.source.read_text(encoding="utf-8")
    assert "the server" not in revised
    assert "# Mine.\n" in revised
    assert "服务器的端口。" in revised


def test_a_compiled_file_that_is_damaged_is_not_what_it_should_be(tmp_path: pathlib.Path) -> None:
    """An update writes it anew."""
    catalogue = _catalogue(tmp_path, "GiB")
    _translate(catalogue, "GiB", "GiB")
    catalogue.compiled.write_bytes(b"damaged")
    assert _faults(catalogue, "GiB") == ["acme_vllm.mo is not what acme_vllm.po compiles to"]
    catalogue.update([Saying("GiB")])
    assert _faults(catalogue, "GiB") == []


def test_a_damaged_source_is_not_overwritten(tmp_path: pathlib.Path) -> None:
    """There may be much work in it."""
    catalogue = _catalogue(tmp_path, "The port.")
    catalogue.source.write_text('msgid "The port.\n<<<<<<< ours\n', encoding="utf-8")
    with pytest.raises(PoFileError):
        catalogue.update([Saying("The port.")])
    assert "<<<<<<< ours" in catalogue.source.read_text(encoding="utf-8")


def test_an_update_of_what_is_up_to_date_changes_no_byte(tmp_path: pathlib.Path) -> None:
    """Neither a date nor a version is in it, nor who made it."""
    catalogue = _catalogue(tmp_path, "The port.")
    _translate(catalogue, "The port.", "端口。")
    catalogue.update([Saying("The port.", about="A_PORT")])
    before = catalogue.source.read_bytes(), catalogue.compiled.read_bytes()
    catalogue.update([Saying("The port.", about="A_PORT")])
    assert (catalogue.source.read_bytes(), catalogue.compiled.read_bytes()) == before
    assert b"Babel" not in before[0] + before[1]


def test_a_catalogue_says_what_a_text_is_about(tmp_path: pathlib.Path) -> None:
    """Whoever translates it can look it up; a text that several say stands there once."""
    catalogue = Catalogue("acme_vllm", tmp_path, "zh_CN")
    catalogue.update([Saying("threads", about="A_POOL"), Saying("threads", about="B_POOL")])
    with catalogue.source.open("rb") as file:
        (message,) = (each for each in read_po(file) if each.id)
    assert isinstance(message, Message)
    assert message.auto_comments == ["A_POOL", "B_POOL"]


def test_all_that_a_variable_says_is_gathered_once() -> None:
    """Its help, its kind's words, its unit, and what is in the words of what it expects."""
    variable = Variable(
        "A_NAMES", Integer(), default=None, help="The names.", unit="names", expects=EachOf(Matches("a", "a name"))
    )
    assert [saying.text for saying in of_variables([variable])] == [
        "The names.",
        "a whole number",
        "names",
        "a list, each {each}",
    ]


def test_what_is_known_is_left_out() -> None:
    """It is in another catalogue."""
    variable = Variable("A_PORT", Integer(), default=None, help="The port.", expects=OneOf(1))
    known = [Saying("a whole number"), Saying("one of {choices}")]
    assert [saying.text for saying in of_variables([variable], known)] == ["The port."]


def test_of_a_plugins_source_only_marked_texts_are_gathered(tmp_path: pathlib.Path) -> None:
    """In files that import the marks; a function of one's own may be called as one likes."""
    (tmp_path / "__init__.py").write_text(
        "from envatlas.messages import Message, marked\n"
        'A = marked("one")\nB = Message("two {b}", b=1)\nwords("three")\nC = marked(A)\n'
    )
    (tmp_path / "other.py").write_text('def marked(text): return text\nmarked("four")\n')
    assert [*of_source(tmp_path)] == [Saying("one"), Saying("two {b}")]
    assert Saying("three") in [*of_source(tmp_path, is_core=True)]


def test_what_is_gathered_and_translated_is_what_is_said(site: Site) -> None:
    """From a declaration to a catalogue to a text in Chinese."""
    package(site)
    variable = Variable("A_PORT", Integer(), default=None, help="The port.", expects=Matches("a", "a name"))
    catalogue = Catalogue("acme_vllm", site.folder / "acme_vllm", "zh_CN")
    catalogue.update(of_variables([variable]))
    _translate(catalogue, "The port.", "端口。")
    _translate(catalogue, "a name", "名字")
    catalogue.update(of_variables([variable]))
    described = describe(variable, Words("zh_CN"), "acme_vllm")
    assert (described.help, described.expects) == ("端口。", "名字")
