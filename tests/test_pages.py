"""The page as a file: what is in it, whatever shows it."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from envatlas.formats.pages import render_page
from envatlas.languages import Words
from envatlas.vllm import registry
from tests.strange import add_strange_plugin

if TYPE_CHECKING:
    from tests.conftest import Site

LANGUAGES: Final = (Words("en"), Words("zh_CN"))
OWN_ELEMENTS: Final = {
    *("html", "head", "meta", "title", "style", "body", "script"),
    *("header", "main", "section", "article", "div", "h1", "h2", "h3", "p", "dl", "dt", "dd"),
    *("a", "bdi", "code", "span", "input", "label", "select", "option"),
}


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        """Read them."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of the elements of one name."""
        return [attributes for name, attributes in self.found if name == tag]


def test_every_variable_has_an_identifier_of_its_own() -> None:
    """No two elements have the same one, and a page needs nothing but itself."""
    page = Elements(render_page(registry, LANGUAGES))
    identifiers = [str(attributes["id"]) for _, attributes in page.found if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    assert {variable.name for variable in registry} < set(identifiers)
    assert not any(attributes.get("src") for _, attributes in page.found)
    assert all(str(attributes["href"]).startswith("#") for attributes in page.of("a"))


def test_a_name_cannot_be_an_identifier_of_the_pages_own() -> None:
    """Those have a hyphen, which no name has."""
    page = Elements(render_page(registry, LANGUAGES))
    names = {variable.name for variable in registry}
    others = {str(attributes["id"]) for _, attributes in page.found if "id" in attributes} - names
    assert others
    assert all("-" in identifier for identifier in others)


def test_the_policy_names_the_pages_own_script_and_style() -> None:
    """By the hashes of what is in the page, letter by letter; all else is forbidden."""
    text = render_page(registry, LANGUAGES)
    policy = next(str(each["content"]) for each in Elements(text).of("meta") if "http-equiv" in each)
    for element in ("style", "script"):
        found = re.search(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
        assert found is not None
        digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")


def test_a_page_of_one_language_offers_no_other() -> None:
    """And says nothing in two languages."""
    text = render_page(registry, [Words("zh_CN")])
    assert "the-language" not in {attributes.get("id") for _, attributes in Elements(text).found}
    assert [tag for tag, attributes in Elements(text).found if "lang" in attributes] == ["html"]


def test_a_strange_plugin_adds_no_element_and_no_attribute(site: Site) -> None:
    """All of its texts are escaped, and the file can be written in UTF-8."""
    text = render_page(add_strange_plugin(site), LANGUAGES, with_values=True)
    plain = Elements(render_page(registry, LANGUAGES, with_values=True))
    strange = Elements(text)
    assert {tag for tag, _ in strange.found} <= OWN_ELEMENTS
    assert {(tag, name) for tag, found in strange.found for name in found} <= {
        (tag, name) for tag, found in plain.found for name in found
    }
    assert len(strange.of("script")) == len(strange.of("style")) == 1
    assert text.encode().decode() == text


def test_a_page_is_the_same_each_time() -> None:
    """It can be kept under version control."""
    assert render_page(registry, LANGUAGES) == render_page(registry, LANGUAGES)
