"""The reference: its plugins, its variables, what it warns of, and what it tells of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from envatlas import Computed, Integer, Path, Registry, Text, Variable, user_cache
from envatlas.environs import Environ, Place, Untold
from envatlas.formats.reference import Entry, Reference, reference_of
from envatlas.languages import Words
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site

ENGLISH: Final = Words("en")


def entry(reference: Reference, name: str) -> Entry:
    """Return a variable's entry."""
    return next(each for section in reference.sections for each in section.entries if each.name == name)


def value(reference: Reference, name: str) -> str:
    """Return what a variable is said to be set to."""
    return next(fact.text for fact in entry(reference, name).facts if fact.key == "value")


def test_a_reference_has_all_active_plugins_by_their_names() -> None:
    """The registry's own variable has a section of its own, with a title in words."""
    reference = reference_of(registry, ENGLISH)
    plugins = sorted({registry.owner(variable.name).plugin for variable in registry})
    assert [section.plugin for section in reference.sections] == plugins
    assert reference.sections[0].title == "the registry itself"
    assert reference.sections[1].title == reference.sections[1].plugin == "build"
    assert reference.names == {variable.name for variable in registry}


def test_a_reference_of_chosen_plugins_has_those_alone() -> None:
    """And warns of nothing that is of the whole registry."""
    reference = reference_of(registry, ENGLISH, ["cuda", "rocm"])
    assert [section.plugin for section in reference.sections] == ["cuda", "rocm"]
    assert reference.warnings == ()


def test_a_reference_warns_of_names_that_are_taken_for_others() -> None:
    """What a Kubernetes service sets by itself, and what is not the address of the API server."""
    service, address = reference_of(registry, ENGLISH).warnings
    assert "no service may be called vllm, and none vllm-something" in service
    assert address.startswith("VLLM_HOST_IP, VLLM_PORT: ")
    assert reference_of(registry, ENGLISH, ["engine"]).warnings == (address,)


def test_a_registry_without_a_prefix_warns_of_no_service(site: Site) -> None:
    """There is none that would set its variables."""
    assert reference_of(site.registry(), ENGLISH).warnings == ()


def test_a_service_is_named_as_kubernetes_names_it() -> None:
    """In small letters, with hyphens."""
    made = Registry("acme", group="envatlas.no.such", prefix="ACME_APP_")
    assert "called acme-app, and none acme-app-something" in reference_of(made, ENGLISH).warnings[0]


def test_values_are_told_where_they_are_asked_for(site: Site) -> None:
    """Of a secret, only that it is set; of a text that cannot be read, that; of one that no file tells, likewise."""
    environ = Environ(
        Place("a.yaml"),
        {"A_PORT": "5", "A_KEY": "sk-marker", "A_SIZE": "two"},
        untold={"A_TOLD": Untold(Place("a.yaml"), "it is in a Secret")},
    )
    made = site.registry_of(
        Variable("A_PORT", Integer(), default=None, help="The port."),
        Variable("A_KEY", Text(), default=None, help="The key.", secret=True),
        Variable("A_SIZE", Integer(), default=None, help="The size."),
        Variable("A_HOST", Text(), default="localhost", help="The host."),
        Variable("A_TOLD", Text(), default=None, help="What is told."),
        environ=environ,
    )
    reference = reference_of(made, ENGLISH, with_values=True)
    assert [value(reference, name) for name in ("A_PORT", "A_KEY", "A_SIZE", "A_HOST", "A_TOLD")] == [
        "5",
        "<secret>",
        "cannot be read",
        "'localhost'",
        "(set)",
    ]
    assert [entry(reference, name).is_set for name in ("A_PORT", "A_HOST")] == [True, False]


def test_a_value_that_is_not_told_is_said_as_a_listing_says_it(site: Site) -> None:
    """A text that holds a secret's is as secret; so is what a secret's default computes; a home may be unknown."""
    environ = Environ(Place("a.yaml", container="Pod a"), {"A_KEY": "sk-marker", "A_URL": "https://sk-marker@a.org"})
    made = site.registry_of(
        Variable("A_KEY", Text(), default=None, help="The key.", secret=True),
        Variable("A_OTHER", Text(), default=Computed(lambda _: "sk-other", "another"), help="A key.", secret=True),
        Variable("A_URL", Text(), default=None, help="The address."),
        Variable("A_HOME", Path(), default=user_cache("a"), help="The folder."),
        Variable("A_SUM", Text(), default=Computed(lambda environ: environ["B"], "$B"), help="The sum."),
        environ=environ,
    )
    reference = reference_of(made, ENGLISH, with_values=True)
    names = ("A_KEY", "A_OTHER", "A_URL", "A_HOME", "A_SUM")
    assert [value(reference, name) for name in names] == [
        "<secret>",
        "<secret>",
        "<secret>",
        "(not known)",
        "the default cannot be computed",
    ]
    assert [entry(reference, name).is_set for name in names] == [True, False, True, False, False]


def test_a_value_keeps_its_spaces(site: Site) -> None:
    """Words are on one line; what is not printable is escaped in both."""
    made = site.registry_of(Variable("A_SEPARATOR", Text(), default="a  b\n\u202e", help="It  separates."))
    found = entry(reference_of(made, ENGLISH), "A_SEPARATOR")
    assert found.help == "It separates."
    assert next(fact.text for fact in found.facts if fact.key == "default") == r"'a  b\n\u202e'"


def test_an_entry_names_its_plugin_where_no_section_does(site: Site) -> None:
    """With its distribution and version, as a listing has them."""
    made = site.registry_of(Variable("A_PORT", Integer(), default=None, help="The port."))
    found = entry(reference_of(made, ENGLISH, with_plugins=True), "A_PORT").facts[-1]
    assert (found.key, found.text) == ("plugin", "acme, acme-vllm 1.2")


def test_values_are_told_only_where_they_are_asked_for(site: Site) -> None:
    """A reference does not tell who made it."""
    made = site.registry_of(Variable("A_PORT", Integer(), default=None, help="The port."), environ={"A_PORT": "5"})
    found = entry(reference_of(made, ENGLISH), "A_PORT")
    assert found.is_set is None
    assert "value" not in {fact.key for fact in found.facts}
