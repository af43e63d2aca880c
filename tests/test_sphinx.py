"""The Sphinx extension: small real sites, built by Sphinx itself, in which every warning is an error."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest
from sphinx.util.inventory import InventoryFile

from envatlas.formats.shown import one_line
from envatlas.vllm import registry
from tests.strange import TEXT, add_strange_plugin
from tests.test_languages import package, write_catalogue

if TYPE_CHECKING:
    import pathlib

    from tests.conftest import Site

CONFIGURATION: Final = 'extensions = ["envatlas.sphinx"]\nproject = "acme"\n'
SITE: Final = """\
Acme
====

.. envatlas:: rocm, cuda

See :envvar:`VLLM_ROCM_FP8_PADDING`, and :doc:`chinese`.

.. toctree::

   chinese
"""
CHINESE: Final = """\
Chinese
=======

.. envatlas::
   :plugin: ray
   :registry: envatlas.vllm:registry
   :language: zh
"""


def build(
    folder: pathlib.Path,
    *options: str,
    configuration: str = CONFIGURATION,
    plugins: pathlib.Path | None = None,
    **pages: str,
) -> subprocess.CompletedProcess[str]:
    """Build a site of reStructuredText pages into the folder ``html`` below a folder.

    Args:
        folder: Where to write it.
        options: Options of ``sphinx-build``.
        configuration: What stands in ``conf.py``.
        plugins: A folder of plugins.
        pages: The pages by their names.
    """
    folder.mkdir(exist_ok=True)
    (folder / "conf.py").write_text(configuration, encoding="utf-8")
    for name, text in pages.items():
        (folder / f"{name}.rst").write_text(text, encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": str(plugins or folder), "VLLM_PLUGINS": "cuda,rocm,ray,engine"}
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", *options, str(folder), str(folder / "html")]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)


def elements(text: str) -> set[str]:
    """Return the names of the elements in HTML, with those of their attributes that can run something."""
    return set(re.findall(r"<([a-z0-9]+)", text)) | set(re.findall(r"<[^>]*\s(on[a-z]+|srcdoc|style)=", text))


FAULTY: Final = {
    5: (".. envatlas:: rcom", "no plugin is called 'rcom'. Did you mean rocm?"),
    8: (".. envatlas:: hpu", "plugin 'hpu' is excluded: VLLM_PLUGINS leaves it out"),
    11: (".. envatlas::\n   :language: de", "there are no words in 'de'; there are: en, zh_CN."),
    14: (
        ".. envatlas::\n   :registry: nowhere:it",
        "'nowhere:it' cannot be imported: ModuleNotFoundError: No module named",
    ),
    17: (".. envatlas::\n   :registry: os:path", "'os:path' is of type module, and not a Registry"),
    20: (".. envatlas::\n   :registry: leaving:it", "'leaving:it' cannot be imported: it raised SystemExit; import it"),
}
"""By the lines where they stand: directives, and what is said of them."""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give what Sphinx says of a page of directives that cannot be followed."""
    lines = ["Acme", "====", ""]
    for line, (directive, _) in FAULTY.items():
        lines += [""] * (line - 1 - len(lines)) + directive.split("\n")
    folder = tmp_path_factory.mktemp("sphinx") / "faulty"
    folder.mkdir()
    (folder / "leaving.py").write_text("raise SystemExit(3)")
    return build(folder, "-b", "dummy", index="\n".join(lines) + "\n").stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Give the folder of a site that inserts variables in two languages, and links to them."""
    folder = tmp_path_factory.mktemp("sphinx") / "site"
    done = build(folder, "-n", "-j", "2", index=SITE, chinese=CHINESE)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "html"


def test_the_directive_inserts_the_variables_of_plugins(built: pathlib.Path) -> None:
    """Of several, in the order of the plugins' and of their own names, with all that there is to say."""
    page = (built / "index.html").read_text(encoding="utf-8")
    found = re.findall(r'id="envvar-([A-Z0-9_]+)"', page)
    assert found == [*sorted(found[:-2]), "VLLM_ROCM_FP8_PADDING", "VLLM_USE_TRITON_FLASH_ATTN"]
    assert "Pads FP8 weights to 256 bytes; unset, they are padded." in page
    assert "every process on every node must have the same" in page
    version = registry.owner("VLLM_ROCM_FP8_PADDING").version
    assert f"<p>rocm, envatlas-vllm-rocm {version}</p>" in page


def test_variables_are_linked_to_by_the_role_of_sphinx(built: pathlib.Path) -> None:
    """As is one variable by what another says; a name that is nobody's is no link, and no warning."""
    page = (built / "index.html").read_text(encoding="utf-8")
    assert 'href="#envvar-VLLM_ROCM_FP8_PADDING"' in page.partition("See ")[2]
    chinese = (built / "chinese.html").read_text(encoding="utf-8")
    assert 'href="#envvar-VLLM_USE_RAY_COMPILED_DAG"' in chinese


def test_other_projects_find_the_variables(built: pathlib.Path) -> None:
    """They are in the inventory that intersphinx reads, and in the index."""
    inventory = InventoryFile.loads((built / "objects.inv").read_bytes(), uri="")
    assert inventory["std:envvar", "VLLM_ROCM_FP8_PADDING"].uri == "index.html#envvar-VLLM_ROCM_FP8_PADDING"
    assert "VLLM_ROCM_FP8_PADDING" in (built / "genindex.html").read_text(encoding="utf-8")


def test_the_directive_speaks_a_language(built: pathlib.Path) -> None:
    """That which its option asks for."""
    page = (built / "chinese.html").read_text(encoding="utf-8")
    assert "让 Ray 的 Compiled Graph 通过 NCCL 通信；未设置时也是如此。" in page
    assert "所有节点上的所有进程必须使用相同的值" in page


def test_the_directive_speaks_the_language_of_the_documents(tmp_path: pathlib.Path) -> None:
    """Unless an option says otherwise; what must be known of a whole registry stands before its variables."""
    done = build(tmp_path, configuration=CONFIGURATION + 'language = "zh_CN"\n', index="Acme\n====\n\n.. envatlas::\n")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "html/index.html").read_text(encoding="utf-8")
    assert "将 FP8 权重填充到 256 字节；未设置时填充。" in page
    assert page.count('class="admonition warning"') == 2


def test_the_directive_speaks_a_language_that_a_plugin_alone_brings(tmp_path: pathlib.Path, site: Site) -> None:
    """By its option, or by that of the documents."""
    package(site, site.declaring("A_PORT"))
    write_catalogue(site, {"The number.": "Die Zahl."}, language="de")
    site.write({"shown_app": "from envatlas import Registry\nregistry = Registry('test', group='envatlas.test')\n"})
    configuration = CONFIGURATION + 'envatlas_registry = "shown_app:registry"\n'
    page = "Acme\n====\n\n.. envatlas::\n"
    for language, option in (("", "   :language: de\n"), ('language = "de"\n', "")):
        done = build(tmp_path, "-E", configuration=configuration + language, plugins=site.folder, index=page + option)
        assert done.returncode == 0, done.stderr
        assert "Die Zahl." in (tmp_path / "html/index.html").read_text(encoding="utf-8")


def test_variables_that_are_documented_twice_are_targets_once(tmp_path: pathlib.Path) -> None:
    """Where the option says so; Sphinx warns of it otherwise."""
    twice = "Acme\n====\n\n.. envatlas:: rocm\n\nAgain\n-----\n\n.. envatlas:: rocm\n"
    assert "duplicate" in build(tmp_path, "-b", "dummy", index=twice).stderr
    assert build(tmp_path, "-b", "dummy", index=twice + "   :no-index:\n").returncode == 0


@pytest.mark.parametrize("line", FAULTY)
def test_a_directive_that_cannot_be_followed_says_why(faulty: str, line: int) -> None:
    """With the page and the line."""
    _, said = FAULTY[line]
    assert re.search(rf"index\.rst:{line}: ERROR: {re.escape(said)}", faulty)


def test_a_plugin_that_failed_is_warned_of(tmp_path: pathlib.Path, site: Site) -> None:
    """Once, with the place of the directive that lacks it."""
    site.add_plugin("broken", "raise RuntimeError('no driver')")
    site.write({"shown_app": "from envatlas import Registry\nregistry = Registry('test', group='envatlas.test')\n"})
    configuration = CONFIGURATION + 'envatlas_registry = "shown_app:registry"\n'
    page = "Acme\n====\n\n.. envatlas::\n\n.. envatlas::\n"
    done = build(tmp_path, "-b", "dummy", configuration=configuration, plugins=site.folder, index=page)
    assert done.returncode == 1
    assert done.stderr.count("WARNING") == 1
    assert f"{tmp_path / 'index.rst'}:4: WARNING: plugin 'broken', broken-vllm 1.2, is not active: " in done.stderr


def test_a_strange_plugin_makes_nothing_but_text(tmp_path: pathlib.Path, site: Site) -> None:
    """No element is in its page that is not in a plain plugin's; its text is there, letter by letter."""
    add_strange_plugin(site)
    site.write({"shown_app": "from envatlas import Registry\nregistry = Registry('test', group='envatlas.test')\n"})
    configuration = CONFIGURATION + 'envatlas_registry = "shown_app:registry"\n'
    done = build(tmp_path, configuration=configuration, plugins=site.folder, index="Acme\n====\n\n.. envatlas::\n")
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "html/index.html").read_text(encoding="utf-8").partition('<div class="body"')[2]
    body = page.partition('<div class="sphinxsidebar"')[0]
    assert elements(body) <= {"section", "h1", "a", "dl", "dt", "dd", "span", "p", "code", "div"}
    assert html.unescape(re.sub(r"<[^>]*>", "", body)).count(one_line(TEXT)) >= 5
