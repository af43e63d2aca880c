"""``envatlas docs``: what it writes, where, and what it refuses; and that the documents here are what it writes."""

from __future__ import annotations

import pathlib
import shlex
import sys
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.cli import run
from envatlas.formats.markdown import render_markdown
from envatlas.formats.pages import render_page
from envatlas.formats.reference import reference_of
from envatlas.languages import Words
from envatlas.registry import OWN
from envatlas.vllm import registry
from tests.test_cli import BUNDLED, in_process_of_its_own, printed, registry_of

if TYPE_CHECKING:
    from tests.conftest import Site

ROOT: Final = pathlib.Path(__file__).parent.parent
DOCUMENTS: Final = {"en": "docs/variables.md", "zh_CN": "docs/variables.zh_CN.md"}


@pytest.mark.parametrize("language", DOCUMENTS)
def test_the_documents_of_the_variables_are_up_to_date(capsys: pytest.CaptureFixture[str], language: str) -> None:
    """They are what the command writes of the bundled plugins; the failure names the command that mends them."""
    plugins = [OWN, *(each.name for each in registry.active_plugins if each.distribution.startswith(BUNDLED))]
    command = ["docs", "--language", language, *(f"--plugin={name}" for name in plugins)]
    written = printed(capsys, *command)
    kept = (ROOT / DOCUMENTS[language]).read_text(encoding="utf-8")
    assert kept == written, f"run: {shlex.join(['envatlas', *command, '--output', DOCUMENTS[language]])}"


def test_the_reference_is_markdown_unless_another_form_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """With a line that says where it is from."""
    shown = printed(capsys, "docs", "--plugin", "rocm", "--plugin", "tpu")
    first, rest = shown.split("\n\n", 1)
    assert first == "<!-- Made by `envatlas docs` from the declarations: change those. -->"
    assert rest == render_markdown(reference_of(registry, Words("en"), ["rocm", "tpu"]))


def test_the_page_opens_in_the_language_that_is_asked_for_and_has_all(capsys: pytest.CaptureFixture[str]) -> None:
    """One file is for all readers."""
    shown = printed(capsys, "docs", "--format", "html", "--language", "zh")
    assert shown == render_page(registry, [Words("zh_CN"), Words("en")])


def test_the_locale_chooses_the_language(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of Markdown, and of what a page opens in."""
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "# vllm 的环境变量" in printed(capsys, "docs", "--plugin", "rocm")
    assert '<html lang="zh-CN" data-language="zh_CN">' in printed(capsys, "docs", "--format=html", "--plugin=rocm")


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_values_are_written_where_they_are_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """A secret's text is not, even then."""
    monkeypatch.setenv("VLLM_API_KEY", "sk-marker")
    monkeypatch.setenv("VLLM_RPC_TIMEOUT", "12345")
    assert "12345" not in printed(capsys, "docs", "--format", form)
    shown = printed(capsys, "docs", "--format", form, "--values")
    assert "12345" in shown
    assert "sk-marker" not in shown


def test_a_file_is_written_in_utf_8_whatever_the_locale_is(tmp_path: pathlib.Path) -> None:
    """And so is standard output, for it is a document; nothing is printed beside a file."""
    path = tmp_path / "variables.md"
    written = in_process_of_its_own("docs", "--language=zh", f"--output={path}", LC_ALL="C", PYTHONUTF8="0")
    assert (written.returncode, written.stdout, written.stderr) == (0, "", "")
    shown = in_process_of_its_own("docs", "--language=zh", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert shown.stdout == path.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_an_error(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    """The message names it, and says why."""
    assert run(["docs", "--output", str(tmp_path / "none" / "variables.md")]) == 1
    assert capsys.readouterr().err.endswith("variables.md': No such file or directory\n")


def test_a_plugin_that_is_not_active_has_no_reference(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """Nor has one that is not installed."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    option = registry_of(site, "{'TEST_PLUGINS': ''}")
    assert run([option, "docs", "--plugin", "acme"]) == 2
    assert "plugin 'acme' is excluded: TEST_PLUGINS leaves it out" in capsys.readouterr().err
    assert run([option, "docs", "--plugin", "acem"]) == 2
    assert "no plugin is called 'acem'. Did you mean acme?" in capsys.readouterr().err


def test_a_page_without_its_library_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Markdown needs none."""
    monkeypatch.delitem(sys.modules, "envatlas.formats.pages", raising=False)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert run(["docs", "--format", "html"]) == 2
    assert 'pip install "envatlas[docs]"' in capsys.readouterr().err


def test_what_a_plugin_prints_is_not_in_the_document(capsys: pytest.CaptureFixture[str], site: Site) -> None:
    """It goes to standard error."""
    site.add_plugin("acme", "print('hello')\n" + site.declaring("A_PORT"))
    shown = printed(capsys, registry_of(site), "docs")
    assert "hello" not in shown
    assert "A_PORT" in shown


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_problems_go_to_standard_error(capsys: pytest.CaptureFixture[str], site: Site, form: str) -> None:
    """The reference is written nonetheless, without the plugin that failed."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add_plugin("broken", "raise RuntimeError('no driver')")
    assert run([registry_of(site), "docs", "--format", form]) == 0
    captured = capsys.readouterr()
    assert "A_PORT" in captured.out
    assert captured.err.startswith("! plugin 'broken', broken-vllm 1.2, is not active: ")
