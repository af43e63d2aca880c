"""Choices: what is said where a text names no registry, no plugin or no language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envatlas.formats.choices import find_registry, find_words, require_plugins
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site


def test_a_registry_is_found_by_its_module_and_attribute() -> None:
    """It is the very object."""
    assert find_registry("envatlas.vllm:registry") is registry


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("envatlas.vllm.registry", "is not of the form module:attribute"),
        (":registry", "is not of the form module:attribute"),
        ("envatlas.no_such:registry", "cannot be imported: ModuleNotFoundError: No module named"),
        ("envatlas.vllm:no_such", "cannot be imported: AttributeError: .* has no attribute"),
        ("envatlas.vllm:envs", "is of type Environment, and not a Registry"),
    ],
)
def test_a_text_that_names_no_registry_is_refused(text: str, said: str) -> None:
    """The error says what it names."""
    with pytest.raises(ValueError, match=said):
        find_registry(text)


@pytest.mark.parametrize("raised", ["SystemExit(3)", "RuntimeError('sk-marker')", "KeyError('sk-marker')"])
def test_a_module_that_raises_anything_has_no_registry(site: Site, raised: str) -> None:
    """Its message is not repeated where it may quote a secret."""
    site.write({"shown_app": f"raise {raised}"})
    kind = raised.partition("(")[0]
    with pytest.raises(ValueError, match=f"cannot be imported: it raised {kind}; import it in Python to see why$"):
        find_registry("shown_app:registry")


def test_ctrl_c_in_a_module_is_the_operators(site: Site) -> None:
    """It ends the command, and is no fault of the module's."""
    site.write({"shown_app": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        find_registry("shown_app:registry")


def test_a_language_is_found_by_any_locale_that_means_it() -> None:
    """And a language that there are no words in is refused."""
    assert find_words("zh-Hans", lambda: registry).language == "zh_CN"
    with pytest.raises(ValueError, match=r"there are no words in 'de'; there are: en, zh_CN\."):
        find_words("de", lambda: registry)


def test_plugins_that_there_are_can_be_chosen(site: Site) -> None:
    """The registry itself counts as one, and so does one that is not active, unless it must be."""
    site.add_plugin("acme", "raise RuntimeError\n")
    require_plugins(site.registry(), ["acme", "(registry)"])
    with pytest.raises(ValueError, match="plugin 'acme' is failed: importing acme_vllm raised RuntimeError"):
        require_plugins(site.registry(), ["acme"], active=True)


@pytest.mark.parametrize(
    ("name", "said"), [("acem", "Did you mean acme?"), ("nothing", r"There are: \(registry\), acme, other.")]
)
def test_a_plugin_that_is_not_installed_is_refused(site: Site, name: str, said: str) -> None:
    """The nearest names are named, or else all."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    site.add_plugin("other", site.declaring("A_HOST"))
    with pytest.raises(ValueError, match=f"no plugin is called '{name}'. {said}"):
        require_plugins(site.registry(), [name])
