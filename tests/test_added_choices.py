"""Added choices: what a plugin adds to the choices of a variable that another declares."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import pytest

from envatlas import (
    AddedChoices,
    Choice,
    DeclarationError,
    EachOf,
    Expectation,
    Integer,
    Kind,
    OneOf,
    Registry,
    Text,
    TextList,
    UpperText,
    Variable,
)
from envatlas.choices import AddedChoice, ChoicesPlugin
from envatlas.contributions import HookError
from envatlas.dialects import ExactChoice
from envatlas.environment import Environment
from envatlas.errors import ForeignVariableError, InvalidValueError, UnknownVariableError
from envatlas.formats.markdown import render_markdown
from envatlas.formats.pages import render_page
from envatlas.formats.reference import reference_of
from envatlas.languages import Words
from envatlas.owner import Owner
from envatlas.problems import RegistryProblemsError
from tests.test_checks import findings, only
from tests.test_cli import objects, printed, registry_of
from tests.test_cli_explain import told

if TYPE_CHECKING:
    from tests.conftest import Site

ZEBRA: Final = Owner("zebra", "zebra-vllm", "1.2")
_ADDING: Final = """\
from envatlas import AddedChoices, hookimpl

@hookimpl
def envatlas_variables():
    return []

class Own(AddedChoices):
    def __init__(self, variable):
        object.__setattr__(self, "variable", variable)
        object.__setattr__(self, "choices", ("z",))

@hookimpl
def envatlas_choices():
    {body}
"""
BACKEND: Final[Variable[str | None]] = Variable(
    "A_BACKEND", Text(), default=None, help="B.", expects=OneOf("FLASH", "TORCH")
)
MODE: Final[Variable[str | None]] = Variable("A_MODE", Choice("fork", "spawn"), default=None, help="M.")
STRICT: Final[Variable[str | None]] = Variable(
    "A_STRICT", Choice("a", "b", "c"), default=None, help="S.", expects=OneOf("a", "b")
)
LIST: Final[Variable[list[str] | None]] = Variable(
    "A_LIST", TextList(), default=None, help="L.", expects=EachOf(OneOf("x", "y"))
)
KEY: Final[Variable[str | None]] = Variable("A_KEY", Choice("k"), default=None, help="K.", secret=True)
PORT: Final[Variable[int | None]] = Variable("A_PORT", Integer(), default=None, help="P.")


def adding(site: Site, *added: str, environ: Mapping[str, str] | None = None) -> Registry:
    """Return a registry of acme's variables, to which the plugin zebra adds choices."""
    site.add_plugin("zebra", _ADDING.format(body=f"return [{', '.join(added)}]"))
    return site.registry_of(BACKEND, MODE, STRICT, LIST, KEY, PORT, environ=environ)


def test_an_expectation_is_widened_and_the_reading_is_not(site: Site) -> None:
    """The added choice is expected; what is read is what the text says, as before."""
    registry = adding(site, "AddedChoices('A_BACKEND', 'ZEBRA')")
    assert registry["A_BACKEND"].expects == OneOf("FLASH", "TORCH", "ZEBRA")
    assert registry["A_BACKEND"].kind == BACKEND.kind
    assert findings({"A_BACKEND": "ZEBRA"}, registry=registry) == []
    assert only({"A_BACKEND": "OTHER"}, registry=registry).code == "unexpected-value"


def test_the_choices_of_a_lists_items_are_widened(site: Site) -> None:
    """Each item may be the added one."""
    registry = adding(site, "AddedChoices('A_LIST', 'z')")
    assert registry["A_LIST"].expects == EachOf(OneOf("x", "y", "z"))


def test_a_kind_that_is_a_choice_is_widened(site: Site) -> None:
    """The choice could not be set otherwise; its text is read as it stands, and others are refused."""
    registry = adding(site, "AddedChoices('A_MODE', 'forkserver')")
    assert Environment(registry, {"A_MODE": "forkserver"}).A_MODE == "forkserver"
    with pytest.raises(InvalidValueError, match="one of 'fork', 'spawn', 'forkserver'"):
        _ = Environment(registry, {"A_MODE": "other"}).A_MODE


def test_a_kind_and_an_expectation_are_widened_together(site: Site) -> None:
    """What the kind reads already, and the documentation does not allow, is added to that alone."""
    registry = adding(site, "AddedChoices('A_STRICT', 'c', 'd')")
    strict = registry["A_STRICT"]
    assert (cast("object", strict.kind), strict.expects) == (Choice("a", "b", "c", "d"), OneOf("a", "b", "c", "d"))


def test_who_added_what_is_known(site: Site) -> None:
    """Each added choice is there once, with the plugin that was first."""
    registry = adding(site, "AddedChoices('A_BACKEND', 'ZEBRA', 'ZEBRA', 'FLASH')", "AddedChoices('A_BACKEND', 'Z2')")
    added = "[AddedChoices('A_BACKEND', 'ZEBRA', 'YAK')]"
    site.add_plugin("yak", _ADDING.format(body=f"return {added}"))
    yak = Owner("yak", "yak-vllm", "1.2")
    assert registry.choices("A_BACKEND") == (
        AddedChoice("ZEBRA", yak),
        AddedChoice("YAK", yak),
        AddedChoice("Z2", ZEBRA),
    )
    assert registry.choices("A_MODE") == ()
    assert registry.owner("A_BACKEND").plugin == "acme"
    assert registry.problems == ()


def test_nobodys_variable_has_no_choices(site: Site) -> None:
    """Asking for them is the error of asking for it."""
    with pytest.raises(UnknownVariableError):
        site.registry().choices("A_NOBODYS")


def test_a_declaration_stays_the_way_to_its_variable(site: Site) -> None:
    """Whoever holds the variable as it was declared reads the one with more choices; another stays foreign."""
    registry = adding(site, "AddedChoices('A_MODE', 'forkserver')")
    envs = Environment(registry, {"A_MODE": "forkserver"})
    assert (envs[MODE], envs[registry["A_MODE"]]) == ("forkserver", "forkserver")
    assert (MODE in registry, registry["A_MODE"] in registry) == (True, True)
    other: Variable[str | None] = Variable("A_MODE", Choice("fork"), default=None, help="M.")
    assert other not in registry
    with pytest.raises(ForeignVariableError):
        _ = registry[other]


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        ("AddedChoices('A_BACKENT', 'Z')", "to A_BACKENT, which nobody declares; did you mean A_BACKEND?"),
        ("AddedChoices('B_OTHER_THING', 'Z')", "to B_OTHER_THING, which nobody declares"),
        (
            "AddedChoices('A_PORT', 5)",
            "to A_PORT: it has none; only those of Choice, of ExactChoice, and of an expected OneOf",
        ),
        ("AddedChoices('A_KEY', 'z')", "to A_KEY: it is a secret, and has none that could be shown"),
        ("AddedChoices('A_BACKEND', 5)", "to A_BACKEND: TypeError: expected str, got int"),
        ("AddedChoices('A_MODE', ' z')", "to A_MODE: ValueError: choices are texts without space around them"),
        ("AddedChoices('A_LIST', 'z,z')", "to A_LIST: ValueError: no text reads as ['z,z']"),
        ("'A_MODE'", "its hook envatlas_choices yielded a str, and not AddedChoices"),
        ("Own(['A_MODE'])", "to ['A_MODE']: TypeError: unhashable type: 'list'"),
    ],
)
def test_what_makes_no_sense_is_a_problem_and_the_rest_counts(site: Site, added: str, reason: str) -> None:
    """The problem names the plugin; nothing of that addition is there, and the next one is."""
    registry = adding(site, added, "AddedChoices('A_BACKEND', 'ZEBRA')")
    (problem,) = registry.problems
    assert isinstance(problem, HookError)
    assert (problem.owner, reason in problem.reason) == (ZEBRA, True), problem.reason
    assert [each.choice for variable in registry for each in registry.choices(variable.name)] == ["ZEBRA"]
    with pytest.raises(RegistryProblemsError):
        registry.load(strict=True)


class Shouting(UpperText):
    """A kind that reads what it cannot render."""

    def parse(self, text: str) -> str:
        """Return the text, in no form that it was rendered from."""
        return f"{text}!"


class Stopping(Shouting):
    """A kind that ends the process where it can."""

    def render(self, value: object) -> str:
        """Stop."""
        raise SystemExit(3)


class Interrupted(Shouting):
    """A kind that the operator interrupts."""

    def render(self, value: object) -> str:
        """Stop."""
        raise KeyboardInterrupt


def with_kind(site: Site, kind: Kind[str], expects: Expectation) -> Registry:
    """Return a registry with a variable of a kind, to which a choice is added."""
    site.add_plugin("zebra", _ADDING.format(body="yield AddedChoices('A_LOUD', 'Z')"))
    return site.registry_of(Variable("A_LOUD", kind, default=None, help="L.", expects=expects))


@pytest.mark.parametrize(
    ("kind", "reason"), [(Shouting(), "no text of it reads as 'Z'"), (Stopping(), "SystemExit: 3")], ids=repr
)
def test_a_kind_of_a_plugins_own_ends_nothing(site: Site, kind: Kind[str], reason: str) -> None:
    """Whatever it does, it is a problem."""
    registry = with_kind(site, kind, OneOf("A"))
    (problem,) = registry.problems
    assert isinstance(problem, HookError)
    assert problem.reason == f"it adds choices to A_LOUD: {reason}"
    assert registry["A_LOUD"].expects == OneOf("A")


def test_an_interruption_is_passed_on(site: Site) -> None:
    """It is the operator's."""
    with pytest.raises(KeyboardInterrupt):
        with_kind(site, Interrupted(), OneOf("A")).load()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise OSError('no sk-12345')", "calling its hook envatlas_choices raised OSError: no <secret>"),
        ("return 5", "its hook envatlas_choices returned an int, and not an iterable"),
        ("return None", None),
    ],
)
def test_a_hook_that_fails_leaves_its_plugin_active(site: Site, body: str, reason: str | None) -> None:
    """Its own variables count; no secret is in what is said of it."""
    site.add_plugin("zebra", _ADDING.format(body=body))
    registry = site.registry_of(KEY, environ={"A_KEY": "sk-12345"})
    assert [each.name for each in registry.active_plugins] == ["acme", "zebra"]
    assert [each.reason for each in registry.problems if isinstance(each, HookError)] == ([reason] if reason else [])


def test_a_hook_that_fails_is_a_finding(site: Site) -> None:
    """The remedy is another version of the plugin."""
    found = only({}, registry=adding(site, "5"))
    assert (found.code, found.remedy) == ("hook-failed", "pip install --upgrade zebra-vllm")


@pytest.mark.parametrize("source", ["", "NAME = 'A_' + 'BACKEND'\nVariable(NAME)\n"], ids=["declared", "may be"])
def test_choices_of_a_variable_that_is_left_out_wait(site: Site, source: str) -> None:
    """The selection is the operator's, and no fault of the plugin that adds them."""
    declaring = site.declaring("A_OTHER" if source else "A_BACKEND").replace("@hookimpl", f"{source}@hookimpl")
    site.add_plugin("acme", declaring)
    site.add_plugin("zebra", _ADDING.format(body="yield AddedChoices('A_BACKEND', 'ZEBRA')"))
    assert site.registry({"TEST_PLUGINS": "zebra"}).problems == ()


def test_a_plugin_that_is_left_out_adds_nothing(site: Site) -> None:
    """None of its code runs."""
    declaration = "Variable('A_MODE', Choice('a'), default=None, help='M.')"
    site.add_plugin("acme", "from envatlas import Choice\n" + site.declaring(declaration))
    site.add_plugin("zebra", _ADDING.format(body="yield AddedChoices('A_MODE', 'z')"))
    assert [each.choice for each in site.registry().choices("A_MODE")] == ["z"]
    registry = site.registry({"TEST_PLUGINS": "acme"})
    assert (registry.choices("A_MODE"), registry.problems) == ((), ())


def test_choices_that_are_read_exactly_are_added_to_as_well(site: Site) -> None:
    """It is what `envatlas adopt` makes of choices; case counts as before."""
    site.add_plugin("zebra", _ADDING.format(body="yield AddedChoices('A_EXACT', 'Z')"))
    exact = Variable("A_EXACT", ExactChoice("a", ignore_case=True), default=None, help="E.")
    registry = site.registry_of(exact)
    assert (registry["A_EXACT"].kind, registry.problems) == (ExactChoice("a", "Z", ignore_case=True), ())
    assert Environment(registry, {"A_EXACT": "z"})["A_EXACT"] == "z"


def test_a_start_with_added_choices_imports_no_dialects(site: Site) -> None:
    """A kind says itself how it has more choices."""
    declaration = "Variable('A_MODE', Choice('a'), default=None, help='M.')"
    site.add_plugin("acme", "from envatlas import Choice\n" + site.declaring(declaration))
    site.add_plugin("zebra", _ADDING.format(body="yield AddedChoices('A_MODE', 'z')"))
    code = (
        "import sys; from envatlas import Registry; made = Registry('test', group='envatlas.test'); "
        "print(len(made.choices('A_MODE')) + 10 * ('envatlas.dialects' in sys.modules))"
    )
    assert site.answer(code) == 1


def test_an_addition_without_a_choice_is_refused() -> None:
    """It would say nothing."""
    with pytest.raises(DeclarationError, match="at least one choice"):
        AddedChoices("A_MODE")


@pytest.mark.parametrize("variable", [["A_MODE"], 5, MODE, "A-MODE"], ids=["list", "int", "variable", "no name"])
def test_an_addition_to_what_is_no_name_is_refused(variable: str) -> None:
    """A declaration is none either: its plugin would have to be imported for it."""
    with pytest.raises(DeclarationError, match="names a variable"):
        AddedChoices(variable, "z")


def test_a_plugin_fits_the_protocol() -> None:
    """A type checker compares a plugin with it."""

    class Plugin:
        """A plugin."""

        def envatlas_choices(self) -> list[AddedChoices]:
            """Return the choices."""
            return [AddedChoices("A_MODE", "z")]

    plugin: ChoicesPlugin = Plugin()
    assert list(plugin.envatlas_choices()) == [AddedChoices("A_MODE", "z")]


def test_a_start_without_added_choices_does_not_pay_for_them(site: Site) -> None:
    """Neither the module is imported, nor any plugin asked again."""
    lazy = [f"envatlas.{name}" for name in ("choices", "contributions", "deprecations", "removals")]
    code = (
        "import json, sys; from envatlas.vllm import registry; registry.load(); "
        f"print(json.dumps([name for name in {lazy} if name in sys.modules]))"
    )
    assert site.answer(code) == []


def test_explain_says_who_added_what(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """As a person reads it, and as a program does."""
    source = "from envatlas import OneOf\n" + site.declaring(
        "Variable('A_BACKEND', Text(), default=None, help='B.', expects=OneOf('FLASH'))"
    )
    site.add_plugin("acme", source)
    site.add_plugin("zebra", _ADDING.format(body="yield AddedChoices('A_BACKEND', 'ZEBRA')"))
    at = registry_of(site)
    facts = told(printed(capsys, "explain", "A_BACKEND", at))
    assert (facts["expects"], facts["added"]) == ("one of 'FLASH', 'ZEBRA'", "'ZEBRA', by zebra, zebra-vllm 1.2")
    explained = objects(printed(capsys, "explain", "A_BACKEND", "--json", at))["A_BACKEND"]
    assert explained["added_choices"] == [
        {"choice": "ZEBRA", "plugin": "zebra", "distribution": "zebra-vllm", "version": "1.2"}
    ]


def test_a_reference_says_who_added_what(site: Site) -> None:
    """In Markdown and in a page; also where the kind alone is a choice."""
    registry = adding(site, "AddedChoices('A_BACKEND', 'ZEBRA')", "AddedChoices('A_MODE', 'forkserver')")
    markdown = render_markdown(reference_of(registry, Words("en"), ["acme"]))
    assert "- **added** 'ZEBRA', by zebra, zebra-vllm 1.2" in markdown
    assert "- **added** 'forkserver', by zebra, zebra-vllm 1.2" in markdown
    page = html.unescape(render_page(registry, [Words("en")]))
    assert "'ZEBRA', by zebra, zebra-vllm 1.2" in page
