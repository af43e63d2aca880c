"""Removed names: told apart from those that are misspelt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from envatlas import DeclarationError, Deprecated, Integer, Registry, Removed, Severity, Text, Variable
from envatlas.cli import run
from envatlas.contributions import HookError
from envatlas.environment import Environment
from envatlas.errors import InactiveVariableError, UnknownVariableError
from envatlas.owner import Owner
from envatlas.problems import RegistryProblemsError
from envatlas.removals import RemovedPlugin, RemovedVariable, RemovedVariableError
from tests.test_checks import findings, only
from tests.test_cli import registry_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import Site

_REMOVING: Final = """\
from envatlas import Removed, hookimpl

@hookimpl
def envatlas_variables():
    return []

@hookimpl
def envatlas_removed():
    {body}
"""
ZEBRA: Final = Owner("zebra", "zebra-vllm", "1.2")
PORT: Final = Variable("A_PORT", Integer(), default=80, help="P.", formerly={"A_DOOR": Deprecated("2.0", "Clearer.")})
KEY: Final[Variable[str | None]] = Variable("A_KEY", Text(), default=None, help="K.", secret=True)
GONE: Final = "Removed('A_POST', '0.11', 'V0 is gone.')"


def removing(site: Site, *removed: str, environ: Mapping[str, str] | None = None) -> Registry:
    """Return a registry of acme's variables, and of the plugin zebra, which knows what was removed."""
    site.add_plugin("zebra", _REMOVING.format(body=f"return [{', '.join(removed)}]"))
    return site.registry_of(PORT, KEY, environ=environ)


def test_a_removed_name_is_told_apart_from_a_misspelt_one(site: Site) -> None:
    """The error says since when, why, what to do, and who says so; a misspelt name has suggestions."""
    registry = removing(site, GONE)
    with pytest.raises(RemovedVariableError) as caught:
        _ = Environment(registry, {}).A_POST
    error = caught.value
    assert (error.since, error.reason, error.remedy, error.owner) == ("0.11", "V0 is gone.", "Unset it.", ZEBRA)
    assert str(error) == (
        "'A_POST' is no variable of the registry 'test' any more since 0.11: V0 is gone. Unset it. "
        "(says plugin 'zebra', zebra-vllm 1.2)"
    )
    assert str(registry.unknown("A_PROT")) == "no variable 'A_PROT' in the registry 'test'; did you mean A_PORT?"


@pytest.mark.parametrize(
    ("more", "remedy"),
    [
        ("", "Unset it."),
        (", replacement='A_PORT'", "Set A_PORT instead."),
        (", remedy='Pass --post.'", "Pass --post."),
    ],
)
def test_the_error_says_what_to_do(site: Site, more: str, remedy: str) -> None:
    """It is the replacement, or what the plugin says, or to unset it."""
    error = removing(site, f"Removed('A_POST', '0.11', 'V0 is gone.'{more})").unknown("A_POST")
    assert isinstance(error, RemovedVariableError)
    assert error.remedy == remedy


def test_a_former_name_is_no_misspelt_one_either(site: Site) -> None:
    """Whoever asks for it hears what it is called now."""
    error = site.registry_of(PORT).unknown("A_DOOR")
    assert isinstance(error, RemovedVariableError)
    assert (error.since, error.remedy) == ("2.0", "It is called A_PORT now.")
    assert error.owner == Owner("acme", "acme-vllm", "1.2")


def test_a_removed_name_that_is_declared_counts_as_declared(site: Site) -> None:
    """Whether its plugin is active or not."""
    registry = removing(site, GONE, "Removed('A_PORT', '1', 'Gone.')", "Removed('A_LEFT', '1', 'Gone.')")
    site.add_plugin("left", site.declaring("A_LEFT"))
    assert {each.name for each in registry.removed} == {"A_POST"}
    environ = {"A_PORT": "5", "A_LEFT": "5"}
    assert findings(environ, registry=registry) == []
    left_out = site.registry({"TEST_PLUGINS": "zebra"})
    assert isinstance(left_out.unknown("A_LEFT"), InactiveVariableError)
    assert [each.name for each in left_out.removed] == ["A_POST", "A_PORT"]


def test_a_removed_name_that_a_variable_is_read_from_is_not_gone(site: Site) -> None:
    """It is no variable, and still counts; nobody is told to unset it."""
    site.add_plugin("zebra", _REMOVING.format(body=f"return [{GONE}]"))
    port = Variable("A_PORT", Integer(), default=80, help="P.", reads=("A_PORT", "A_POST"))
    registry = site.registry_of(port)
    assert registry.removed == ()
    assert str(registry.unknown("A_POST")) == "no variable 'A_POST' in the registry 'test'; did you mean A_PORT?"
    assert findings({"A_POST": "5"}, registry=registry) == []


def test_the_first_of_two_plugins_counts(site: Site) -> None:
    """They are asked in load order."""
    registry = removing(site, GONE)
    site.add_plugin("yak", _REMOVING.format(body="yield Removed('A_POST', '0.10', 'It was slow.')"))
    (found,) = registry.removed
    assert found == RemovedVariable(Removed("A_POST", "0.10", "It was slow."), Owner("yak", "yak-vllm", "1.2"))


def test_an_ordinary_start_asks_nobody(site: Site) -> None:
    """The hook is called when a name is not found, and not before."""
    site.add_plugin("zebra", _REMOVING.format(body="raise SystemExit"))
    registry = site.registry_of(PORT)
    registry.load()
    assert Environment(registry, {}).A_PORT == 80
    assert registry.catalogue.problems == ()


@pytest.mark.parametrize(
    ("more", "environ", "remedy"),
    [
        ("", {"A_POST": "5"}, "unset A_POST"),
        (", replacement='A_PORT'", {"A_POST": "5"}, 'export A_PORT="$A_POST"; unset A_POST'),
        (", replacement='A_PORT'", {"A_POST": "5", "A_PORT": "5"}, "unset A_POST"),
        (", remedy='Pass --post.'", {"A_POST": "5"}, "Pass --post"),
    ],
)
def test_a_removed_name_that_is_set_is_a_finding(
    site: Site, more: str, environ: Mapping[str, str], remedy: str
) -> None:
    """It is no unknown one, however much it resembles another."""
    found = only(environ, registry=removing(site, f"Removed('A_POST', '0.11', 'V0 is gone.'{more})"))
    assert (found.code, found.severity, found.variable) == ("removed-variable", Severity.WARNING, "A_POST")
    instead = "; A_PORT replaces it" if "replacement" in more else ""
    assert found.found == f"A_POST is no variable any more since 0.11{instead}"
    assert (found.why, found.remedy) == ("V0 is gone", remedy)


def test_a_removed_name_needs_no_prefix(site: Site) -> None:
    """It is known, whatever it is called, and is no misspelt one."""
    removed = "Removed('SOME_LONG_NAME_X', '1', 'Gone.')"
    site.add_plugin("zebra", _REMOVING.format(body=f"return [{removed}]"))
    registry = site.registry_of(Variable("SOME_LONG_NAME", Integer(), default=1, help="S."))
    assert only({"SOME_LONG_NAME_X": "5"}, registry=registry).code == "removed-variable"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise OSError('no sk-12345')", "calling its hook envatlas_removed raised OSError: no <secret>"),
        ("return 5", "its hook envatlas_removed returned an int, and not an iterable"),
        ("return [5]", "its hook envatlas_removed yielded an int, and not Removed"),
    ],
)
def test_a_hook_that_fails_is_a_problem(site: Site, body: str, reason: str) -> None:
    """The plugin stays active, and no secret is shown, not even one of a plugin that is left out."""
    site.add_plugin("zebra", _REMOVING.format(body=body))
    key = "Variable('A_KEY', Text(), default=None, help='K.', secret=True)"
    site.add_plugin("left", site.declaring(key))
    registry = site.registry({"A_KEY": "sk-12345", "TEST_PLUGINS": "zebra"})
    (problem,) = registry.problems
    assert isinstance(problem, HookError)
    assert (problem.owner, problem.reason) == (ZEBRA, reason)
    with pytest.raises(RegistryProblemsError):
        registry.load(strict=True)
    assert only({"TEST_PLUGINS": "zebra"}, registry=registry).code == "hook-failed"


def test_an_active_plugins_secret_is_not_shown(site: Site) -> None:
    """Its text is hidden in what a plugin raised."""
    site.add_plugin("zebra", _REMOVING.format(body="raise OSError('no sk-12345')"))
    (problem,) = site.registry_of(KEY, environ={"A_KEY": "sk-12345"}).problems
    assert "sk-12345" not in str(problem)


def test_explain_says_that_a_name_was_removed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """It is the error of whoever asks for a name that is none, and says that the text counts for nothing."""
    site.add_plugin("zebra", _REMOVING.format(body=f"yield {GONE}"))
    assert run(["explain", "A_POST", registry_of(site, "{'A_POST': '5'}")]) == 2
    said = capsys.readouterr().err
    assert "any more since 0.11: V0 is gone. Unset it. (says plugin 'zebra', zebra-vllm 1.2)" in said
    assert "It is set, and nothing of this registry reads it." in said


def test_explain_says_what_reads_a_name_that_is_no_variables_own(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """A former name is read, and so is any other that a variable is read from."""
    declaration = "Variable('A_PORT', Integer(), default=1, help='P.', formerly={'A_DOOR': Deprecated('2.0', 'No.')})"
    site.add_plugin("acme", "from envatlas import Deprecated\n" + site.declaring(declaration))
    assert run(["explain", "A_DOOR", registry_of(site, "{'A_DOOR': '5'}")]) == 2
    said = capsys.readouterr().err
    assert "It is called A_PORT now." in said
    assert said.rstrip().endswith("It is set, and read as A_PORT.")


@pytest.mark.parametrize(
    ("name", "since", "reason", "replacement", "remedy"),
    [
        ("A-POST", "1", "Gone.", None, None),
        ("A_POST", "", "Gone.", None, None),
        ("A_POST", "1", " ", None, None),
        ("A_POST", "1", "Gone.", "A_POST", None),
        ("A_POST", "1", "Gone.", "A-PORT", None),
        ("A_POST", "1", "Gone.", None, " "),
        ("A_POST", "1", "Gone.", "A_PORT", "Pass --post."),
    ],
)
def test_a_removal_that_makes_no_sense_is_refused(
    name: str, since: str, reason: str, replacement: str | None, remedy: str | None
) -> None:
    """It names a name, since when and why, and at most one thing to do."""
    with pytest.raises(DeclarationError) as caught:
        Removed(name, since, reason, replacement=replacement, remedy=remedy)
    assert caught.value.variable == name


def test_a_removed_name_is_an_unknown_one() -> None:
    """Whoever catches the error of an unknown name catches it."""
    assert issubclass(RemovedVariableError, UnknownVariableError)


def test_a_plugin_fits_the_protocol() -> None:
    """A type checker compares a plugin with it."""

    class Plugin:
        """A plugin."""

        def envatlas_removed(self) -> list[Removed]:
            """Return the names."""
            return [Removed("A_POST", "1", "Gone.")]

    plugin: RemovedPlugin = Plugin()
    assert [each.name for each in plugin.envatlas_removed()] == ["A_POST"]
