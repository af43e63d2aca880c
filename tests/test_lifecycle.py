"""Lifecycle: what a read says of a variable that is on its way out, and how one is renamed."""

from __future__ import annotations

import inspect
import os
import threading
import traceback
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import attrs
import pytest

from envatlas import DeclarationError, Deprecated, DeprecatedVariableWarning, Flag, Integer, Registry, Text, Variable
from envatlas.environment import Environment
from envatlas.environs import Environ, Untold
from envatlas.errors import InvalidValueError
from envatlas.formats.listings import explanation_object
from envatlas.formats.schemas import environment_schema
from envatlas.sources import read_source
from tests.test_checks import FILE, findings, only
from tests.test_cli import printed, registry_of
from tests.test_cli_explain import told

if TYPE_CHECKING:
    from tests.conftest import Site

OLD: Final = Variable("A_OLD", Integer(), default=1, help="O.", deprecated=Deprecated("0.9", "V0 is gone.", "A_NEW"))
GONE: Final = Variable("A_GONE", Integer(), default=1, help="G.", deprecated=Deprecated("0.9", "V0 is gone."))
KEY: Final[Variable[str | None]] = Variable(
    "A_KEY", Text(), default=None, help="K.", secret=True, deprecated=Deprecated("0.9", "Keys are files.")
)
WAIT: Final = Variable(
    "A_WAIT",
    Integer(),
    default=1,
    help="W.",
    formerly={"A_PAUSE": Deprecated("2.0", "Its unit is clearer."), "A_STOP": Deprecated("1.0", "It does not stop.")},
)
NEW: Final = Variable("A_NEW", Integer(), default=1, help="N.")
QUIET: Final = Variable("A_QUIET", Flag(), default=False, help="Q.")
WAYS: Final[Mapping[str, Callable[[Environment], object]]] = {
    "attribute": lambda envs: envs.A_OLD,
    "item": lambda envs: envs["A_OLD"],
    "declaration": lambda envs: envs[OLD],
    "get": lambda envs: envs.get("A_OLD"),
    "getattr": lambda envs: getattr(envs, "A_OLD"),  # noqa: B009  as programs do
    "items": lambda envs: dict(envs.items()),
    "snapshot": lambda envs: envs.snapshot(),
}


@pytest.fixture
def aging(site: Site) -> Registry:
    """Give a registry with variables that are on their way out, and one that keeps that back."""
    return attrs.evolve(site.registry_of(OLD, GONE, KEY, WAIT, NEW, QUIET), quiet_variable="A_QUIET")


@contextmanager
def heard() -> Generator[list[warnings.WarningMessage]]:
    """Collect every warning of a block."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield found


def said(read: Callable[[], object]) -> list[str]:
    """Return the warnings that a read gives."""
    with heard() as found:
        read()
    return [str(each.message) for each in found]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_first_read_of_a_deprecated_variable_warns_at_the_callers_line(
    aging: Registry, way: Callable[[Environment], object]
) -> None:
    """However it is read, the warning is at the line outside of envatlas, and says what to do."""
    with heard() as found:
        way(Environment(aging, {"A_OLD": "5"}))
    (warning,) = found
    assert warning.category is DeprecatedVariableWarning
    assert str(warning.message) == "A_OLD is set, which is deprecated since 0.9: V0 is gone. Set A_NEW instead."
    assert (warning.filename, warning.lineno) == (way.__code__.co_filename, way.__code__.co_firstlineno)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_environment_warns_once(aging: Registry, way: Callable[[Environment], object]) -> None:
    """However it was read first, no later read warns, another text or not; another environment does."""
    environ = {"A_OLD": "5"}
    envs = Environment(aging, environ)
    assert len(said(lambda: way(envs))) == 1
    for text in ("5", "6"):
        environ["A_OLD"] = text
        assert said(lambda: [each(envs) for each in WAYS.values()]) == []
    assert len(said(lambda: way(Environment(aging, environ)))) == 1


def test_a_variable_that_is_unset_is_no_reason_to_warn(aging: Registry) -> None:
    """The first read that finds it set is what warns."""
    environ: dict[str, str] = {}
    envs = Environment(aging, environ)
    assert said(lambda: (envs.A_OLD, envs.snapshot())) == []
    environ["A_OLD"] = "5"
    assert said(lambda: [envs.A_OLD, envs.A_OLD]) == [
        "A_OLD is set, which is deprecated since 0.9: V0 is gone. Set A_NEW instead."
    ]


def test_the_process_environment_warns_likewise(aging: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its texts lie elsewhere."""
    monkeypatch.delenv("A_GONE", raising=False)
    envs = Environment(aging)
    assert said(lambda: envs.A_GONE) == []
    monkeypatch.setitem(os.environ, "A_GONE", "5")
    assert said(lambda: envs.A_GONE) == ["A_GONE is set, which is deprecated since 0.9: V0 is gone. Unset it."]


def test_other_variables_warn_of_nothing(aging: Registry) -> None:
    """What is not on its way out is read without a word, and so is asking whether anything is set."""
    envs = Environment(aging, {"A_NEW": "5", "A_OLD": "5"})
    assert said(lambda: (envs.A_NEW, envs.is_set("A_OLD"), "A_OLD" in envs, len(envs), repr(envs))) == []


def test_the_quiet_variable_keeps_the_warning_back(aging: Registry) -> None:
    """It is asked where the warning would be; a text that it cannot read keeps nothing back."""
    assert said(lambda: Environment(aging, {"A_OLD": "5", "A_QUIET": "1"}).A_OLD) == []
    for text in ("0", "maybe"):
        environ = {"A_OLD": "5", "A_QUIET": text}
        assert len(said(lambda: Environment(aging, environ).A_OLD)) == 1  # noqa: B023  it is called at once


@pytest.mark.parametrize("name", [None, "A_NOBODYS"])
def test_a_registry_may_have_no_quiet_variable(aging: Registry, name: str | None) -> None:
    """It names none, or one that nobody declares."""
    registry = attrs.evolve(aging, quiet_variable=name)
    assert len(said(lambda: Environment(registry, {"A_OLD": "5", "A_NOBODYS": "1"}).A_OLD)) == 1


def test_a_warning_that_is_an_error_is_raised_at_each_read(aging: Registry) -> None:
    """It is not remembered as given, so that no read depends on which came first; once it is none, it is given."""
    envs = Environment(aging, {"A_OLD": "5"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for way in (*WAYS.values(), *WAYS.values()):
            with pytest.raises(DeprecatedVariableWarning):
                way(envs)
    assert len(said(lambda: [envs.A_OLD, envs.A_OLD])) == 1


def test_a_text_that_cannot_be_read_is_warned_of_first(aging: Registry) -> None:
    """The name is on its way out, whatever it is set to."""
    envs = Environment(aging, {"A_OLD": "five"})
    with heard() as found, pytest.raises(InvalidValueError):
        _ = envs.A_OLD
    assert [each.category for each in found] == [DeprecatedVariableWarning]


def test_a_secrets_text_is_not_part_of_a_warning(aging: Registry) -> None:
    """Nor is it in what an error shows of the frames."""
    envs = Environment(aging, {"A_KEY": "sk-123"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecatedVariableWarning) as caught:
            _ = envs.A_KEY
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    own = [frame for frame in shown.stack if "envatlas" in frame.filename]
    assert own
    assert "sk-123" not in str([frame.locals for frame in own if frame.filename != __file__])


def test_what_shows_a_warning_may_read_the_variable(aging: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the value, without a second warning."""
    envs = Environment(aging, {"A_OLD": "5"})
    values: list[object] = []

    def show(*_: object, **__: object) -> None:
        values.append(envs.A_OLD)

    monkeypatch.setattr(warnings, "showwarning", show)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert envs.A_OLD == 5
    assert values == [5]


def test_threads_that_read_at_once_warn_once(aging: Registry) -> None:
    """Whichever is first, all have the value."""
    readers = 8
    for _ in range(50):
        envs, start, values = Environment(aging, {"A_OLD": "5"}), threading.Barrier(readers), list[object]()

        def read(envs: Environment = envs, start: threading.Barrier = start, values: list[object] = values) -> None:
            start.wait()
            values.append(envs.A_OLD)

        with heard() as found:
            threads = [threading.Thread(target=read) for _ in range(readers)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
        assert (values, len(found)) == ([5] * readers, 1)


def test_a_python_without_frames_warns_as_well(aging: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where is then not known."""
    monkeypatch.setattr(inspect, "currentframe", lambda: None)
    assert len(said(lambda: Environment(aging, {"A_OLD": "5"}).A_OLD)) == 1


def test_a_line_with_nothing_outside_is_the_outermost(site: Site) -> None:
    """A thread may start inside of envatlas itself."""
    code = """
import warnings
from envatlas import Deprecated, Environment, Integer, Registry, Variable
from envatlas.vllm import registry
import envatlas.environment
variable = Variable("A_OLD", Integer(), default=1, help="O.", deprecated=Deprecated("0.9", "V0 is gone."))
source = "from envatlas.deprecations import Notice\\nNotice(variable, registry, {'A_OLD': '5'}).give()"
with warnings.catch_warnings(record=True) as found:
    warnings.simplefilter("always")
    globals()["__name__"] = "envatlas.inside"
    exec(source)
print(found[0].lineno)
"""
    assert site.answer(code) == code.splitlines().index("    exec(source)") + 1


def test_the_warning_is_shown_to_whoever_runs_the_program(site: Site) -> None:
    """Without any option, and though the line that reads is in no main module."""
    declaration = 'Variable("A_OLD", Integer(), default=1, help="O.", deprecated=Deprecated("0.9", "V0 is gone."))'
    site.add_plugin("acme", site.declaring(declaration).replace("import Integer", "import Deprecated, Integer"))
    site.write({"app": "def run(envs):\n    return envs.A_OLD\n"})
    code = (
        "import app; from envatlas import Environment, Registry\n"
        "print(app.run(Environment(Registry('test', group='envatlas.test'))))"
    )
    done = site.run(code, {"A_OLD": "5"})
    assert done.stdout == "5\n"
    assert "app.py:2: DeprecatedVariableWarning: A_OLD is set, which is deprecated since 0.9" in done.stderr


def test_the_new_name_wins_where_both_are_set(aging: Registry) -> None:
    """A former name counts where no later one has a text."""
    assert WAIT.sources == ("A_WAIT", "A_PAUSE", "A_STOP")
    read: Callable[[Mapping[str, str]], object] = lambda environ: Environment(aging, environ).A_WAIT  # noqa: E731
    with heard():
        assert read({"A_WAIT": "5", "A_PAUSE": "6", "A_STOP": "7"}) == 5
        assert read({"A_PAUSE": "6", "A_STOP": "7"}) == 6
        assert read({"A_WAIT": "", "A_STOP": "7"}) == 7
        assert read({}) == 1


def test_a_former_name_is_warned_of_where_it_counts(aging: Registry) -> None:
    """The replacement is the variable itself; where its own name is set, nothing is said."""
    environ = {"A_PAUSE": "6", "A_WAIT": "5"}
    envs = Environment(aging, environ)
    assert said(lambda: envs.A_WAIT) == []
    del environ["A_WAIT"]
    assert said(lambda: [envs.A_WAIT, envs.A_WAIT]) == [
        "A_PAUSE is set, which is deprecated since 2.0: Its unit is clearer. Set A_WAIT instead."
    ]


def test_a_former_name_that_is_set_is_a_finding(aging: Registry) -> None:
    """The remedy is the new name; the quiet variable keeps it back."""
    found = only({"A_PAUSE": "6"}, registry=aging)
    assert (found.code, found.variable) == ("deprecated", "A_PAUSE")
    assert (found.found, found.why) == ("A_PAUSE is deprecated since 2.0; A_WAIT replaces it", "Its unit is clearer")
    assert found.remedy == 'export A_WAIT="$A_PAUSE"; unset A_PAUSE'
    assert findings({"A_PAUSE": "6", "A_QUIET": "1"}, registry=aging) == []


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"A_WAIT": "5", "A_PAUSE": "6"}, "A_PAUSE is set, and A_WAIT as well, which counts, to another text"),
        ({"A_WAIT": "5", "A_PAUSE": "5"}, "A_PAUSE is set, and A_WAIT as well, which counts"),
        ({"A_WAIT": "5", "A_STOP": "", "A_QUIET": "1"}, "A_STOP is set, and A_WAIT as well, which counts, to another"),
    ],
)
def test_both_names_that_are_set_are_a_finding(aging: Registry, environ: Mapping[str, str], said: str) -> None:
    """It says which of them counts; it is no quiet matter, for one text is not what it seems."""
    (found,) = findings(environ, registry=aging)
    assert (found.code, found.found.startswith(said)) == ("replaced-variable", True)
    assert found.remedy == f"unset {found.variable}"


def test_two_former_names_are_two_findings(aging: Registry) -> None:
    """The one that counts is deprecated, and the other does not count."""
    found = findings({"A_PAUSE": "6", "A_STOP": "7"}, registry=aging)
    assert {each.variable: each.code for each in found} == {"A_PAUSE": "deprecated", "A_STOP": "replaced-variable"}


def test_which_name_counts_may_not_be_known(aging: Registry) -> None:
    """A file may set the new name without telling to what; it counts all the same, and so does an empty old one."""
    environ = Environ(FILE, {"A_PAUSE": "6"}, untold={"A_WAIT": Untold(FILE, "it is in a Secret")})
    (found,) = findings(environ, registry=aging, code="replaced-variable")
    assert found.found == "A_PAUSE is set, and A_WAIT as well, which counts, to another text"
    (found,) = findings({"A_STOP": " "}, registry=aging, code="deprecated")
    assert found.variable == "A_STOP"


def test_explain_and_list_say_which_name_was_used(aging: Registry) -> None:
    """The origin is the former name."""
    assert aging.explain("A_WAIT", {"A_STOP": "7"}).origin == "A_STOP"


def test_the_commands_name_the_former_name(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """`explain` says what a variable was called, and both commands what it was read from."""
    formerly = 'formerly={"A_OLD": Deprecated("2.0", "Clearer.")}'
    declaration = f'Variable("A_NEW", Integer(), default=1, help="N.", {formerly})'
    site.add_plugin("acme", site.declaring(declaration).replace("import Integer", "import Deprecated, Integer"))
    at = registry_of(site, "{'A_OLD': '5'}")
    explained = told(printed(capsys, "explain", "A_NEW", at))
    assert (explained["text"], explained["read from"]) == ("'5', as A_OLD", "A_NEW, A_OLD")
    assert explained["formerly"] == "A_OLD, deprecated since 2.0: Clearer."
    listed = printed(capsys, "list", "NEW", at)
    assert listed.splitlines()[1].split() == ["A_NEW", "5", "A_OLD", "acme"]


def test_a_schema_says_what_a_former_name_is(aging: Registry) -> None:
    """An editor strikes it out."""
    properties = environment_schema(aging)["properties"]
    assert isinstance(properties, dict)
    assert properties["A_PAUSE"]["deprecated"] is True
    description = "What A_WAIT was called before. Deprecated since 2.0: Its unit is clearer."
    assert properties["A_PAUSE"]["description"] == description


def test_json_lists_former_names(aging: Registry) -> None:
    """Other programs see what people see."""
    explained = explanation_object(aging.explain("A_WAIT", {}), {})
    assert explained["formerly"] == [
        {"name": "A_PAUSE", "since": "2.0", "reason": "Its unit is clearer."},
        {"name": "A_STOP", "since": "1.0", "reason": "It does not stop."},
    ]


def test_a_former_name_is_known_from_a_source(site: Site) -> None:
    """The text under it may be a secret's, and a check must know it."""
    source = site.declaring(
        'Variable("A_KEY", Text(), default=None, help="K.", formerly={"A_TOKEN": Deprecated("1", "No."), **more})'
    )
    site.add_plugin("acme", source)
    (declared,) = read_source("acme_vllm").declared
    assert declared.sources == ("A_KEY", "A_TOKEN")
    registry = site.registry({"TEST_PLUGINS": "", "A_TOKEN": "5"})
    (found,) = registry.inactive
    assert found.set_as(registry.environ) == "A_TOKEN"


@pytest.mark.parametrize(
    ("formerly", "got"),
    [
        ({"A-OLD": Deprecated("1", "Old.")}, "'A-OLD'"),
        ({"A_NEW": Deprecated("1", "Old.")}, "'A_NEW'"),
        ({"A_READ": Deprecated("1", "Old.")}, "'A_READ'"),
        ({"A_OLD": Deprecated("1", " ")}, "Deprecated(since='1', reason=' ', replacement=None)"),
        ({"A_OLD": Deprecated("1", "Old.", "A_OTHER")}, "'A_OTHER'"),
        ({"A_OLD": "2.0"}, "'2.0'"),
        (("A_OLD",), "('A_OLD',)"),
    ],
)
def test_former_names_that_make_no_sense_are_refused(formerly: Mapping[str, Deprecated], got: str) -> None:
    """They are other names, each with a deprecation."""
    with pytest.raises(DeclarationError) as caught:
        Variable("A_NEW", Integer(), default=1, help="N.", reads=("A_NEW", "A_READ"), formerly=formerly)
    assert caught.value.got == got


def test_the_replacement_of_a_former_name_may_be_said() -> None:
    """It is the variable itself."""
    old = Deprecated("1", "Old.", "A_NEW")
    assert Variable("A_NEW", Integer(), default=1, help="N.", formerly={"A_OLD": old}).formerly["A_OLD"] == old
