"""Secrets: whatever is shown, a secret is not in it."""

from __future__ import annotations

import contextlib
import copy
import logging
import os
import pathlib
import pickle
import sys
import traceback
import types
from collections.abc import Generator, Iterator, Mapping
from typing import Final

import attrs
import pytest

import envatlas
from envatlas import Computed, Kind, Number, TextList, Variable, hookimpl
from envatlas.environment import Environment
from envatlas.errors import InvalidEnvironmentError, InvalidValueError
from envatlas.readings import explain
from envatlas.registry import Registry
from envatlas.vllm import registry

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
def telltales(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Return a registry of an installed plugin whose variables are secrets of several kinds."""
    variables = [
        Variable(f"A_{kind.name.upper()}", kind, default=None, help="A secret.", secret=True) for kind in KINDS
    ]
    module = types.ModuleType("envatlas_tests_of_secrets")
    vars(module).update(envatlas_variables=hookimpl(lambda: variables))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    metadata = tmp_path / "acme-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[envatlas.tests.secrets]\nacme = {module.__name__}\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return Registry("tests", group="envatlas.tests.secrets")


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


@each_secret
def test_no_representation_shows_a_secret(name: str) -> None:
    """Neither the environment, nor a snapshot, its copies and differences, nor a reading shows it."""
    environ = {name: MARKER}
    envs = Environment(registry, environ)
    snapshot = envs.snapshot()
    things: list[object] = [
        registry,
        registry[name],
        envs,
        snapshot,
        copy.deepcopy(snapshot),
        pickle.loads(pickle.dumps(snapshot)),
        snapshot.diff(Environment(registry, {}).snapshot()),
        Environment(registry, {}).snapshot().diff(snapshot),
        explain(registry, name, environ),
        attrs.asdict(explain(registry, name, environ)),
    ]
    assert [thing for thing in things if MARKER in f"{thing!r}{thing}"] == []


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
    reading = explain(telltales, name, {name: MARKER})
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
    assert f"{name}=<secret>" in "".join(shown)


@each_secret
def test_an_error_inside_an_override_does_not_show_the_secret(name: str) -> None:
    """What is raised while a secret is overridden is not made to carry it."""
    given = {name: MARKER}
    with shown_by_an_error() as shown, Environment(registry, {}).override(**given):
        int(name)
    assert MARKER not in "".join(shown)


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
            explain(fresh, "VLLM_PLUGINS", environ)
    assert "nothing" in caplog.text
    assert MARKER not in caplog.text
    assert not any(MARKER in repr(vars(record)) for record in caplog.records)


def test_a_secret_has_no_default_to_show() -> None:
    """A secret that is computed would be shown by whatever shows a default."""
    with pytest.raises(ValueError, match="a secret has no default"):
        Variable("A_KEY", TextList(), default=Computed(lambda environ: [MARKER], "a key"), help="A key.", secret=True)


# The names that the package makes public; what is not among them cannot show anything by accident.


def test_the_public_names_are_sorted() -> None:
    """``__all__`` is in order, and has each name once."""
    assert sorted(set(envatlas.__all__)) == envatlas.__all__


def test_the_public_names_are_all_that_the_package_imports() -> None:
    """Each name of ``__all__`` is there, and nothing else that is public is, but the modules of the package."""
    names = {
        name
        for name, value in vars(envatlas).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert names == set(envatlas.__all__)
