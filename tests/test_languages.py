"""Languages: which one is chosen, and what is said in it."""

from __future__ import annotations

import gettext
import logging
import os
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import pytest
from babel.core import get_global
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from hypothesis import given
from hypothesis import strategies as st

from envatlas.languages import (
    SOURCE,
    Words,
    best_language,
    languages,
    locale_folders,
    match_language,
    package_folders,
    places,
)
from envatlas.messages import Message

if TYPE_CHECKING:
    from tests.conftest import Site

_CHINESE: Final = ["zh_CN"]


def write_catalogue(
    site: Site, translations: Mapping[str, str], *, package: str = "acme_vllm", language: str = "zh_CN"
) -> pathlib.Path:
    """Write a compiled catalogue into a package of a site, and return its path."""
    file = site.folder / package / "locale" / language / "LC_MESSAGES" / f"{package}.mo"
    file.parent.mkdir(parents=True)
    catalogue = Catalog(locale=language)
    for text, translation in translations.items():
        catalogue.add(text, translation)
    with file.open("wb") as opened:
        write_mo(opened, catalogue)
    return file


def package(site: Site, source: str = "") -> None:
    """Install a distribution with one plugin, whose module is the package ``acme_vllm``."""
    site.add(plugins={"acme": "acme_vllm"}, modules={"acme_vllm.__init__": source})


@pytest.mark.parametrize(
    "locale",
    ["zh", "zh_CN", "zh_CN.UTF-8", "zh_CN.GB18030", "zh-CN", "zh-Hans-CN", "zh_Hans", "ZH-hans", "zh_SG.utf8", "zh@a"],
)
def test_the_locales_of_those_who_read_simplified_chinese_match_it(locale: str) -> None:
    """However it is written, by systems and by browsers."""
    assert match_language(locale, _CHINESE) == "zh_CN"


@pytest.mark.parametrize("locale", ["zh_TW", "zh-Hant", "zh_HK.UTF-8", "zh_Hant_CN", "de", "C.UTF-8", "", "_", "z h"])
def test_other_locales_do_not_match_it(locale: str) -> None:
    """The traditional script is another one."""
    assert match_language(locale, _CHINESE) is None


def test_the_same_territory_is_best_then_none_then_any_other() -> None:
    """What nobody offers is replaced by what is nearest."""
    offered = ["pt_BR", "pt", "pt_PT", "en"]
    assert match_language("pt_BR", offered) == "pt_BR"
    assert match_language("pt_AO", offered) == "pt"
    assert match_language("pt", ["en", "pt_PT", "pt_BR"]) == "pt_BR"


def test_what_is_called_the_same_is_nearest() -> None:
    """Of two names for one language, however they are written."""
    offered = ["zh_CN", "zh_Hans_CN", "zh_Hans"]
    assert [match_language(each, offered) for each in ("zh_CN.UTF-8", "zh-hans-cn", "zh_hans")] == offered


@given(st.sampled_from(sorted(name for name in get_global("likely_subtags") if name.startswith("zh_") or name == "zh")))
def test_the_script_of_chinese_is_the_one_that_babel_expects(name: str) -> None:
    """By the likely subtags of Unicode's locale data."""
    script = get_global("likely_subtags")[name].split("_")[1]
    offered = {"Hans": "zh_CN", "Hant": "zh_TW"}
    assert match_language(name, offered.values()) == offered.get(script)


@given(st.text(), st.lists(st.text()))
def test_what_matches_is_one_of_those_that_there_are(wanted: str, available: list[str]) -> None:
    """Whatever is wanted, and whatever the folders are called."""
    assert match_language(wanted, available) in {None, *available}


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh_CN"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:zh:en"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en:zh"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": ""}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "zh_TW"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_is_what_gettext_would_choose(environ: Mapping[str, str], language: str) -> None:
    """The first variable that is set and not empty is the locale, and a list of languages counts more."""
    assert best_language(environ, _CHINESE) == language


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_scripts_ask_for_english_whatever_the_list_of_languages_is(locale: str) -> None:
    """A desktop sets the list for all that runs in it."""
    assert best_language({"LC_ALL": locale, "LANG": "zh_CN.UTF-8", "LANGUAGE": "zh"}, _CHINESE) == SOURCE


def test_a_text_that_nobody_translates_stays_as_it_is() -> None:
    """So does the empty one, under which a catalogue keeps its header."""
    words = Words("zh_CN")
    assert (words("No catalogue has this."), words("")) == ("No catalogue has this.", "")


def test_a_language_without_catalogues_is_english() -> None:
    """Arguments are in their places all the same."""
    assert Words("de")("one of {choices}", choices="1, 2") == "one of 1, 2"


def test_arguments_stand_where_the_translation_has_them() -> None:
    """The order of the words differs from language to language."""
    assert Words("zh_CN")("one of {choices}", choices="1, 2") == "1, 2 之一"


def test_a_message_is_translated_with_the_messages_in_it() -> None:
    """To any depth."""
    bounds = Message("at least {minimum}", minimum=1)
    assert Words("zh_CN")(Message("a list, each {each}", each=bounds)) == "列表，其中每一项：不小于 1"
    assert Words("en")(Message("a list, each {each}", each=bounds)) == "a list, each at least 1"


def test_a_number_has_the_form_that_the_language_has_for_it() -> None:
    """English has two, Chinese has one."""
    forms = "{count} fault.", "{count} faults."
    assert [Words("en").plural(*forms, count, count=count) for count in (0, 1, 2)] == [
        "0 faults.",
        "1 fault.",
        "2 faults.",
    ]
    assert [Words("zh_CN").plural(*forms, count, count=count) for count in (0, 1)] == ["0 处问题。", "1 处问题。"]
    assert Words("zh_CN").plural("{count} cat", "{count} cats", 2, count=2) == "2 cats"


def test_a_plugin_brings_its_own_catalogue(site: Site) -> None:
    """It lies in the plugin's package, which need not be imported for it."""
    package(site, "raise RuntimeError")
    write_catalogue(site, {"The port.": "端口。"})
    assert Words("zh_CN").of_plugin("acme_vllm", "The port.") == "端口。"
    assert Words("zh_CN").of_plugin("acme_vllm.declarations", "The port.") == "端口。"


def test_a_catalogue_counts_for_its_own_package_alone(site: Site) -> None:
    """Neither envatlas nor another plugin says anything else because of it."""
    package(site)
    write_catalogue(site, {"The port.": "端口。", "Nothing is wrong.": "一切都错了。"})
    words = Words("zh_CN")
    words.of_plugin("acme_vllm", "The port.")
    assert words("Nothing is wrong.") == "没有发现问题。"
    assert words.of_plugin("other_vllm", "The port.") == words.of_plugin("", "The port.") == "The port."


def test_what_a_plugin_does_not_translate_envatlas_may(site: Site) -> None:
    """The kinds and the units that all plugins use are its own."""
    package(site)
    write_catalogue(site, {})
    assert Words("zh_CN").of_plugin("acme_vllm", "a whole number") == "整数"


def test_a_catalogue_may_lie_under_another_name_of_the_language(site: Site) -> None:
    """As authors are used to, or their tools."""
    package(site)
    write_catalogue(site, {"The port.": "端口。"}, language="zh_Hans")
    assert Words("zh_CN").of_plugin("acme_vllm", "The port.") == "端口。"


def test_a_package_in_two_places_may_have_its_catalogue_in_either(site: Site) -> None:
    """A namespace package has as many folders as distributions."""
    other = site.another("other")
    site.write({"acme_vllm.one": ""})
    other.write({"acme_vllm.two": ""})
    (site.folder / "acme_vllm" / "locale").mkdir()
    write_catalogue(other, {"The port.": "端口。"})
    assert len(locale_folders("acme_vllm")) == 2
    assert Words("zh_CN").of_plugin("acme_vllm.two", "The port.") == "端口。"


def test_a_module_that_is_no_package_has_no_catalogue(site: Site) -> None:
    """A folder beside it would be everybody's."""
    site.add_plugin("acme", "")
    (site.folder / "locale").mkdir()
    assert locale_folders("acme_vllm") == []
    assert Words("zh_CN").of_plugin("acme_vllm", "The port.") == "The port."


@pytest.mark.parametrize("name", ["no_such_package_at_all", "acme.vllm", "", "__main__"])
def test_what_is_no_package_has_no_folder(name: str) -> None:
    """And nothing is raised."""
    assert package_folders(name) == []


_DAMAGED: Final = {
    "empty": b"",
    "no catalogue": b"msgid",
    "cut off": b"\xde\x12\x04\x95" + b"\0" * 3,
    "out of its bounds": b"\xde\x12\x04\x95" + b"\0\0\0\0" + b"\xff\xff\xff\x7f" * 5,
}


@pytest.mark.parametrize("content", _DAMAGED.values(), ids=_DAMAGED)
def test_a_damaged_catalogue_is_none_and_is_logged(
    site: Site, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    """The plugin's texts stay English, and everybody else's are translated."""
    package(site)
    write_catalogue(site, {}).write_bytes(content)
    words = Words("zh_CN")
    with caplog.at_level(logging.WARNING, logger="envatlas"):
        assert words.of_plugin("acme_vllm", "The port.") == "The port."
    assert f"a catalogue in {site.folder / 'acme_vllm' / 'locale'} cannot be read" in caplog.text
    assert words("NAME") == "名称"


def test_a_catalogue_that_is_no_file_is_none(site: Site) -> None:
    """Reading a pipe would wait for ever."""
    package(site)
    file = write_catalogue(site, {})
    file.unlink()
    os.mkfifo(file)
    assert Words("zh_CN").of_plugin("acme_vllm", "The port.") == "The port."


def test_a_formula_for_plurals_that_divides_by_zero_does_no_harm(site: Site) -> None:
    """Gettext computes it for every text that it does not find."""
    package(site)
    catalogue = write_catalogue(site, {"The port.": "端口。"})
    rest = catalogue.read_bytes().replace(b"nplurals=1; plural=0;", b"nplurals=1;plural=n/0")
    catalogue.write_bytes(rest)
    with catalogue.open("rb") as file, pytest.raises(ZeroDivisionError):
        gettext.GNUTranslations(file).gettext("The size.")
    words = Words("zh_CN")
    assert words.of_plugin("acme_vllm", "The size.") == "The size."
    assert words.of_plugin("acme_vllm", "The port.") == "端口。"


@pytest.mark.parametrize("hostile", ["{", "{name.__class__}", "{name!r}", "{name:>999999999}", "{other}", "{}", "名称"])
def test_a_translation_with_other_places_is_not_used(site: Site, hostile: str) -> None:
    """It could fail, reach what it should not, or leave something out."""
    package(site)
    write_catalogue(site, {"called {name}": hostile})
    assert Words("zh_CN").of_plugin("acme_vllm", Message("called {name}", name="acme")) == "called acme"


def test_places_are_the_same_in_any_order() -> None:
    """Each with its form and its conversion, as often as it stands there."""
    assert places("{a} {b}") == places("{b}: {a}") != places("{a} {a} {b}")
    assert places("{a!r}") != places("{a}")
    assert places("{") is None


def test_english_reads_no_catalogue(site: Site) -> None:
    """A damaged one is not even looked at."""
    package(site)
    write_catalogue(site, {"The port.": "端口。"}, language="en")
    assert Words("en").of_plugin("acme_vllm", "The port.") == "The port."


def test_what_a_plugin_says_is_a_text_whatever_it_is(site: Site) -> None:
    """A kind of its own may expect anything."""
    package(site)
    write_catalogue(site, {})
    assert Words("zh_CN").of_plugin("acme_vllm", cast("str", [5])) == "[5]"


def test_reading_variables_needs_no_languages(site: Site) -> None:
    """A start pays for nothing that only people need."""
    code = (
        "import json, sys; from envatlas.vllm import envs; envs.snapshot()\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('envatlas.')]))"
    )
    loaded = cast("list[str]", site.answer(code))
    assert not {"envatlas.languages", "envatlas.messages", "envatlas.descriptions"} & {*loaded}


def test_the_languages_are_the_folders_that_envatlas_has() -> None:
    """English needs none."""
    assert languages() == ("en", "zh_CN")
