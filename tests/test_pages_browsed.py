"""The page in a real browser: what a reader finds, and what a plugin cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import pytest
from playwright.sync_api import expect

from envatlas import Deprecated, Text, Variable
from envatlas.formats.pages import render_page
from envatlas.formats.shown import one_line
from envatlas.languages import Words
from envatlas.vllm import registry
from tests.browsing import DESK, PHONE, SIDEWAYS, TABLET, Visit, browser, names
from tests.strange import BEGINNINGS, TEXT, add_strange_plugin

if TYPE_CHECKING:
    import pathlib

    from playwright.sync_api import Browser, Page, ViewportSize

    from tests.conftest import Site

__all__ = ["browser"]

pytestmark = pytest.mark.tools

LANGUAGES: Final = (Words("en"), Words("zh_CN"))
ENVIRON: Final = {"VLLM_PORT": "5000", "VLLM_API_KEY": "sk-marker", "VLLM_DP_SIZE": "two"}
AXE: Final = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SEEN: Final = """() => {
    const name = document.querySelector(`${location.hash} h3 a`);
    const { left, top, height } = name.getBoundingClientRect();
    return document.elementFromPoint(left + 1, top + height / 2) === name;
}"""
"""Whether the name that the address leads to is what a reader sees in its place."""
CANARIES: Final = "document.querySelectorAll('main img, main svg, main script, main style, [onclick], [onload]').length"


class Session(Protocol):
    """A session of the browser's own protocol, of which Playwright does not type what is sent."""

    def send(self, method: str, params: dict[str, Any]) -> object: ...


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Give the page of vLLM's variables, in both languages."""
    path = tmp_path_factory.mktemp("pages") / "variables.html"
    path.write_text(render_page(registry, LANGUAGES), encoding="utf-8")
    return path


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Give a visit, of which nothing may be heard but what the page shows."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    made = Visit(context.new_page())
    yield made
    context.close()
    assert made.faults == []


def says(page: Page, selector: str, text: str) -> None:
    """Wait until something says a text; what is out of sight is not laid out, and says nothing."""
    page.locator(selector).first.scroll_into_view_if_needed()
    expect(page.locator(selector).first).to_have_text(text, use_inner_text=True)


def chosen(page: Page, of: str, value: str) -> list[str]:
    """Choose a value of a filter, and return the names that are left."""
    page.select_option(f"select[data-filter={of}]", value)
    return names(page)


def compose(session: Session, text: str) -> None:
    """Type a text that an input method has not finished."""
    session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})


def test_all_variables_are_there_below_their_plugins(visit: Visit, file: pathlib.Path) -> None:
    """And the page says how many."""
    page = visit.open(file)
    assert names(page) == [
        variable.name for variable in sorted(registry, key=lambda each: (registry.owner(each.name).plugin, each.name))
    ]
    assert page.inner_text("#the-count") == f"{len(registry)} of {len(registry)} shown"
    says(page, "section:has(#VLLM_ROCM_FP8_PADDING) .count", "2 of 2 shown")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("rpc_tim", ["VLLM_RPC_TIMEOUT"]),
        ("ROCM fp8", ["VLLM_ROCM_FP8_PADDING"]),
        ("flash attention triton", ["VLLM_USE_TRITON_FLASH_ATTN"]),
        ("填充到 256 字节", ["VLLM_ROCM_FP8_PADDING"]),
        ("<script>", []),
    ],
)
def test_a_search_finds_names_help_and_plugins(
    visit: Visit, file: pathlib.Path, typed: str, expected: list[str]
) -> None:
    """Each word is looked for, in any case and in every language, while it is typed."""
    page = visit.open(file)
    page.locator("#the-search").press_sequentially(typed)
    assert names(page) == expected
    assert page.is_visible("#the-emptiness") is (not expected)
    assert page.inner_text("#the-count") == f"{len(expected)} of {len(registry)} shown"
    assert page.locator("main section:visible").count() == len(expected)


def test_filters_leave_what_fits_all_of_them(visit: Visit, file: pathlib.Path) -> None:
    """By plugin, kind and scope, and by what is said of a variable by a word."""
    page = visit.open(file)
    engine = {variable.name for variable in registry if registry.owner(variable.name).plugin == "engine"}
    assert set(chosen(page, "plugin", "engine")) == engine
    integers = {name for name in engine if registry[name].kind.name == "integer"}
    assert set(chosen(page, "kind", "integer")) == integers
    assert set(chosen(page, "scope", "node")) == {name for name in integers if registry[name].scope == "node"}
    page.check("[data-flag=internal]")
    assert names(page) == ["VLLM_PORT"]
    page.check("[data-flag=secret]")
    assert names(page) == []


def test_secret_variables_can_be_chosen(visit: Visit, file: pathlib.Path) -> None:
    """They are those that are declared so."""
    page = visit.open(file)
    page.check("[data-flag=secret]")
    assert set(names(page)) == {variable.name for variable in registry if variable.secret}


def test_deprecated_variables_can_be_chosen(visit: Visit, tmp_path: pathlib.Path, site: Site) -> None:
    """They are marked by the same word, and say what is to be used instead."""
    old = Variable("A_OLD", Text(), default=None, help="Old.", deprecated=Deprecated("1.2", "It is gone.", "A_NEW"))
    new = Variable("A_NEW", Text(), default=None, help="New.")
    path = tmp_path / "deprecated.html"
    path.write_text(render_page(site.registry_of(old, new), LANGUAGES), encoding="utf-8")
    page = visit.open(path)
    page.check("[data-flag=deprecated]")
    assert names(page) == ["A_OLD"]
    says(page, "#A_OLD .badge", "deprecated")
    assert page.get_attribute("#A_OLD dd a", "href") == "#A_NEW"


def test_set_and_unset_variables_can_be_chosen_where_values_are_told(visit: Visit, tmp_path: pathlib.Path) -> None:
    """What a secret is set to is nowhere in the page; what cannot be read is said to be so."""
    path = tmp_path / "values.html"
    path.write_text(render_page(registry.with_environ(ENVIRON), LANGUAGES, with_values=True), encoding="utf-8")
    page = visit.open(path)
    assert set(chosen(page, "state", "set")) == set(ENVIRON)
    says(page, "#VLLM_PORT dd", "5000")
    says(page, "#VLLM_DP_SIZE dd", "cannot be read")
    says(page, "#VLLM_API_KEY dd", "<secret>")
    assert "sk-marker" not in page.content()
    assert len(chosen(page, "state", "unset")) == len(registry) - len(ENVIRON)


def test_a_page_without_values_has_no_choice_by_them(visit: Visit, file: pathlib.Path) -> None:
    """Nothing of whoever made it is in it."""
    page = visit.open(file)
    assert page.locator("select[data-filter=state]").count() == page.locator(".badge.set").count() == 0


def test_the_name_of_a_variable_is_a_permanent_link(visit: Visit, file: pathlib.Path) -> None:
    """It leads to the variable, and stands in the address."""
    page = visit.open(file)
    page.click("#VLLM_USE_V1 h3 a")
    assert page.url == f"{file.as_uri()}#VLLM_USE_V1"
    other = visit.open(file, "#VLLM_USE_V1")
    expect(other.locator("#VLLM_USE_V1")).to_be_in_viewport()


@pytest.mark.parametrize("size", [DESK, PHONE, SIDEWAYS, TABLET], ids=["desk", "phone", "sideways", "tablet"])
def test_a_link_leads_to_a_name_that_is_in_sight(visit: Visit, tmp_path: pathlib.Path, size: ViewportSize) -> None:
    """The controls lie over it at no width and no height, whatever there is to choose."""
    path = tmp_path / "values.html"
    path.write_text(render_page(registry.with_environ(ENVIRON), LANGUAGES, with_values=True), encoding="utf-8")
    visit.page.set_viewport_size(size)
    page = visit.open(path, "#VLLM_USE_V1")
    page.wait_for_function(SEEN)
    page.click("#VLLM_USE_RAY_COMPILED_DAG_NCCL_CHANNEL dd a")
    page.wait_for_function(SEEN)


def test_a_link_to_a_variable_that_is_filtered_out_shows_it(visit: Visit, file: pathlib.Path) -> None:
    """Search and filters are cleared, rather than nothing happening."""
    page = visit.open(file)
    page.fill("#the-search", "padding")
    chosen(page, "plugin", "rocm")
    page.check("[data-flag=secret]")
    page.evaluate("location.hash = '#VLLM_PORT'")
    expect(page.locator("#VLLM_PORT")).to_be_in_viewport()
    assert len(names(page)) == len(registry)


def test_a_link_among_variables_leads_to_the_other(visit: Visit, file: pathlib.Path) -> None:
    """Where the page has it; other names are no links."""
    page = visit.open(file)
    page.click("#VLLM_USE_RAY_COMPILED_DAG_NCCL_CHANNEL dd a")
    assert page.url.endswith("#VLLM_USE_RAY_COMPILED_DAG")
    assert page.locator("#VLLM_CACHE_ROOT dd a").count() == 0


def test_the_page_switches_between_its_languages(visit: Visit, file: pathlib.Path) -> None:
    """Each is called by its own name; title, words, help texts and controls change, what is filtered stays."""
    page = visit.open(file)
    assert page.locator("#the-language option").all_inner_texts() == ["English", "简体中文"]
    page.fill("#the-search", "VLLM_ROCM")
    page.select_option("#the-language", "zh_CN")
    assert page.title() == page.inner_text("h1") == "vllm 的环境变量"
    assert page.get_attribute("html", "lang") == "zh-CN"
    says(page, "#VLLM_ROCM_FP8_PADDING .help", "将 FP8 权重填充到 256 字节；未设置时填充。")
    assert page.get_attribute("#the-search", "placeholder") == "搜索名称、说明和插件"
    assert page.inner_text("#the-count") == f"显示 1 个，共 {len(registry)} 个"
    page.select_option("#the-language", "en")
    says(page, "#VLLM_ROCM_FP8_PADDING .help", registry["VLLM_ROCM_FP8_PADDING"].help)


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        *((asked, "zh_CN") for asked in ("zh_CN", "zh-cn", "zh", "zh-Hans-SG", "zh_SG")),
        *((asked, "en") for asked in ("en", "en-GB", "<b>", "", "zh_TW", "zh-hk", "zh_Hant")),
    ],
)
def test_a_link_can_ask_for_a_language(visit: Visit, file: pathlib.Path, asked: str, language: str) -> None:
    """It opens in that one, or in the first where it has none such."""
    page = visit.open(file, f"?language={asked}")
    assert page.get_attribute("html", "data-language") == page.input_value("#the-language") == language


def test_the_language_that_was_chosen_is_kept(visit: Visit, file: pathlib.Path) -> None:
    """By a reload, and by the link to a variable; what else the address says stays."""
    page = visit.open(file, "?a=b#VLLM_USE_V1")
    page.select_option("#the-language", "zh_CN")
    assert page.url == f"{file.as_uri()}?a=b&language=zh_CN#VLLM_USE_V1"
    page.click("#VLLM_PORT h3 a")
    assert page.url == f"{file.as_uri()}?a=b&language=zh_CN#VLLM_PORT"
    page.reload()
    assert page.input_value("#the-language") == "zh_CN"


def test_the_keys_of_an_input_method_are_its_own(visit: Visit, file: pathlib.Path) -> None:
    """While Chinese is composed, an arrow chooses among its words, and Escape leaves off."""
    page = visit.open(file)
    chosen(page, "plugin", "rocm")
    page.focus("#the-search")
    compose(page.context.new_cdp_session(page), "tian")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "the-search"
    assert page.input_value("select[data-filter=plugin]") == "rocm"
    page.keyboard.insert_text("填充到")
    assert names(page) == ["VLLM_ROCM_FP8_PADDING"]


def test_the_keyboard_is_enough(visit: Visit, file: pathlib.Path) -> None:
    """A slash goes to the search, the arrow keys from variable to variable, and Escape begins anew."""
    page = visit.open(file)
    focused = "document.activeElement.textContent || document.activeElement.id"
    page.keyboard.press("/")
    assert page.evaluate(focused) == "the-search"
    page.keyboard.type("a/b")
    assert page.input_value("#the-search") == "a/b"
    page.fill("#the-search", "vllm_dp_")
    for key, expected in (
        ("ArrowDown", "VLLM_DP_MASTER_IP"),
        ("ArrowDown", "VLLM_DP_MASTER_PORT"),
        ("ArrowUp", "VLLM_DP_MASTER_IP"),
        ("ArrowUp", "the-search"),
    ):
        page.keyboard.press(key)
        assert page.evaluate(focused) == expected
    page.keyboard.press("Escape")
    assert page.input_value("#the-search") == ""
    assert len(names(page)) == len(registry)


def test_the_first_tab_skips_to_the_variables(visit: Visit, file: pathlib.Path) -> None:
    """Whoever has no pointer need not go through the filters."""
    page = visit.open(file)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "VLLM_PLUGINS"


@pytest.mark.parametrize(
    ("scheme", "size", "language"),
    [("light", DESK, "en"), ("dark", DESK, "zh_CN"), ("light", PHONE, "zh_CN"), ("dark", PHONE, "en")],
    ids=["light", "dark", "light phone", "dark phone"],
)
def test_axe_finds_nothing(
    browser: Browser, tmp_path: pathlib.Path, scheme: Literal["light", "dark"], size: ViewportSize, language: str
) -> None:
    """In all colours, widths and languages; axe itself needs to run in the page, which its policy does not let it."""
    path = tmp_path / "page.html"
    path.write_text(render_page(registry.with_environ(ENVIRON), LANGUAGES, with_values=True), encoding="utf-8")
    context = browser.new_context(color_scheme=scheme, viewport=size, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{path.as_uri()}?language={language}")
    page.evaluate(AXE)
    violations: list[dict[str, Any]] = page.evaluate("axe.run().then(result => result.violations)")
    context.close()
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []


def test_a_phone_scrolls_in_one_direction(browser: Browser, file: pathlib.Path) -> None:
    """Nothing is wider than its screen, in any language."""
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    for language in ("en", "zh_CN"):
        page.goto(f"{file.as_uri()}?language={language}")
        assert page.evaluate("document.scrollingElement.scrollWidth") == 320
    context.close()


def test_what_is_printed_is_the_variables(visit: Visit, file: pathlib.Path) -> None:
    """Those that are shown, without the controls; each on one sheet."""
    page = visit.open(file)
    page.fill("#the-search", "VLLM_ROCM")
    page.emulate_media(media="print")
    assert not page.is_visible(".controls")
    assert page.is_visible("#VLLM_ROCM_FP8_PADDING")
    assert page.pdf().count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_strange_plugin_changes_nothing_but_its_own_text(
    visit: Visit, tmp_path: pathlib.Path, site: Site, size: ViewportSize
) -> None:
    """No element, no dialog, no request and no error is its own; its text is shown letter by letter."""
    path = tmp_path / "strange.html"
    path.write_text(render_page(add_strange_plugin(site), LANGUAGES, with_values=True), encoding="utf-8")
    visit.page.set_viewport_size(size)
    page = visit.open(path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(CANARIES) == 0
    says(page, "section:has(#A_KIND) h2", "<i>strange</i> &amp;")
    says(page, "#A_KIND .help", one_line(TEXT))
    assert page.text_content("#A_KIND .help") == one_line(TEXT)
    for number, beginning in enumerate(BEGINNINGS):
        says(page, f"#A_BEGINNING_{number} .help", one_line(beginning))
    assert page.evaluate("document.scrollingElement.scrollWidth") == size["width"]
    assert page.evaluate("getComputedStyle(document.querySelector('#A_KIND')).display") != "none"
    page.fill("#the-search", "its name is that of something")
    assert names(page) == ["search"]
    assert re.fullmatch(r"1 of \d+ shown", page.inner_text("#the-count"))


def test_the_policy_lets_nothing_of_others_run(visit: Visit, file: pathlib.Path) -> None:
    """Not even what found its way into the page: neither a script, nor a handler, nor an image, nor a style."""
    page = visit.open(file)
    page.evaluate("""() => {
        const mark = document.createElement("div");
        mark.innerHTML = "<img src=x onerror=alert(1)><b style='color: red' onclick=alert(2)>x</b>";
        document.querySelector("main").append(mark);
        const script = document.createElement("script");
        script.textContent = "alert(3)";
        document.body.append(script);
        mark.querySelector("b").click();
    }""")
    assert page.evaluate("getComputedStyle(document.querySelector('main b')).color") != "rgb(255, 0, 0)"
    assert {fault.partition(":")[0] for fault in visit.faults} <= {"console", "request"}
    assert sum("Content Security Policy" in fault for fault in visit.faults) >= 4
    visit.faults.clear()
