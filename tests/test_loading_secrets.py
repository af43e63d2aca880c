"""Loading: no text, object or traceback that it gives shows a secret."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import traceback
import urllib.parse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.environment import Environment
from envatlas.errors import UnknownVariableError
from envatlas.problems import PluginError, ProblemError, RegistryProblemsError, SecretReadError
from tests.plugins import hook, names, plugin

if TYPE_CHECKING:
    from tests.conftest import Site

KEY: Final = "sk-live-0123456789"


def secret(name: str, more: str = "") -> str:
    """Return the source of a secret's declaration."""
    return f'Variable({name!r}, Text(), default=None, help="The key.", secret=True{more})'


def reading(name: str, *reads: str, secret: bool = False) -> str:
    """Return the source of a declaration that is read from other names."""
    return f'Variable({name!r}, Text(), default=None, help="A text.", secret={secret}, reads={reads!r})'


def shown(site: Site, caplog: pytest.LogCaptureFixture, environ: dict[str, str]) -> str:
    """Return every text that loading a registry gives: problems, reasons, errors, and the log."""
    registry = site.registry(environ, filter_variable=None)
    with caplog.at_level(logging.DEBUG, "envatlas"), pytest.raises(RegistryProblemsError) as caught:
        registry.load(strict=True)
    return "\n".join(
        [
            *map(str, registry.problems),
            *(record.reason for record in registry.plugins),
            *(each.why for each in registry.inactive),
            str(registry.unknown("ACME_KEY")),
            caplog.text,
            str(caught.value),
        ]
    )


@pytest.mark.parametrize("owner", ["abel", "zeta"])
@pytest.mark.parametrize("source", [f"raise OSError('no access with {KEY}')", hook(f"raise OSError('{KEY}')")])
def test_a_failed_plugin_shows_no_other_ones_secret(
    site: Site, caplog: pytest.LogCaptureFixture, source: str, owner: str
) -> None:
    """The text of what it raised is cleaned of every active secret, whichever plugin loaded first."""
    site.add_plugin(owner, site.declaring(secret("API_KEY")))
    site.add_plugin("acme", source)
    text = shown(site, caplog, {"API_KEY": KEY})
    assert KEY not in text
    assert "<secret>" in text


@pytest.mark.parametrize("more", ["", ", reads=('OLD_KEY',)", ", reads=('ACME_KEY', 'OLD_KEY')"])
def test_a_failed_plugin_shows_not_its_own_secret(site: Site, caplog: pytest.LogCaptureFixture, more: str) -> None:
    """Its declarations do not count, and yet its secrets do, under every name that they are read from."""
    site.add_plugin("acme", site.declaring(secret("ACME_KEY", more)) + f"raise OSError('key {KEY}')\n")
    read_from = "OLD_KEY" if more else "ACME_KEY"
    assert KEY not in shown(site, caplog, {read_from: KEY})


@pytest.mark.parametrize("function", ["lambda: os.getenv('QUX_PASSWORD')", "lambda: login()"])
def test_a_failed_plugin_shows_no_secret_that_its_functions_read(
    site: Site, caplog: pytest.LogCaptureFixture, function: str
) -> None:
    """Under a name that is none of its variables'."""
    source = (
        "import os\nfrom envatlas import from_callables\ndef login(): return os.getenv('QUX_PASSWORD')\n"
        f"plugin = from_callables({{'QUX_LOGIN': {function}}})\n"
        "raise OSError(os.environ['QUX_PASSWORD'])\n"
    )
    site.add("acme-vllm", plugins={"acme": "acme_vllm:plugin"}, modules={"acme_vllm": source})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUX_PASSWORD", KEY)
        text = shown(site, caplog, {"QUX_PASSWORD": KEY})
    assert KEY not in text
    assert "<secret>" in text


def test_a_failed_plugin_shows_no_secret_of_an_excluded_one(site: Site) -> None:
    """A plugin that is left out has secrets as well."""
    site.add_plugin("left", site.declaring(secret("LEFT_KEY")))
    site.add_plugin("acme", f"raise OSError('key {KEY}')")
    registry = site.registry({"TEST_PLUGINS": "acme", "LEFT_KEY": KEY})
    assert KEY not in "".join(map(str, registry.problems))


def test_a_failed_plugin_shows_no_secret_of_another_failed_one(site: Site) -> None:
    """Nor does one that failed afterwards."""
    site.add_plugin("acme", f"raise OSError('key {KEY}')")
    site.add_plugin("zeta", site.declaring(secret("ZETA_KEY")) + "raise OSError\n")
    registry = site.registry({"ZETA_KEY": KEY}, filter_variable=None)
    assert KEY not in "".join(map(str, registry.problems))


SHOWS: Final[Mapping[str, Callable[[ProblemError], object]]] = {
    "repr": repr,
    "pickle": pickle.dumps,
    "vars": vars,
    "args": lambda problem: problem.args,
}


@pytest.mark.parametrize("show", SHOWS.values(), ids=SHOWS)
def test_a_problem_has_a_secret_in_no_part(site: Site, show: Callable[[ProblemError], object]) -> None:
    """Its arguments, from which Python makes its representation and its pickle, are cleaned as its text is."""
    site.add_plugin("acme", site.declaring(secret("ACME_KEY")) + f"raise OSError('key {KEY}')\n")
    (problem,) = site.registry({"ACME_KEY": KEY}, filter_variable=None).problems
    assert KEY not in str(show(problem))


def test_a_record_has_a_secret_in_no_part(site: Site) -> None:
    """Its reason and its error are those of the problem that is reported."""
    site.add_plugin("acme", site.declaring(secret("ACME_KEY")) + f"raise OSError('key {KEY}')\n")
    registry = site.registry({"ACME_KEY": KEY}, filter_variable=None)
    record = plugin(registry, "acme")
    assert record.error is registry.problems[0]
    assert KEY not in f"{record!r} {record.reason} {record.error}"


@pytest.mark.parametrize("text", [f"{KEY}\n", f"  {KEY}  tail", f"{KEY}\n\n{KEY}"])
def test_a_secret_with_space_in_it_is_hidden(site: Site, caplog: pytest.LogCaptureFixture, text: str) -> None:
    """A message is put on one line after it was cleaned, so that a key with a newline is found in it."""
    site.add_plugin("acme", site.declaring(secret("ACME_KEY")) + f"raise OSError('key ' + {text!r})\n")
    assert KEY not in shown(site, caplog, {"ACME_KEY": text})


def test_a_secret_that_python_quotes_is_hidden(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Most messages show a text by its representation."""
    key = "sk-'live'-\"0123\"\\4567"
    source = site.declaring(secret("ACME_KEY")) + f"raise ValueError(repr({key!r}))\n"
    site.add_plugin("acme", source)
    text = shown(site, caplog, {"ACME_KEY": key})
    assert key not in text
    assert repr(key)[1:-1] not in text


FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "JSON": json.dumps,
    "ASCII": ascii,
    "URL": urllib.parse.quote,
    "form": urllib.parse.quote_plus,
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "bytes": lambda key: repr(key.encode()),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_secret_that_a_plugin_encodes_is_hidden(
    site: Site, caplog: pytest.LogCaptureFixture, form: Callable[[str], str]
) -> None:
    """A request that failed is shown as it was sent."""
    key = 'sk/l\u00efve+"01 23"'
    site.add_plugin("acme", site.declaring(secret("ACME_KEY")) + f"raise OSError('sent ' + {form(key)!r})\n")
    text = shown(site, caplog, {"ACME_KEY": key})
    assert form(key).strip("b'\"") not in text
    assert "<secret>" in text


def test_a_plugin_for_another_api_shows_no_secret(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """What it asks for is a plugin's value, and shown."""
    site.add_plugin("acme", f"ENVATLAS_API = {KEY!r}\n" + site.declaring(secret("ACME_KEY")))
    assert KEY not in shown(site, caplog, {"ACME_KEY": KEY})


@pytest.mark.parametrize(
    "source",
    [
        f"import os\nraise OSError('key ' + {KEY[:7]!r} + {KEY[7:]!r})\n",
        f"try:\n    raise ValueError({KEY!r})\nexcept ValueError as error:\n    raise OSError from error\n",
        f"try:\n    raise ValueError({KEY!r})\nexcept ValueError:\n    raise OSError\n",
        f"error = OSError()\nerror.add_note({KEY!r})\nraise error\n",
        f"raise ExceptionGroup('all', [OSError({KEY!r})])\n",
    ],
    ids=["message", "cause", "context", "note", "group"],
)
def test_the_traceback_of_a_strict_load_shows_no_secret(site: Site, source: str) -> None:
    """What the plugin raised is its cause, and Python prints causes, and all that belongs to them."""
    site.add_plugin("acme", site.declaring(secret("ACME_KEY")) + source)
    registry = site.registry({"ACME_KEY": KEY}, filter_variable=None)
    with pytest.raises(RegistryProblemsError) as caught:
        registry.load(strict=True)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_cause_that_shows_no_secret_is_kept(site: Site) -> None:
    """A secret that is set does not make every failure a riddle."""
    site.add_plugin("acme", site.declaring(secret("ACME_KEY")) + "raise OSError('gone')\n")
    error = plugin(site.registry({"ACME_KEY": KEY}, filter_variable=None), "acme").error
    assert error is not None
    assert isinstance(error.__cause__, OSError)


def test_an_exception_that_cannot_be_shown_is_not_kept(site: Site) -> None:
    """Whether its traceback shows a secret cannot be told."""
    source = "class E(SyntaxError):\n    @property\n    def filename(self):\n        raise ValueError\nraise E('no')"
    site.add_plugin("acme", source)
    error = plugin(site.registry(), "acme").error
    assert isinstance(error, PluginError)
    assert error.__cause__ is None


@pytest.mark.parametrize("owner", ["abel", "zeta"])
@pytest.mark.parametrize("reads", [("API_KEY",), ("ACME_TOKEN", "API_KEY")])
def test_a_variable_that_reads_a_secret_is_refused(site: Site, owner: str, reads: tuple[str, ...]) -> None:
    """It would show what is there; whichever plugin loads first, its own other variables count."""
    site.add_plugin(owner, site.declaring(secret("API_KEY")))
    site.add_plugin("acme", site.declaring(reading("ACME_TOKEN", *reads), "ACME_PORT"))
    registry = site.registry(filter_variable=None)
    assert sorted(names(registry)) == ["ACME_PORT", "API_KEY"]
    assert plugin(registry, "acme").variables == ("ACME_PORT",)
    (problem,) = registry.problems
    assert isinstance(problem, SecretReadError)
    assert (problem.variable, problem.secret, problem.owner.plugin) == ("ACME_TOKEN", "API_KEY", "acme")


def test_a_refused_variable_cannot_be_read(site: Site) -> None:
    """Its name is not known, and has no owner."""
    site.add_plugin("acme", site.declaring(secret("API_KEY"), reading("ACME_TOKEN", "API_KEY")))
    registry = site.registry(filter_variable=None)
    with pytest.raises(UnknownVariableError) as caught:
        Environment(registry, {"API_KEY": KEY})["ACME_TOKEN"]
    assert KEY not in str(caught.value)
    assert "ACME_TOKEN" not in registry.catalogue.owners


def test_a_secret_may_read_a_secret(site: Site) -> None:
    """What is never shown may be read from wherever it is."""
    site.add_plugin("acme", site.declaring(secret("API_KEY"), reading("ACME_TOKEN", "API_KEY", secret=True)))
    registry = site.registry(filter_variable=None)
    assert (names(registry), registry.problems) == (["API_KEY", "ACME_TOKEN"], ())


def test_a_variable_that_reads_what_a_secret_reads_is_refused(site: Site) -> None:
    """A secret's other names are secrets as well."""
    site.add_plugin("acme", site.declaring(reading("API_KEY", "OLD_KEY", secret=True), reading("TOKEN", "OLD_KEY")))
    (problem,) = site.registry(filter_variable=None).problems
    assert isinstance(problem, SecretReadError)
    assert (problem.variable, problem.secret) == ("TOKEN", "OLD_KEY")


def test_a_variable_that_reads_an_inactive_plugins_secret_is_refused(site: Site) -> None:
    """A bundled plugin's secret is one, whether the plugin is loaded or not."""
    site.add("app-zeta", plugins={"zeta": "app_zeta"}, modules={"app_zeta": site.declaring(secret("API_KEY"))})
    site.add_plugin("acme", site.declaring(reading("ACME_TOKEN", "API_KEY")))
    registry = site.registry({"TEST_PLUGINS": "acme"}, bundled="app-")
    assert "ACME_TOKEN" not in registry


def test_no_third_party_makes_a_bundled_variable_a_leak(site: Site) -> None:
    """Whoever calls a name that a bundled variable reads a secret does not take that variable away."""
    source = site.declaring(reading("ZETA_NO_STATS", "ZETA_NO_STATS", "DO_NOT_TRACK"))
    site.add("app-zeta", plugins={"zeta": "app_zeta"}, modules={"app_zeta": source})
    site.add_plugin("acme", site.declaring(reading("ACME_KEY", "DO_NOT_TRACK", secret=True)))
    assert "ZETA_NO_STATS" in site.registry(bundled="app-")


@pytest.mark.parametrize(
    "declaration",
    [
        "Variable('A_URL', Text(), default=Computed(lambda e: e['API_KEY'], 'key', ('API_KEY',)), help='A URL.')",
        "Variable('A_URL', Keyed(), default=None, help='A URL.')",
    ],
    ids=["default", "kind"],
)
def test_a_variable_that_depends_on_a_secret_is_refused(site: Site, declaration: str) -> None:
    """A default, or a kind, that looks at a secret would show it."""
    kind = """
from envatlas import Computed
class Keyed:
    name = expected = "keyed"
    empty_is_unset = False
    depends = ("API_KEY",)
    def parse(self, text): return text
    def parse_in(self, text, environ): return text + environ.get("API_KEY", "")
    def render(self, value): return value
    def schema(self): return {}
"""
    site.add_plugin("acme", kind + site.declaring(secret("API_KEY"), declaration))
    registry = site.registry(filter_variable=None)
    assert "A_URL" not in registry
    (problem,) = registry.problems
    assert str(problem).startswith("A_URL depends on API_KEY, which is a secret")
