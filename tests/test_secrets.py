"""Secrets: whatever is shown, a secret is not in it."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import os
import pickle
import pprint
import pydoc
import reprlib
import sys
import traceback
import types
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

import attrs
import pytest
import rich.console
import rich.pretty

from envatlas import Computed, Kind, Number, TextList, Variable
from envatlas.cli import run
from envatlas.environment import Environment
from envatlas.environs import Place
from envatlas.errors import InvalidEnvironmentError, InvalidValueError
from envatlas.files.drafts import Draft
from envatlas.files.env_files import Line
from envatlas.files.kubernetes.stores import Entry
from envatlas.files.nodes import Document, Field, MapNode, ScalarNode
from envatlas.formats.exports.contents import Contents
from envatlas.readers import reader_of
from envatlas.registry import Registry
from envatlas.texts import texts_of
from envatlas.vllm import registry
from envatlas_vllm_ray.carrying import Carried

if TYPE_CHECKING:
    from tests.conftest import Site

MARKER: Final = "sk-" + "marker"
SECRETS: Final = [variable.name for variable in registry if variable.secret]

each_secret: Final = pytest.mark.parametrize("name", SECRETS)


NOTHING: Final[dict[str, str]] = {}


@attrs.frozen
class Telltale:
    """A kind that refuses every text and every value, and quotes it in what it raises, cause and all."""

    name = "telltale"
    expected = "something else"
    empty_is_unset = False

    def parse(self, text: str) -> str:
        """Refuse the text."""
        try:
            return NOTHING[text]
        except KeyError as error:
            error.add_note(text)
            raise ValueError(text, [text]) from error

    def render(self, value: object) -> str:
        """Refuse the value."""
        raise ValueError(value)

    def schema(self) -> Mapping[str, object]:
        """Return the schema of any text."""
        return {"type": "string"}


KINDS: Final[list[Kind[object]]] = [Telltale(), Number(), TextList()]
REFUSED: Final = ["A_TELLTALE", "A_NUMBER"]
"""The names of the variables below that no text with the marker can be read for."""


@pytest.fixture
def telltales(site: Site) -> Registry:
    """Return a registry of an installed plugin whose variables are secrets of several kinds."""
    return site.registry_of(
        *(Variable(f"A_{kind.name.upper()}", kind, default=None, help="A secret.", secret=True) for kind in KINDS)
    )


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, all in it where it is a group, and all that it came from."""
    if error is None:
        return
    yield error
    yield from chain(error.__cause__)
    yield from chain(error.__context__)
    parts: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    for each in parts:
        yield from chain(each)


def everything(error: BaseException) -> str:
    """Return all that an error shows: it and its chain, their attributes, notes and tracebacks."""
    parts = ["".join(traceback.format_exception(error))]
    for each in chain(error):
        parts += [str(each), repr(each), repr(each.args), repr(vars(each))]
    return "\n".join(parts)


@contextlib.contextmanager
def shown_by_an_error() -> Generator[list[str]]:
    """Catch the ValueError that the block must raise, and give a list to which all that it shows is added."""
    shown: list[str] = []
    with pytest.raises((ValueError, InvalidEnvironmentError)) as caught:
        yield shown
    shown.append(everything(caught.value))


def test_the_secrets_are_secrets() -> None:
    """The registry has those variables that vLLM's documentation knows as secrets."""
    assert {"VLLM_API_KEY", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"} <= set(SECRETS)


@each_secret
def test_a_secret_can_be_read(name: str) -> None:
    """The program that needs a secret has it, live and in a snapshot."""
    envs = Environment(registry, {name: MARKER})
    assert envs[name] == MARKER
    assert envs.snapshot()[name] == MARKER


def things(name: str) -> dict[str, object]:
    """Return everything that knows a secret which is set, or what is made of it, by what it is."""
    environ = {name: MARKER}
    envs = Environment(registry, environ)
    snapshot, empty = envs.snapshot(), Environment(registry, {}).snapshot()
    assert envs[name] == getattr(envs, name) == MARKER
    return {
        "registry": registry,
        "variable": registry[name],
        "environment": envs,
        "environment of the process": Environment(registry),
        "snapshot": snapshot,
        "copied snapshot": copy.deepcopy(snapshot),
        "pickled snapshot": pickle.loads(pickle.dumps(snapshot)),
        "difference": snapshot.diff(empty)[0],
        "difference the other way round": empty.diff(snapshot)[0],
        "pickled difference": pickle.loads(pickle.dumps(snapshot.diff(empty)[0])),
        "reading": registry.explain(name, environ),
        "reading as a dict": attrs.asdict(registry.explain(name, environ)),
    }


THINGS: Final = (
    "registry",
    "variable",
    "environment",
    "environment of the process",
    "snapshot",
    "copied snapshot",
    "pickled snapshot",
    "difference",
    "difference the other way round",
    "pickled difference",
    "reading",
    "reading as a dict",
)


def printed_by_rich(thing: object) -> str:
    """Return what a rich console prints."""
    file = io.StringIO()
    rich.console.Console(file=file, width=200).print(thing)
    return file.getvalue()


WAYS: Final[dict[str, Callable[[object], str]]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": "{}".format,
    "%": lambda thing: "%s %r" % (thing, thing),  # noqa: UP031  it is a way of its own
    "in a container": lambda thing: repr([{"thing": (thing,)}]),
    "pprint": pprint.pformat,
    "reprlib": reprlib.repr,
    "rich": lambda thing: rich.pretty.pretty_repr(thing, expand_all=True),
    "rich in a container": lambda thing: rich.pretty.pretty_repr([thing], max_width=10),
    "rich table": lambda thing: printed_by_rich(rich.pretty.Pretty(thing)),
    "rich print": printed_by_rich,
}
"""The ways in which a program shows an object."""


@each_secret
def test_these_are_all_things_that_know_a_secret(name: str) -> None:
    """The tests below leave none out."""
    assert tuple(things(name)) == THINGS


@each_secret
@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_showing_a_thing_shows_a_secret(
    name: str, thing: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an environment, nor a snapshot, its copies and differences, nor a reading shows it."""
    monkeypatch.setenv(name, MARKER)
    shown = WAYS[way](things(name)[thing])
    assert shown
    assert MARKER not in shown


def drafted() -> Draft:
    """Return a draft that knows a secret."""
    draft = Draft(Place("prod.env"))
    draft.set("A_KEY", MARKER, Place("prod.env", 1))
    return draft


HELD: Final[dict[str, object]] = {
    "carried": Carried({"A_KEY": MARKER}, frozenset({"A_KEY"})),
    "contents": Contents({"A_KEY": MARKER}),
    "draft": drafted(),
    "entry": Entry(1, MARKER, written=MARKER),
    "line": Line("A_KEY", MARKER, 1, ""),
    "node": Document("compose.yaml", None, MapNode(1, {"A_KEY": Field(1, ScalarNode(1, MARKER))})),
}


@pytest.mark.parametrize("thing", HELD)
@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_showing_what_holds_texts_shows_one(thing: str, way: str) -> None:
    """Also by their fields, as a program does that knows what attrs makes."""
    assert MARKER not in WAYS[way](HELD[thing])


@each_secret
def test_no_way_of_showing_what_an_environment_remembers_shows_a_secret(name: str) -> None:
    """The function that reads has it as a default."""
    environ = {name: MARKER}
    read = reader_of(registry[name], environ, texts_of(environ), registry.owner(name))
    assert read(None) == MARKER
    shown = rich.pretty.pretty_repr((cast("types.FunctionType", read).__defaults__ or (None,))[0])
    assert "_Memory(" in shown
    assert MARKER not in shown


@each_secret
def test_help_on_an_environment_shows_no_secret(name: str) -> None:
    """Python's help, which shows all values of a module, shows none of an environment's."""
    assert MARKER not in pydoc.render_doc(Environment(registry, {name: MARKER}))


@each_secret
@pytest.mark.parametrize("thing", THINGS)
def test_a_log_of_a_thing_shows_no_secret(name: str, thing: str, caplog: pytest.LogCaptureFixture) -> None:
    """A program that logs what it has logs no secret."""
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("application").warning("%s %r", *[things(name)[thing]] * 2)
    assert caplog.text
    assert MARKER not in caplog.text


def with_locals(error: BaseException) -> str:
    """Return an error's traceback, with all local variables but those of the test."""
    lines = traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=True)
    lines.stack[:] = [frame for frame in lines.stack if frame.filename != __file__]
    return "".join(lines.format())


@each_secret
@pytest.mark.parametrize("look", [getattr, Environment.__getitem__], ids=["attribute", "item"])
@pytest.mark.parametrize("is_process", [True, False], ids=["os.environ", "dict"])
def test_the_locals_of_an_error_about_another_variable_show_no_secret(
    name: str, look: Callable[[Environment, str], object], is_process: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A traceback with local variables, as error reporters show it, has nothing of other variables' texts."""
    monkeypatch.setenv(name, MARKER)
    monkeypatch.setenv("VLLM_PORT", "x")
    envs = Environment(registry, os.environ if is_process else dict(os.environ))
    assert envs[name] == MARKER
    with pytest.raises(InvalidValueError) as caught:
        look(envs, "VLLM_PORT")
    shown = with_locals(caught.value)
    assert "text = 'x'" in shown
    assert MARKER not in shown


@each_secret
def test_no_error_about_another_variable_shows_a_secret(name: str) -> None:
    """What cannot be read is reported without what can."""
    envs = Environment(registry, {name: MARKER, "VLLM_PORT": "x"})
    with shown_by_an_error() as shown:
        envs.snapshot()
    with shown_by_an_error() as more, envs.override(VLLM_RPC_TIMEOUT="x"):
        pass
    assert MARKER not in "".join(shown + more)
    assert "VLLM_PORT='x'" in "".join(shown)


@each_secret
@pytest.mark.parametrize("text", [f"{MARKER}\0", f"{MARKER}\ud800"], ids=["a NUL", "a surrogate"])
def test_a_secret_that_the_system_cannot_take_is_not_shown(name: str, text: str) -> None:
    """Over the process's own environment, the refusal of a text does not quote it."""
    before = dict(os.environ)
    with shown_by_an_error() as shown, Environment(registry).override(**{name: text}):
        pass
    assert MARKER not in "".join(shown)
    assert dict(os.environ) == before


@each_secret
@pytest.mark.parametrize("value", [MARKER.encode(), [MARKER], (MARKER,)], ids=repr)
def test_a_secret_of_another_type_is_not_shown(name: str, value: object) -> None:
    """The refusal of a value that no text stands for does not quote it."""
    with shown_by_an_error() as shown, Environment(registry, {}).override(**{name: value}):
        pass
    assert MARKER not in "".join(shown)


@pytest.mark.parametrize("name", REFUSED)
def test_a_secret_that_is_refused_is_not_shown(telltales: Registry, name: str) -> None:
    """The error says what is wrong without the text, without what the kind raised, and without a chain to it."""
    envs = Environment(telltales, {name: MARKER})
    with shown_by_an_error() as shown:
        envs[name]
    assert MARKER not in "".join(shown)
    assert f"{name}=<secret>: expected " in "".join(shown)
    with pytest.raises(InvalidValueError) as caught:
        envs[name]
    assert (caught.value.text, caught.value.__cause__, caught.value.__context__) == (None, None, None)


def test_secrets_that_are_refused_together_are_not_shown(telltales: Registry) -> None:
    """The group of all errors is as silent as each of them."""
    envs = Environment(telltales, dict.fromkeys(REFUSED, MARKER))
    with shown_by_an_error() as shown:
        envs.snapshot()
    assert MARKER not in "".join(shown)
    assert all(name in "".join(shown) for name in REFUSED)


@pytest.mark.parametrize("name", REFUSED)
def test_the_reading_of_a_secret_that_is_refused_does_not_show_it(telltales: Registry, name: str) -> None:
    """A reading has the error, and the error has no text."""
    reading = telltales.explain(name, {name: MARKER})
    assert reading.error is not None
    assert reading.is_set
    assert MARKER not in repr(reading) + everything(reading.error)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("A_TELLTALE", MARKER),
        ("A_TELLTALE", [MARKER]),
        ("A_NUMBER", MARKER),
        ("A_NUMBER", [MARKER]),
        ("A_LIST", [f"{MARKER},"]),
        ("A_LIST", {MARKER: 1}),
    ],
)
def test_an_override_that_is_refused_does_not_show_the_secret(telltales: Registry, name: str, value: object) -> None:
    """Whether it is a text or a value, and whatever the kind raises, the refusal does not quote it."""
    with shown_by_an_error() as shown, Environment(telltales, {}).override(**{name: value}):
        pass
    assert MARKER not in "".join(shown)
    assert any(f"{name}{refusal}" in "".join(shown) for refusal in ("=<secret>", ": no text stands for <secret>"))


@each_secret
def test_an_error_inside_an_override_does_not_show_the_secret(name: str) -> None:
    """What is raised while a secret is overridden is not made to carry it."""
    given = {name: MARKER}
    with shown_by_an_error() as shown, Environment(registry, {}).override(**given):
        int(name)
    assert MARKER not in "".join(shown)


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("look", [getattr, Environment.__getitem__, Environment.get], ids=["attribute", "item", "get"])
def test_a_log_of_an_error_shows_no_secret(
    telltales: Registry,
    name: str,
    look: Callable[[Environment, str], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An error that is logged with its traceback, and whatever led to it, is silent about the text."""
    envs = Environment(telltales, {name: MARKER})
    try:
        look(envs, name)
    except InvalidValueError:
        logging.getLogger("application").exception("cannot go on")
    assert f"{name}=<secret>" in caplog.text
    assert MARKER not in caplog.text


@pytest.mark.parametrize("name", REFUSED)
def test_a_secret_that_is_refused_while_another_error_is_handled_is_not_shown(telltales: Registry, name: str) -> None:
    """Where something else led to the read, that is all that the error adds to the chain."""
    envs = Environment(telltales, {name: MARKER})
    first = LookupError("first")
    with shown_by_an_error() as shown:
        try:
            raise first
        except LookupError:
            envs[name]
    assert MARKER not in "".join(shown)
    assert "first" in "".join(shown)


@each_secret
def test_no_log_record_shows_a_secret(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is done with an environment, at every level, nothing that is logged has it."""
    with caplog.at_level(logging.DEBUG):
        environ = {name: MARKER, "VLLM_PORT": "x", "VLLM_PLUGINS": "usage_stats,nothing"}
        fresh = Registry(
            "fresh", group="envatlas.vllm", filter_variable="VLLM_PLUGINS", bundled="envatlas-vllm-", environ=environ
        )
        envs = Environment(fresh, environ)
        list(envs)
        with contextlib.suppress(LookupError):
            envs[name]
        with envs.override(VLLM_PLUGINS=[MARKER[:2]]):
            fresh.explain("VLLM_PLUGINS", environ)
    assert "nothing" in caplog.text
    assert MARKER not in caplog.text
    assert not any(MARKER in repr(vars(record)) for record in caplog.records)


def test_a_secret_has_no_default_that_stands_in_its_declaration() -> None:
    """A declaration is no place for one."""
    with pytest.raises(ValueError, match="a secret has no default"):
        Variable("A_KEY", TextList(), default=[MARKER], help="A key.", secret=True)


@pytest.mark.parametrize("command", ["list", "list --json", "explain A_KEY", "explain A_KEY --json", "check", "export"])
def test_the_computed_default_of_a_secret_is_not_shown(
    command: str, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be another secret; whoever reads the variable gets it."""
    default = Computed(lambda _: [MARKER], "a key", depends=())
    registry = site.registry_of(Variable("A_KEY", TextList(), default=default, help="A key.", secret=True))
    vars(sys.modules["acme_vllm"])["registry"] = registry
    assert run(["--registry=acme_vllm:registry", *command.split()]) == 0
    captured = capsys.readouterr()
    assert MARKER not in captured.out + captured.err
    snapshot = Environment(registry, {}).snapshot()
    assert snapshot["A_KEY"] == [MARKER]
    assert MARKER not in repr(snapshot)


def test_a_refused_secret_is_in_no_frame(telltales: Registry) -> None:
    """A traceback that shows local variables shows no secret, either."""
    envs = Environment(telltales, {"A_NUMBER": MARKER})
    with pytest.raises(InvalidValueError) as caught:
        envs["A_NUMBER"]
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown = [text for frame in frames.stack for text in (frame.locals or {}).values() if "envatlas/" in frame.filename]
    assert shown
    assert not any(MARKER in text for text in shown)
