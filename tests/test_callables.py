"""The bridge: a dict of functions is a plugin, and every surface takes its variables."""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import platform
import types
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, Literal, cast

import pytest

import envatlas
from envatlas import Environment, Integer, InvalidValueError, Registry, Variable
from envatlas.callables import CallableKind, from_callables
from envatlas.cli import run
from envatlas.errors import DeclarationError, DefaultError, ProcessOnlyError
from envatlas.fingerprints import take_fingerprint
from envatlas.formats.stubs import registry_stub
from envatlas.formats.value_types import value_forms
from tests.test_cli import printed, registry_of

if TYPE_CHECKING:
    from tests.conftest import Site

DATA: Final = pathlib.Path(__file__).parent / "data/adopt"
PROCESS: Final = '__import__("os").environ'
BRIDGE: Final = "\nfrom envatlas import from_callables\nplugin = from_callables({0})\n"
PLUGIN: Final = BRIDGE.format("environment_variables")


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let none of the variables be set."""
    for name in [*os.environ]:
        if name.startswith(("ENGINE_", "A_")):
            monkeypatch.delenv(name)


def bridged(site: Site, source: str = "") -> types.ModuleType:
    """Install a distribution whose plugin is made of a file's functions, and return its module."""
    text = source or (DATA / "engine_envs.py").read_text(encoding="utf-8") + PLUGIN
    site.add("engine-vllm", plugins={"engine": "engine_envs:plugin"}, modules={"engine_envs": text})
    return importlib.import_module("engine_envs")


@pytest.fixture(name="module")
def _module(site: Site) -> types.ModuleType:
    """Give the module of an engine's functions."""
    return bridged(site)


def functions(module: types.ModuleType) -> Mapping[str, Callable[[], object]]:
    """Return a module's functions."""
    return cast("Mapping[str, Callable[[], object]]", module.environment_variables)


def registry(environ: Mapping[str, str] | None = None) -> Registry:
    """Return a registry that finds the plugin."""
    return Registry("test", group="envatlas.test", environ=os.environ if environ is None else environ)


TEXTS: Final[Mapping[str, str]] = {
    "ENGINE_PORT": "5000",
    "ENGINE_BACKEND": "paged",
    "ENGINE_DISABLED": "a,b",
    "ENGINE_CACHE": "~/cache",
    "ENGINE_STRICT": "true",
    "QUIET": "1",
    "ENGINE_LABELS": '{"a": 1}',
    "ENGINE_API_KEY": "sk-123456",
    "HOME": "/home/other",
}


@pytest.mark.parametrize("texts", [{}, TEXTS], ids=["unset", "set"])
def test_every_variable_reads_as_its_function_does(
    module: types.ModuleType, monkeypatch: pytest.MonkeyPatch, texts: Mapping[str, str]
) -> None:
    """Over `os.environ`, and over a mapping that has the same."""
    for name, text in texts.items():
        monkeypatch.setenv(name, text)
    live, copied = Environment(registry(), os.environ), Environment(registry(), dict(os.environ))
    for name, function in functions(module).items():
        assert live[name] == function(), name
        assert type(live[name]) is type(function()), name
        if name != "ENGINE_SOCKETS":
            assert copied[name] == function(), name


def test_a_value_follows_whatever_its_function_looks_at(
    module: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is remembered."""
    envs = Environment(registry())
    seen = [envs["ENGINE_QUIET"]]
    for name, text in (("QUIET", "1"), ("ENGINE_QUIET", "0"), ("ENGINE_QUIET", "")):
        monkeypatch.setenv(name, text)
        seen += [envs["ENGINE_QUIET"]]
    assert seen == [False, True, False, True]
    assert envs.snapshot()["ENGINE_QUIET"] is functions(module)["ENGINE_QUIET"]()


def test_a_function_that_no_other_mapping_reaches_says_so(module: types.ModuleType) -> None:
    """Over `os.environ` it is read; elsewhere the error says why it is not."""
    assert isinstance(Environment(registry()).ENGINE_SOCKETS, str)
    with pytest.raises(ProcessOnlyError, match=r"ENGINE_SOCKETS can be read from os.environ alone.*module tempfile"):
        _ = Environment(registry(), {}).ENGINE_SOCKETS
    with pytest.raises(ProcessOnlyError):
        _ = Environment(registry(), {"ENGINE_SOCKETS": "/tmp"}).ENGINE_SOCKETS


def test_a_function_may_copy_the_environment_and_changes_none(site: Site) -> None:
    """A copy has what would be set; who would write cannot be read over another mapping."""
    whole, writes = from_callables(
        {
            "A_COPY": lambda: os.environ.copy().get("A_COPY", "none"),
            "A_SET": lambda: os.environ.setdefault("A_SET", "1"),
        }
    ).envatlas_variables()
    environ = {"A_COPY": "1"}
    made = site.registry_of(whole, writes, environ=environ)
    assert (made.explain("A_COPY").value, whole.kind.parse("2")) == ("1", "2")
    assert shown_default(made, "A_COPY") == "none"
    with pytest.raises(ProcessOnlyError, match=r"it uses os.environ.setdefault"):
        _ = Environment(made, environ)["A_SET"]
    assert environ == {"A_COPY": "1"}


def shown_default(made: Registry, name: str) -> object:
    """Return the default that listings show."""
    from envatlas.formats.listings import reading_object

    return reading_object(made.explain(name), made.environ)["default"]


@pytest.mark.usefixtures("module")
def test_a_text_that_its_function_refuses_is_invalid() -> None:
    """The error names plugin and distribution, and has the function's as its cause."""
    with pytest.raises(InvalidValueError, match=r"ENGINE_PORT='x': expected what a function in engine_envs") as caught:
        _ = Environment(registry(), {"ENGINE_PORT": "x"}).ENGINE_PORT
    assert isinstance(caught.value.__cause__, ValueError)
    assert "engine-vllm 1.2" in str(caught.value)


@pytest.mark.usefixtures("module")
def test_the_names_that_a_function_looks_up_are_known() -> None:
    """Its own first, or those that it is read from in its place."""
    declared = registry()
    assert declared.explain("ENGINE_CACHE", {}).depends_on == ("HOME", "XDG_CACHE_HOME")
    assert declared["ENGINE_BACKEND"].sources == ("ENGINE_BACKEND",)
    other = from_callables({"A_PORT": lambda: os.getenv("B_PORT") or os.getenv("C_PORT")})
    assert [each.sources for each in other.envatlas_variables()] == [("B_PORT", "C_PORT")]


def _flag(name: str) -> bool:
    return os.getenv(name) == "1"


ALIASED: Final[Mapping[str, Callable[[], object]]] = {
    "A_FAST": lambda: _flag("A_FAST") and os.getenv("A_MODE") == "x",
    "A_MODE": lambda: os.getenv("A_MODE"),
    "A_QUIET": lambda: os.getenv("A_QUIET") or os.getenv("QUIET"),
    "A_CACHE": lambda: os.getenv("A_CACHE", os.getenv("XDG_CACHE_HOME", "/tmp")),
}


def test_a_variable_s_own_name_comes_first_wherever_it_stands(site: Site) -> None:
    """The other names that its function looks up follow, but for other variables' and the user's directories."""
    made = site.registry_of(*from_callables(ALIASED).envatlas_variables())
    assert [(each.name, *each.sources[1:]) for each in made] == [
        ("A_FAST",),
        ("A_MODE",),
        ("A_QUIET", "QUIET"),
        ("A_CACHE",),
    ]
    assert made.explain("A_FAST", {}).depends_on == ("A_MODE",)
    assert made.explain("A_CACHE", {}).depends_on == ("XDG_CACHE_HOME",)
    environ = {"A_MODE": "x"}
    with Environment(made, environ).override(A_FAST="1"):
        assert environ == {"A_FAST": "1", "A_MODE": "x"}


@pytest.mark.parametrize(
    ("function", "sources", "depends"),
    [
        (lambda: os.environ["HOME"], ("A_ROOT",), ("HOME",)),
        (lambda: os.getenv("B_ROOT", os.environ["XDG_CACHE_HOME"]), ("B_ROOT",), ("XDG_CACHE_HOME",)),
        (lambda: os.getenv("A_ROOT") or os.getenv("TMPDIR"), ("A_ROOT",), ("TMPDIR",)),
        (
            lambda: os.getenv("LOCAL_RANK") or os.getenv("VLLM_DP_RANK_LOCAL"),
            None,
            ("LOCAL_RANK", "VLLM_DP_RANK_LOCAL"),
        ),
        (lambda: (os.getenv("PATH"), os.getenv("HOSTNAME")), None, ("PATH", "HOSTNAME")),
        (lambda: os.getenv("LD_LIBRARY_PATH", os.getenv("PYTHONPATH")), None, ("LD_LIBRARY_PATH", "PYTHONPATH")),
        (lambda: os.getenv("A_FRANKNESS"), ("A_FRANKNESS",), ()),
    ],
    ids=["home", "cache", "folder", "ranks", "path", "libraries", "no rank"],
)
def test_what_each_process_has_for_itself_is_depended_on(
    function: Callable[[], object], sources: tuple[str, ...] | None, depends: tuple[str, ...]
) -> None:
    """It sets no variable, whether or not the variable's own name stands in the function."""
    [made] = from_callables({"A_ROOT": function}).envatlas_variables()
    assert isinstance(made.kind, CallableKind)
    assert (made.sources, made.kind.depends) == (sources or ("A_ROOT",), depends)


def test_a_variable_that_is_a_process_s_own_is_read_from_its_name() -> None:
    """Somebody may list it among others."""
    [made] = from_callables({"LOCAL_RANK": lambda: int(os.environ["LOCAL_RANK"])}).envatlas_variables()
    assert made.sources == ("LOCAL_RANK",)


def test_a_variable_of_which_nothing_is_known_is_in_the_fingerprint(site: Site) -> None:
    """A graph may depend on it; a declaration says that none does."""
    made = site.registry_of(*from_callables(ALIASED).envatlas_variables())
    assert made.fingerprint({"A_MODE": "1"}) != made.fingerprint({"A_MODE": "2"})


def test_a_variable_that_no_graph_depends_on_is_not_in_the_fingerprint(site: Site) -> None:
    """Nor does it matter whether it can be read elsewhere than in the process."""
    folder = {"A_FOLDER": lambda: os.path.join(os.environ["HOME"], platform.machine())}
    plugin = from_callables({**ALIASED, **folder}, uncompiled=["A_FOLDER"])
    made = site.registry_of(*plugin.envatlas_variables())
    assert [*take_fingerprint(made, {"HOME": "/home/a"}).values] == [*ALIASED]


def test_a_value_under_another_name_is_set_and_carried(site: Site) -> None:
    """The variable is set then, and its text goes where it is needed."""
    from envatlas_vllm_ray.carrying import carried

    made = site.registry_of(*from_callables(ALIASED).envatlas_variables())
    environ = {"QUIET": "1", "XDG_CACHE_HOME": "/cache"}
    reading = made.explain("A_QUIET", environ)
    assert (reading.value, reading.origin, reading.is_set) == ("1", "QUIET", True)
    assert not made.explain("A_CACHE", environ).is_set
    assert carried(made, environ) == {"QUIET": "1"}


@pytest.mark.usefixtures("module")
def test_what_is_unset_is_told_from_what_is_set() -> None:
    """The default is what the function reads without the variable, also while it is set."""
    reading = registry().explain("ENGINE_TARGET", {"ENGINE_TARGET": "cpu"})
    assert (reading.value, reading.origin, reading.is_set) == ("CPU", "environment", True)
    [shown] = json.loads(_explained({"ENGINE_TARGET": "cpu"}))
    assert (shown["default"], shown["kind"]) == ("GPU", "callable")
    assert "is not declared yet" in shown["help"].lower()


def _explained(environ: Mapping[str, str]) -> str:
    from envatlas.formats.listings import reading_object

    return json.dumps([reading_object(registry().explain("ENGINE_TARGET", environ), environ)])


def test_a_text_that_is_asked_about_counts_more_than_the_one_that_is_there() -> None:
    """A check asks what another text would be read as."""
    kind = CallableKind("A_PORT", lambda: os.getenv("A_PORT"), ("A_PORT",))
    assert kind.parse_in("1", {"A_PORT": "2"}) == "1"


SURFACES: Final = (
    ("list", "--all"),
    ("list", "--json"),
    ("explain", "*"),
    ("explain", "*", "--json"),
    ("check",),
    ("schema",),
    ("schema", "--for", "compose"),
    ("export",),
    ("export", "--format", "json"),
    ("plugins",),
    ("diff", "live", "live"),
)


@pytest.mark.parametrize("texts", [{}, TEXTS, {**TEXTS, "ENGINE_EAGER": "off", "ENGINE_WARM": " yes"}])
@pytest.mark.parametrize(
    ("arguments", "is_process"),
    [(surface, is_process) for surface in SURFACES for is_process in (True, False)],
    ids=str,
)
def test_every_command_takes_them(  # noqa: PLR0913, PLR0917  two fixtures for what is printed, and three cases
    site: Site,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    texts: Mapping[str, str],
    is_process: bool,
) -> None:
    """It neither fails nor shows a secret."""
    bridged(site)
    for name, text in texts.items():
        monkeypatch.setenv(name, text)
    status = run([registry_of(site, PROCESS if is_process else repr(dict(texts))), *arguments])
    captured = capsys.readouterr()
    assert "in 1 environment" in captured.out if arguments[0] == "check" else status == 0, captured.err
    assert "Traceback" not in captured.err
    if arguments[0] != "export":
        assert "sk-123456" not in captured.out + captured.err


def test_the_environment_of_a_file_is_read_as_well(
    site: Site, capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    """What cannot be read there is no error of the file's."""
    bridged(site)
    file = tmp_path / "prod.env"
    file.write_text("ENGINE_PORT=5000\nENGINE_SOCKETS=/tmp\n")
    assert "5000" in printed(capsys, registry_of(site), "list", "PORT", "--env-file", str(file))
    checked = printed(capsys, registry_of(site), "check", "--env-file", str(file))
    assert "ENGINE_SOCKETS" not in checked


def test_the_stubs_of_the_module_are_its_types(site: Site) -> None:
    """Also those that only a type checker sees; without any, it may be anything."""
    bridged(site)
    forms = {each.name: value_forms(each) for each in registry()}
    assert forms["ENGINE_TIMEOUT_MS"] == (int, int)
    assert forms["ENGINE_BACKEND"][0] == Literal["dense", "paged"] | None
    assert forms["ENGINE_QUIET"] == (object, object)
    stub = registry_stub(registry(), ["registry"], ["envs"])
    assert "def ENGINE_PORT(self) -> int | None:" in stub
    assert "def ENGINE_DISABLED(self) -> list[str]:" in stub


def test_a_module_without_source_has_no_stubs(site: Site) -> None:
    """Nor has one that is no Python."""
    kind = CallableKind("A_PORT", eval("lambda: 5", {"__name__": "acme_nowhere"}), ("A_PORT",))
    assert kind.value_form is object
    site.write({"acme_broken": "def (:"})
    broken = CallableKind("A_PORT", eval("lambda: 5", {"__name__": "acme_broken"}), ("A_PORT",))
    assert broken.value_form is object


class _Called:
    def __call__(self) -> int:
        return 5


def test_any_callable_will_do() -> None:
    """An object that can be called has the module of its class."""
    [made] = from_callables({"A_FIVE": _Called()}).envatlas_variables()
    assert "tests.test_callables" in made.help
    assert envatlas.from_callables is from_callables


def test_a_secret_is_known_by_its_name(site: Site) -> None:
    """Or by that of what it is read from; and whoever knows better says so."""
    made = {
        each.name: each.secret
        for each in from_callables(
            {
                "A_API_KEY": lambda: os.getenv("A_API_KEY"),
                "A_OTHER": lambda: os.getenv("A_PASSWORD"),
                "A_KEY": lambda: os.getenv("A_KEY"),
                "A_CODE": lambda: os.getenv("A_CODE"),
                "A_PLAIN": lambda: os.getenv("A_PLAIN"),
            },
            secrets=["A_CODE"],
            public=["A_KEY"],
        ).envatlas_variables()
    }
    assert made == {"A_API_KEY": True, "A_OTHER": True, "A_KEY": False, "A_CODE": True, "A_PLAIN": False}


def test_a_secret_that_cannot_be_read_is_not_shown(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    """Neither its text nor what its function raised, set or made of another."""
    source = (
        "import os\ndef other(): return os.getenv('B_TOKEN')\n"
        "environment_variables = {'A_TOKEN': lambda: int(os.getenv('A_TOKEN') or other())}"
    )
    bridged(site, source + PLUGIN)
    for name in ("A_TOKEN", "B_TOKEN"):
        with pytest.raises(InvalidValueError) as caught:
            _ = Environment(registry(), {name: "sk-123456"})["A_TOKEN"]
        assert caught.value.__cause__ is None
        assert "sk-" not in str(caught.value)
    assert isinstance(caught.value, DefaultError)


def test_an_unset_secret_reads_as_its_function_does(site: Site) -> None:
    """Which need not be None."""
    bridged(site)
    assert Environment(registry(), {}).ENGINE_STORE_SECRET == ""


@pytest.mark.usefixtures("module")
def test_a_value_is_overridden_by_a_text_that_is_found_by_trying() -> None:
    """What no usual text stands for is refused, as everywhere."""
    envs = Environment(registry(), {})
    with envs.override(ENGINE_TRACE=True, ENGINE_PORT=5, ENGINE_DISABLED=["a", "b"], ENGINE_EAGER=True):
        assert (envs.ENGINE_TRACE, envs.ENGINE_PORT) == (True, 5)
        assert (envs.ENGINE_DISABLED, envs.ENGINE_EAGER) == (["a", "b"], True)
    with pytest.raises(InvalidValueError, match="no text stands for"), envs.override(ENGINE_PORT=2.5):
        pass


def test_a_name_that_cannot_be_is_the_plugins_fault(site: Site) -> None:
    """It fails when it is loaded, not when it is made."""
    bridged(site, "environment_variables = {'A-PORT': lambda: 5}" + PLUGIN)
    (problem,) = registry().problems
    assert isinstance(problem.__cause__, DeclarationError)


@pytest.mark.parametrize(
    ("callables", "options", "why"),
    [
        (None, {}, "'from_callables' breaks the rule .* got NoneType; give it the dict"),
        ({"A_V": "1.0"}, {}, "'A_V' breaks the rule .*read by a function.* got 'A_V': str; put lambda: before it"),
        ({"A_V": os.getcwd}, {"secrets": "A_V"}, r"got 'A_V'; write secrets=\['A_V'\]"),
        ({"A_V": os.getcwd}, {"public": "A_V"}, r"got 'A_V'; write public=\['A_V'\]"),
        ({"A_V": os.getcwd}, {"uncompiled": "A_V"}, r"got 'A_V'; write uncompiled=\['A_V'\]"),
        ({"A_V": os.getcwd}, {"secrets": ["A_W"]}, "'A_W' breaks the rule .*got one that no function has or looks up"),
        ({"A_V": os.getcwd}, {"public": ["A_W"]}, "'A_W' breaks the rule .*have or look up"),
        ({"A_V": lambda: os.getenv("A_W")}, {"uncompiled": ["A_W"]}, "'A_W' breaks the rule .*got one that has none"),
    ],
    ids=[
        *("no mapping", "no function", "secrets", "public", "uncompiled"),
        *("misspelt secret", "misspelt public", "misspelt uncompiled"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(
    callables: Mapping[str, Callable[[], object]], options: Mapping[str, Iterable[str]], why: str
) -> None:
    """With what was got, and what to do."""
    with pytest.raises(DeclarationError, match=why):
        from_callables(callables, **options)


def test_a_name_that_a_function_looks_up_can_be_said_to_be_a_secret() -> None:
    """The variable is one then."""
    [made] = from_callables({"A_V": lambda: os.getenv("B_V")}, secrets=["B_V"]).envatlas_variables()
    assert made.secret


def test_what_is_put_into_the_dict_later_counts() -> None:
    """And is looked at when the plugin loads."""
    functions: dict[str, Callable[[], object]] = {}
    plugin = from_callables(functions)
    functions["A_V"] = os.getcwd
    assert [each.name for each in plugin.envatlas_variables()] == ["A_V"]
    functions["A_W"] = cast("Callable[[], object]", 5)
    with pytest.raises(DeclarationError, match="A_W"):
        plugin.envatlas_variables()


def test_a_check_of_a_flag_that_no_usual_text_turns_on_says_to_unset_it(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no other text to name."""
    source = "import os\nenvironment_variables = {'A_FLAG': lambda: os.getenv('A_FLAG') == 'enabled'}"
    bridged(site, source + PLUGIN)
    monkeypatch.setenv("A_FLAG", "true")
    run([registry_of(site, PROCESS), "check"])
    assert "unset A_FLAG" in capsys.readouterr().out


def test_a_flag_that_no_usual_text_turns_on_is_named_without_a_text(site: Site) -> None:
    """What has no effect without it is reported all the same."""
    from envatlas.checks import check

    flags = from_callables({"A_FLAG": lambda: os.getenv("A_FLAG") == "enabled"}).envatlas_variables()
    port = Variable("A_PORT", Integer(), default=80, help="The port.", only_with="A_FLAG")
    made = site.registry_of(port, *flags, environ={"A_PORT": "5"})
    [found] = [each for each in check(made) if each.code == "no-effect"]
    assert found.remedy.startswith("set A_FLAG, or")
