"""Declarations: what one plugin declares, or why it cannot say so."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.declarations import load_declarations
from envatlas.discovery import Candidate
from envatlas.owner import Owner
from envatlas.problems import IncompatiblePluginError, PluginError

if TYPE_CHECKING:
    from tests.conftest import Site

OWNER: Final = Owner("acme", "acme-vllm", "1.2")
HEADER: Final = "from envatlas import Integer, Text, Variable, hookimpl\n"
FIRST: Final = 'Variable("ACME_FIRST", Integer(), default=1, help="The first.")'
OBJECT: Final = f"""
class Acme:
    @hookimpl
    def envatlas_variables(self):
        return [{FIRST}]
plugin = Acme()
"""


def hook(body: str, before: str = "") -> str:
    """Return the source of a plugin whose hook has this body."""
    return f"{HEADER}{before}\n@hookimpl\ndef envatlas_variables():\n    {body}\n"


def declared(site: Site, source: str, target: str = "acme_vllm") -> list[str]:
    """Return the names that a plugin of one module declares."""
    site.write({"acme_vllm": source})
    return [each.name for each in load_declarations(Candidate(OWNER, "envatlas.test", target))[0]]


def refused(site: Site, source: str, target: str = "acme_vllm") -> PluginError:
    """Return the error that a plugin of one module gives."""
    with pytest.raises(PluginError) as caught:
        declared(site, source, target)
    assert caught.value.owner == OWNER
    return caught.value


@pytest.mark.parametrize(
    "body",
    [
        f"return [{FIRST}]",
        f"return ({FIRST},)",
        f"return {{{FIRST}}}",
        f"yield {FIRST}",
        f"return iter([{FIRST}])",
        f"return {{'first': {FIRST}}}.values()",
        f"return [{FIRST}, {FIRST}]",
    ],
)
def test_a_hook_can_return_any_iterable(site: Site, body: str) -> None:
    """A list, a generator, a view: what counts are the variables, each once."""
    assert declared(site, hook(body)) == ["ACME_FIRST"]


def test_a_hook_can_declare_nothing(site: Site) -> None:
    """A plugin may have no variables, on this machine at least."""
    assert declared(site, hook("return []")) == []


def test_an_entry_point_can_name_an_object(site: Site) -> None:
    """A method of an object is as good a hook as a function of a module."""
    assert declared(site, HEADER + OBJECT, "acme_vllm:plugin") == ["ACME_FIRST"]


def test_one_plugin_can_be_asked_twice(site: Site) -> None:
    """Each question has a plugin manager of its own, so that nothing is left registered."""
    site.write({"acme_vllm": hook(f"return [{FIRST}]")})
    candidate = Candidate(OWNER, "envatlas.test", "acme_vllm")
    assert load_declarations(candidate) == load_declarations(candidate)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('no device')", "importing acme_vllm raised RuntimeError: no device"),
        ("import acme_missing", "importing acme_vllm raised ModuleNotFoundError: No module named 'acme_missing'"),
        ("def (:", "importing acme_vllm raised SyntaxError: invalid syntax (acme_vllm.py, line 1)"),
        ("raise SystemExit(3)", "importing acme_vllm raised SystemExit: 3"),
        ("raise GeneratorExit", "importing acme_vllm raised GeneratorExit"),
        (hook("raise OSError('gone')"), "calling its hook envatlas_variables raised OSError: gone"),
        (hook("raise SystemExit"), "calling its hook envatlas_variables raised SystemExit"),
        (hook(f"yield {FIRST}\n    raise OSError('no')"), "calling its hook envatlas_variables raised OSError: no"),
        (hook(f"yield {FIRST}\n    raise SystemExit(1)"), "calling its hook envatlas_variables raised SystemExit: 1"),
    ],
)
def test_what_a_plugin_raises_is_its_error(site: Site, source: str, reason: str) -> None:
    """Whatever it raises, and wherever, the error says what was done and what came of it."""
    assert refused(site, source).reason == reason


def test_what_a_plugin_raised_is_kept(site: Site) -> None:
    """The cause of the error is the very exception, with its traceback."""
    cause = refused(site, "raise RuntimeError('no device')").__cause__
    assert isinstance(cause, RuntimeError)
    assert cause.__traceback__ is not None


@pytest.mark.parametrize("source", ["raise KeyboardInterrupt", hook("raise KeyboardInterrupt")])
def test_an_interrupt_is_the_operators(site: Site, source: str) -> None:
    """Ctrl-C passes, wherever it comes."""
    with pytest.raises(KeyboardInterrupt):
        declared(site, source)


@pytest.mark.parametrize(
    ("returned", "noun"),
    [
        ("'ACME_FIRST'", "a str"),
        (FIRST, "a Variable"),
        ("5", "an int"),
        ("object()", "an object"),
        ("Variable", "a type"),
    ],
)
def test_a_hook_that_returns_no_iterable_is_refused(site: Site, returned: str, noun: str) -> None:
    """The reason says what it returned, without showing it."""
    reason = f"its hook envatlas_variables returned {noun}, and not an iterable of Variable"
    assert refused(site, hook(f"return {returned}")).reason == reason


@pytest.mark.parametrize(
    ("item", "noun"), [("'ACME_SECOND'", "a str"), ("None", "None"), ("Variable", "a type"), ("5", "an int")]
)
def test_a_hook_that_yields_anything_else_is_refused(site: Site, item: str, noun: str) -> None:
    """One item that is no variable, and none of the others counts."""
    reason = f"its hook envatlas_variables yielded {noun}, and not a Variable"
    assert refused(site, hook(f"return [{FIRST}, {item}]")).reason == reason


@pytest.mark.parametrize(
    "own",
    [
        "class Own(Variable):\n    pass\nown = Own('ACME_OWN', Integer(), default=1, help='A number.')",
        "class Own:\n    __class__ = Variable\n    name = 'ACME_OWN'\nown = Own()",
    ],
    ids=["subclass", "pretence"],
)
def test_a_variable_of_a_plugins_own_class_is_refused(site: Site, own: str) -> None:
    """It could do anything when it is read, and be something else each time."""
    reason = "its hook envatlas_variables yielded an Own, and not a Variable"
    assert refused(site, hook("return [own]", own)).reason == reason


@pytest.mark.parametrize(
    "source",
    ["", hook("return None"), hook("pass"), f"{HEADER}def envatlas_variables():\n    return [{FIRST}]\n"],
    ids=["no hook", "None", "no return", "no marker"],
)
def test_a_plugin_without_variables_is_told_how_to_return_them(site: Site, source: str) -> None:
    """The commonest mistake is a hook that is not marked."""
    assert refused(site, source).reason == (
        "it returned no variables: return them from a plain function envatlas_variables, marked with @hookimpl"
    )


@pytest.mark.parametrize(
    "source",
    [
        f"{HEADER}@hookimpl\ndef envatlas_variabels():\n    return [{FIRST}]\n",
        hook(f"return [{FIRST}]") + "@hookimpl\ndef envatlas_chekcs():\n    return []\n",
    ],
    ids=["only one", "beside another"],
)
def test_a_misspelt_hook_is_refused(site: Site, source: str) -> None:
    """A marked function that is no hook would never be called, and is not passed over."""
    assert "PluginValidationError: unknown hook 'envatlas_" in refused(site, source).reason


def test_a_hook_that_wants_arguments_is_refused(site: Site) -> None:
    """A hook takes none."""
    source = f"{HEADER}@hookimpl\ndef envatlas_variables(environ):\n    return [{FIRST}]\n"
    assert "PluginValidationError" in refused(site, source).reason


def test_a_class_in_place_of_its_instance_is_refused(site: Site) -> None:
    """A method cannot be called without the object."""
    assert "TypeError" in refused(site, HEADER + OBJECT, "acme_vllm:Acme").reason


def test_a_declaration_that_makes_no_sense_is_refused(site: Site) -> None:
    """The rule that it breaks is in the reason."""
    source = hook('return [Variable("ACME-PORT", Integer(), default=1, help="The port.")]')
    assert "DeclarationError: 'ACME-PORT' breaks the rule" in refused(site, source).reason


def test_a_name_that_is_declared_twice_is_refused(site: Site) -> None:
    """Which of the two counts is not guessed."""
    source = site.declaring(site.declare("ACME_PORT", default=1), site.declare("ACME_PORT", default=2))
    assert refused(site, source).reason == "it declares ACME_PORT twice, and differently"


def test_a_kind_that_cannot_be_compared_is_refused_where_it_must_be(site: Site) -> None:
    """Whether two declarations of one name are the same is then not known."""
    kind = "class Odd(Integer):\n    def __eq__(self, other):\n        raise OSError('odd')\n"
    odd = 'Variable("PORT", Odd(), default=None, help="A.")'
    reason = refused(site, hook(f"return [{odd}, {odd}]", kind)).reason
    assert reason == "calling its hook envatlas_variables raised OSError: odd"


@pytest.mark.parametrize("error", ["ValueError", "SystemExit", "RecursionError"])
def test_an_exception_without_a_message_is_contained(site: Site, error: str) -> None:
    """An exception's class may be a plugin's, and its text may raise anything."""
    source = f"class AcmeError(Exception):\n    def __str__(self):\n        raise {error}\nraise AcmeError\n"
    expected = "importing acme_vllm raised AcmeError, and its message could not be made"
    assert refused(site, source).reason == expected


@pytest.mark.parametrize(
    "target", ["acme_vllm:missing", "acme_vllm:a.b", "acme-vllm", "acme_vllm.missing", ".acme", "acme vllm", "", ":a"]
)
def test_an_entry_point_that_names_nothing_is_refused(site: Site, target: str) -> None:
    """A missing attribute or module, and what is no name at all, is the plugin's problem."""
    source = site.declaring("ACME_PORT")
    assert refused(site, source, target).reason.startswith(f"importing {target} raised ")


@pytest.mark.parametrize("wanted", ["2", "0", "None", "'1'"])
def test_a_plugin_for_another_api_is_incompatible(site: Site, wanted: str) -> None:
    """Its hooks are not called, and the reason says what to install."""
    error = refused(site, f"ENVATLAS_API = {wanted}\n" + hook("raise RuntimeError"))
    assert isinstance(error, IncompatiblePluginError)
    assert error.reason == (
        f"it asks for version {wanted} of the plugin API, and this envatlas has version 1; "
        "install versions of acme-vllm and envatlas that go together"
    )


def test_an_object_is_asked_for_its_modules_api(site: Site) -> None:
    """The constant stands in the module, whatever the entry point names there."""
    error = refused(site, f"ENVATLAS_API = 2\n{HEADER}{OBJECT}", "acme_vllm:plugin")
    assert isinstance(error, IncompatiblePluginError)


def test_an_objects_own_api_counts_before_its_modules(site: Site) -> None:
    """A module can have several plugins, each for a version of its own."""
    source = f"ENVATLAS_API = 2\n{HEADER}{OBJECT}Acme.ENVATLAS_API = 1\n"
    assert declared(site, source, "acme_vllm:plugin") == ["ACME_FIRST"]


def test_a_plugin_can_ask_for_this_api(site: Site) -> None:
    """The version that this envatlas has is no reason to refuse."""
    assert declared(site, f"ENVATLAS_API = 1\n{hook(f'return [{FIRST}]')}") == ["ACME_FIRST"]


def test_a_plugin_whose_attributes_raise_is_refused(site: Site) -> None:
    """Even the question for its API version may run a plugin's code."""
    source = hook(f"return [{FIRST}]", "def __getattr__(name):\n    raise OSError(name)\n")
    assert refused(site, source).reason.startswith("importing acme_vllm raised OSError")


def test_a_plugin_that_is_no_longer_in_its_place_is_asked_all_the_same(site: Site) -> None:
    """A module may have taken itself out of ``sys.modules``, and its object is a plugin still."""
    source = f"{HEADER}{OBJECT}import sys\nsys.modules[__name__] = plugin\n"
    assert declared(site, source) == ["ACME_FIRST"]
    assert not hasattr(sys.modules["acme_vllm"], "plugin")


def test_a_hook_of_a_later_envatlas_is_passed_over_where_it_is_optional(site: Site) -> None:
    """A plugin can serve two versions with one module."""
    later = "@hookimpl(optionalhook=True)\ndef envatlas_forecasts():\n    return []\n"
    assert declared(site, hook(f"return [{FIRST}]") + later) == ["ACME_FIRST"]


def test_a_hook_is_a_plain_function(site: Site) -> None:
    """Pluggy passes over what wraps one, and the error says what is wanted."""
    source = f"import functools\n{HEADER}@hookimpl\n@functools.cache\ndef envatlas_variables():\n    return [{FIRST}]\n"
    assert "return them from a plain function" in refused(site, source).reason
