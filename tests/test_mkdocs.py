"""The MkDocs plugin: small real sites, built by MkDocs itself, in which every warning is an error."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

import pytest
from mkdocs.commands.build import build
from mkdocs.config.base import load_config  # pyright: ignore[reportUnknownVariableType]  # it takes any options
from mkdocs.exceptions import Abort

from envatlas.formats.shown import one_line
from envatlas.vllm import registry
from tests.strange import TEXT, add_strange_plugin

if TYPE_CHECKING:
    import pathlib

    from tests.conftest import Site

CONFIGURATION: Final = "site_name: Acme\ntheme: null\nplugins:\n  - envatlas\nmarkdown_extensions: [fenced_code]\n"
PAGE: Final = """\
# Acme

<!-- envatlas plugin=rocm,ray level=4 -->

```
<!-- envatlas plugin=tpu -->
```

See [the padding](#VLLM_ROCM_FP8_PADDING), and `<!-- envatlas plugin=tpu -->`, ``a ` <!-- envatlas plugin=tpu --> b``.

```one``` is code.

~~~~ text
~~~
<!-- envatlas plugin=tpu -->
~~~~

- A list:

    ```
    <!-- envatlas plugin=tpu -->
    ```

<!-- envatlas-like words --> <!-- envatlasses -->

<!-- envatlas plugin=cuda language=zh_CN -->
"""


def built(folder: pathlib.Path, page: str, configuration: str = CONFIGURATION) -> str:
    """Build a site of one page of Markdown below a folder, and return its HTML."""
    (folder / "docs").mkdir()
    (folder / "theme").mkdir()
    (folder / "theme/main.html").write_text("{{ page.content }}")
    (folder / "docs/index.md").write_text(page, encoding="utf-8")
    text = configuration.replace("theme: null", "theme: {name: null, custom_dir: theme}\nsite_dir: built")
    (folder / "mkdocs.yml").write_text(text, encoding="utf-8")
    build(load_config(str(folder / "mkdocs.yml"), strict=True))
    return (folder / "built/index.html").read_text(encoding="utf-8")


def test_markers_are_replaced_by_the_variables_of_plugins(tmp_path: pathlib.Path) -> None:
    """Each by those it names, in its language and at its level; a marker in a block of code is text."""
    page = built(tmp_path, PAGE)
    anchors = re.findall(r'<h4[^>]*><a id="([A-Z0-9_]+)"></a>', page)
    assert anchors[-2:] == ["VLLM_ROCM_FP8_PADDING", "VLLM_USE_TRITON_FLASH_ATTN"]
    assert "Pads FP8 weights to 256 bytes; unset, they are padded." in page
    assert '<a href="#VLLM_USE_RAY_COMPILED_DAG">' in page
    assert f"rocm, envatlas-vllm-rocm {registry.owner('VLLM_ROCM_FP8_PADDING').version}</li>" in page
    assert '<h3 id="' in page
    assert "默认值" in page
    assert html.unescape(page).count("<!-- envatlas plugin=tpu -->") == 5


def test_the_configuration_says_what_all_markers_mean(tmp_path: pathlib.Path) -> None:
    """The registry and the language; what a whole registry warns of stands before its variables."""
    configuration = CONFIGURATION.replace(
        "- envatlas", "- envatlas: {registry: 'envatlas.vllm:registry', language: zh_CN}"
    )
    page = built(tmp_path, "<!-- envatlas -->\n", configuration)
    assert "将 FP8 权重填充到 256 字节；未设置时填充。" in page
    assert page.count("<blockquote>") == 1
    assert "Kubernetes" in page.partition("</blockquote>")[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("plugin=cdua", "no plugin is called 'cdua'. Did you mean cuda?"),
        ("language=de", "there are no words in 'de'; there are: en, zh_CN."),
        ("level=7", "level=7: expected the level of a heading, from 1 to 6"),
        ("cuda", "'cuda' is no option of an envatlas marker; there are: language=..., level=..., plugin=..., "),
        ("registry=nowhere:registry", "'nowhere:registry' cannot be imported: ModuleNotFoundError: No module"),
        ("registry=leaving:it", "'leaving:it' cannot be imported: it raised SystemExit; import it in Python"),
    ],
)
def test_a_marker_that_cannot_be_followed_ends_the_build(
    tmp_path: pathlib.Path, site: Site, caplog: pytest.LogCaptureFixture, options: str, said: str
) -> None:
    """With the page, and what to write instead."""
    site.write({"leaving": "raise SystemExit(3)"})
    with pytest.raises(Abort):
        built(tmp_path, f"<!-- envatlas {options} -->\n")
    assert f"index.md: {said}" in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "Indented, one is text:\n\n    ```python\n\nand no more.\n\n",
        "- ```\n  code\n  ```\n\n",
        "- A list:\n\n\t```\n\tcode\n\t```\n\n",
        "  ```\n  code\n```\n\n",
    ],
)
def test_a_fence_that_is_indented_ends_where_less_is(tmp_path: pathlib.Path, text: str) -> None:
    """Closed or not: the marker behind it is replaced."""
    assert "Pads FP8 weights" in built(tmp_path, f"{text}<!-- envatlas plugin=rocm -->\n")


def test_a_marker_in_a_fence_that_is_not_closed_ends_the_build(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be meant as text or not, and all others behind it would be lost as well."""
    with pytest.raises(Abort):
        built(tmp_path, "```\n<!-- envatlas plugin=rocm -->\n\nText.\n")
    assert "index.md: '<!-- envatlas plugin=rocm -->': the fence around it is not closed" in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "- A list:\n\n    <!-- envatlas plugin=rocm -->",
        "  <!-- envatlas plugin=rocm -->",
        "<!-- envatlas plugin=rocm --> and more",
        "Text. <!-- envatlas -->",
        "<!-- envatlas\n  plugin=rocm -->",
        "`code` <!--envatlas-->`",
        "```one``` is code\n\n    <!-- envatlas -->",
    ],
)
def test_a_marker_that_nothing_replaces_ends_the_build(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    """It would stay a comment, which nobody sees."""
    with pytest.raises(Abort):
        built(tmp_path, text)
    assert re.search(r"index.md: '.*<!-- ?envatlas.*': a marker is alone in its line, and not indented", caplog.text)


def test_a_plugin_that_failed_is_warned_of(
    tmp_path: pathlib.Path, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """Once; a strict build fails by it."""
    site.add_plugin("broken", "raise RuntimeError('no driver')")
    site.write({"shown_app": "from envatlas import Registry\nregistry = Registry('test', group='envatlas.test')\n"})
    with pytest.raises(Abort):
        built(tmp_path, "<!-- envatlas registry=shown_app:registry -->\n" * 2)
    said = [each.getMessage() for each in caplog.records if each.name.startswith("mkdocs.plugins")]
    assert len(said) == 1
    assert said[0].startswith("envatlas: plugin 'broken', broken-vllm 1.2, is not active: ")


def test_a_strange_plugin_makes_nothing_but_text(tmp_path: pathlib.Path, site: Site) -> None:
    """No element is in its page that is not in a plain plugin's; its text is there, letter by letter."""
    add_strange_plugin(site)
    site.write({"shown_app": "from envatlas import Registry\nregistry = Registry('test', group='envatlas.test')\n"})
    page = built(tmp_path, "<!-- envatlas registry=shown_app:registry -->\n")
    assert set(re.findall(r"<([a-z0-9]+)", page)) <= {"h3", "a", "code", "p", "ul", "li", "strong"}
    assert html.unescape(re.sub(r"<[^>]*>", "", page)).count(one_line(TEXT)) >= 5
