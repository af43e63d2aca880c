"""``envatlas catalogues``: catalogues of plugins that are brought up to date, or only checked."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from envatlas.catalogues import Catalogue
from envatlas.cli import run
from envatlas.sayings import Saying
from tests.test_cli import registry_of
from tests.test_languages import package, write_catalogue

if TYPE_CHECKING:
    from tests.conftest import Site


def _acme(site: Site) -> Catalogue:
    """Install a plugin whose module is a package, and return its Chinese catalogue, of which there is nothing yet."""
    package(site, site.declaring("A_PORT"))
    return Catalogue("acme_vllm", site.folder / "acme_vllm", "zh_CN")


def test_an_author_begins_with_the_package(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """A catalogue is made in each language that envatlas has, and what is to be translated is named."""
    catalogue = _acme(site)
    assert run([registry_of(site), "catalogues", "acme_vllm"]) == 1
    shown = capsys.readouterr().out
    assert shown == f"{catalogue.source}: 'The number.': it has no translation\n1 fault.\n"
    assert "#. A_PORT" in catalogue.source.read_text(encoding="utf-8")


def test_another_language_can_be_named(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """One that envatlas has no words in, as well; what the plugin says is then said in it, and the rest in English."""
    catalogue = _acme(site)
    assert run([registry_of(site), "catalogues", "acme_vllm", "--into", "de"]) == 1
    assert not catalogue.source.exists()
    assert (site.folder / "acme_vllm/locale/de/LC_MESSAGES/acme_vllm.po").is_file()
    assert capsys.readouterr().out.endswith("1 fault.\n")
    source = site.folder / "acme_vllm/locale/de/LC_MESSAGES/acme_vllm.po"
    text = source.read_text(encoding="utf-8").replace('number."\nmsgstr ""', 'number."\nmsgstr "Die Zahl."')
    source.write_text(text, encoding="utf-8")
    assert run([registry_of(site), "catalogues", "acme_vllm", "--into", "de"]) == 0
    capsys.readouterr()
    assert run([registry_of(site), "explain", "A_PORT", "--language", "de"]) == 0
    assert "  Die Zahl.\n" in capsys.readouterr().out


@pytest.mark.parametrize("language", ["zh_CN", "zh_tw", "pt_BR", "sr_Latn", "zh_hant_hk"])
def test_a_folder_is_called_as_the_language_is(site: Site, language: str) -> None:
    """In gettext's way to write it; no script is added that nobody named."""
    folder = _acme(site).folder / "locale"
    assert run([registry_of(site), "catalogues", "acme_vllm", "--into", language]) == 1
    called = {"zh_tw": "zh_TW", "zh_hant_hk": "zh_Hant_HK"}.get(language, language)
    assert [path.name for path in folder.iterdir()] == [called]


def test_a_check_writes_nothing(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """It ends with a status that stops a build."""
    catalogue = _acme(site)
    assert run([registry_of(site), "catalogues", "acme_vllm", "--check"]) == 1
    assert "it is not in the catalogue" in capsys.readouterr().out
    assert not catalogue.source.exists()


def test_unless_one_is_named_all_that_have_catalogues_are_checked(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """A plugin that has none is not made to have one."""
    site.add_plugin("plain", site.declaring("B_PORT"))
    package(site, site.declaring("A_PORT"))
    option = registry_of(site)
    assert run([option, "catalogues"]) == 0
    write_catalogue(site, {"The number.": "数。"})
    assert run([option, "catalogues", "--check"]) == 1
    assert "acme_vllm.po: 'The number.': it is not in the catalogue" in capsys.readouterr().out


def test_the_languages_of_a_package_are_those_that_it_has(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Whatever envatlas has: none is missing that the author did not begin, and none is left out that there is."""
    folder = _acme(site).folder
    (folder / "locale/fr").mkdir(parents=True)
    for language in ("de", "pt_BR"):
        Catalogue("acme_vllm", folder, language).update([])
    assert run([registry_of(site), "catalogues", "--check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("/locale/")[2].partition("/")[0] for line in lines] == ["de", "pt_BR", ""]
    assert lines[-1] == "2 faults."


def test_what_the_selection_leaves_out_is_checked_as_well(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """A catalogue is not a matter of whoever runs the command."""
    catalogue = _acme(site)
    catalogue.update([Saying("The number.")])
    assert run([registry_of(site, "{'TEST_PLUGINS': ''}"), "catalogues"]) == 1
    assert capsys.readouterr().out.endswith("'The number.': it has no translation\n1 fault.\n")


def test_what_is_up_to_date_is_not_written(site: Site) -> None:
    """An installed package stays as it was installed."""
    catalogue = _acme(site)
    catalogue.update([Saying("The number.")])
    source = catalogue.source.read_text(encoding="utf-8").replace('number."\nmsgstr ""', 'number."\nmsgstr "数。"')
    catalogue.source.write_text(source, encoding="utf-8")
    assert run([registry_of(site), "catalogues"]) == 0
    before = catalogue.source.stat().st_mtime_ns, catalogue.compiled.stat().st_mtime_ns
    assert run([registry_of(site), "catalogues"]) == 0
    assert (catalogue.source.stat().st_mtime_ns, catalogue.compiled.stat().st_mtime_ns) == before


def test_the_texts_of_all_plugins_of_a_package_are_in_its_catalogue(
    capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    """Its declarations, and what is marked in its source."""
    modules = {
        "acme_vllm.__init__": "",
        "acme_vllm.one": site.declaring(site.declare("A_PORT", help_text="The port.")),
        "acme_vllm.two": site.declaring(site.declare("A_SIZE", help_text="The size.")),
        "acme_vllm.words": "from envatlas.messages import marked\nmarked('a word')\n",
    }
    site.add(plugins={"one": "acme_vllm.one", "two": "acme_vllm.two"}, modules=modules)
    assert run([registry_of(site), "catalogues", "acme_vllm"]) == 1
    shown = capsys.readouterr().out
    assert all(f"{text!r}: it has no translation" in shown for text in ("The port.", "The size.", "a word"))


def test_what_is_no_plugins_package_is_refused(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Nothing is written into it."""
    _acme(site)
    assert run([registry_of(site), "catalogues", "json"]) == 2
    assert "'json' is no plugin's package. There are: envatlas, acme_vllm." in capsys.readouterr().err


def test_a_module_has_no_place_for_catalogues(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """The error says how it gets one."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    assert run([registry_of(site), "catalogues", "acme_vllm"]) == 2
    assert "'acme_vllm' is a module. To have catalogues, it must be a folder" in capsys.readouterr().err


def test_a_plugin_that_cannot_be_loaded_is_refused(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """All of its texts would seem stale."""
    package(site, "raise RuntimeError('broken')")
    write_catalogue(site, {"The number.": "数。"})
    assert run([registry_of(site), "catalogues", "acme_vllm"]) == 2
    assert "cannot be loaded: importing acme_vllm raised RuntimeError: broken" in capsys.readouterr().err
    assert run([registry_of(site), "catalogues"]) == 0


@pytest.mark.parametrize("language", ["chinese", "../..", "qq"])
def test_a_language_that_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str], language: str) -> None:
    """It would have no rule for its plurals."""
    assert run(["catalogues", "--into", language]) == 2
    assert "A language is called as in zh_CN." in capsys.readouterr().err


def test_a_damaged_source_is_named(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """And is left as it is."""
    catalogue = _acme(site)
    catalogue.update([Saying("The number.")])
    catalogue.source.write_text('msgid "The\n<<<<<<<\n', encoding="utf-8")
    assert run([registry_of(site), "catalogues"]) == 1
    assert f"Error: {catalogue.source} cannot be read: " in capsys.readouterr().err
    assert "<<<<<<<" in catalogue.source.read_text(encoding="utf-8")


def test_without_its_extra_the_command_says_what_to_install() -> None:
    """The other commands do not need it."""
    code = "import sys; sys.modules['babel'] = None; from envatlas.__main__ import status; sys.exit(status())"
    done = subprocess.run([sys.executable, "-c", code, "catalogues"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "envatlas: this needs babel, which is not installed: pip install 'envatlas[catalogues]'\n"
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
