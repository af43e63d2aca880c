"""Environs: the environment that one process will have, as files say it."""

from __future__ import annotations

import os
import pickle

import pytest

from envatlas.environs import (
    PROCESS,
    Defect,
    Environ,
    Place,
    UnreadableFileError,
    Untold,
    UntoldTextError,
    Via,
)
from envatlas.errors import EnvatlasError
from envatlas.vllm import registry

FILE = Place("deploy.yaml", 3, container="Deployment vllm, container engine")
PORT = Place("deploy.yaml", 12, 2, "Deployment vllm, container engine", Via.MANIFEST)
KEY = Place("deploy.yaml", 14, 2, "Deployment vllm, container engine", Via.SECRET)
ENVIRON = Environ(
    FILE,
    {"VLLM_PORT": "5000", "HOME": "/root"},
    {"VLLM_PORT": PORT},
    {"VLLM_API_KEY": Untold(KEY, "it is in a Secret that no file here has")},
)


def test_an_environ_is_a_mapping_of_texts() -> None:
    """Whatever reads an environment reads it."""
    assert ENVIRON["VLLM_PORT"] == "5000"
    assert ENVIRON.get("VLLM_HOST_IP", "unset") == "unset"
    with pytest.raises(KeyError):
        ENVIRON["VLLM_HOST_IP"]


def test_what_is_untold_is_set() -> None:
    """It is counted, found and listed like any other name."""
    assert [*ENVIRON] == ["VLLM_PORT", "HOME", "VLLM_API_KEY"]
    assert len(ENVIRON) == 3
    assert "VLLM_API_KEY" in ENVIRON
    assert "VLLM_HOST_IP" not in ENVIRON


@pytest.mark.parametrize("look", [lambda: ENVIRON["VLLM_API_KEY"], lambda: ENVIRON.get("VLLM_API_KEY", "")])
def test_an_untold_text_cannot_be_looked_at(look: object) -> None:
    """It must not be taken for unset, so a default does not stand for it either."""
    assert callable(look)
    with pytest.raises(UntoldTextError) as caught:
        look()
    error = caught.value
    assert (error.variable, error.place, error.why) == ("VLLM_API_KEY", KEY, "it is in a Secret that no file here has")
    assert isinstance(error, EnvatlasError)
    assert isinstance(error, LookupError)
    assert not isinstance(error, KeyError)


def test_what_is_untold_counts_before_a_text() -> None:
    """A text that may be replaced by another is not known."""
    environ = Environ(FILE, {"A": "1"}, {"A": PORT}, {"A": Untold(KEY, "why")})
    assert len(environ) == 1
    assert [*environ] == ["A"]
    assert environ.place_of("A") == KEY
    with pytest.raises(UntoldTextError):
        environ["A"]


@pytest.mark.parametrize(
    ("name", "place"), [("VLLM_PORT", PORT), ("VLLM_API_KEY", KEY), ("HOME", FILE), ("VLLM_HOST_IP", FILE)]
)
def test_the_place_of_a_name_is_where_it_is_set(name: str, place: Place) -> None:
    """Where that is not known, it is the place of the whole."""
    assert ENVIRON.place_of(name) == place


def test_an_environ_shows_no_text() -> None:
    """Any of them may be a secret."""
    assert repr(ENVIRON) == "<Environ of deploy.yaml:3, Deployment vllm, container engine, 3 variables>"


def test_an_environ_cannot_be_pickled() -> None:
    """It would carry its secrets along."""
    with pytest.raises(TypeError, match="holds secrets"):
        pickle.dumps(ENVIRON)


def test_an_environ_equals_itself_alone() -> None:
    """It is one container's, and a key of a dict as such."""
    other = Environ(FILE, {"VLLM_PORT": "5000"})
    assert ENVIRON == ENVIRON  # noqa: PLR0124  that is what is tested
    assert other != ENVIRON
    assert {ENVIRON: 1, other: 2}[other] == 2


def test_an_environ_of_texts_alone_has_nothing_wrong() -> None:
    """All that files add is empty."""
    environ = Environ(PROCESS, {"A": "1"})
    assert (environ.open_ended, environ.defects) == ((), ())
    assert [environ.places, environ.untold, environ.services] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (PROCESS, ""),
        (Place("prod.env"), "prod.env"),
        (Place("prod.env", 3), "prod.env:3"),
        (Place("deploy.yaml", None, 2), "deploy.yaml, document 2"),
        (Place("prod.env", before=("common.env",)), "common.env, prod.env"),
        (PORT, "deploy.yaml:12, document 2, Deployment vllm, container engine"),
    ],
)
def test_a_place_is_shown_as_far_as_it_is_known(place: Place, shown: str) -> None:
    """An editor opens what is before the first comma."""
    assert str(place) == shown


@pytest.mark.parametrize(
    ("defect", "shown"),
    [
        (Defect("A", PORT, "a boolean", 'value: "true"'), f'{PORT}: A: a boolean; value: "true"'),
        (Defect("", PORT, "env is no list", "write it as a list"), f"{PORT}: env is no list; write it as a list"),
    ],
)
def test_a_defect_is_shown_in_one_line(defect: Defect, shown: str) -> None:
    """It names the variable where it is about one."""
    assert str(defect) == shown


@pytest.mark.parametrize(
    "error",
    [UnreadableFileError(Place("prod.env", 3), "it is UTF-16", "save it as UTF-8"), UntoldTextError("A", KEY, "why")],
)
def test_the_errors_of_files_can_be_pickled(error: EnvatlasError) -> None:
    """They pass between processes, and say the same there."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (str(copy), vars(copy)) == (str(error), vars(error))


def test_an_unreadable_file_is_named_with_the_problem_and_the_remedy() -> None:
    """It is a ValueError, as for any text that cannot be read."""
    error = UnreadableFileError(Place("prod.env", 3), "it is UTF-16", "save it as UTF-8")
    assert (error.place.line, error.problem, error.remedy) == (3, "it is UTF-16", "save it as UTF-8")
    assert isinstance(error, ValueError)
    assert str(error) == "cannot read prod.env:3: it is UTF-16; save it as UTF-8"


def test_the_place_of_the_process_is_no_file() -> None:
    """What this process has is not read from a file."""
    assert Environ(PROCESS, os.environ).place_of("PATH") == Place(via=Via.PROCESS)


def test_nobody_knows_the_home_of_a_container_that_no_file_sets() -> None:
    """This machine's would be a wrong guess; a file that sets it is believed."""
    container = Place("pod.yaml", 3, container="Pod vllm, container engine")
    with pytest.raises(UntoldTextError, match="the container's image"):
        Environ(container, {})["HOME"]
    assert "HOME" not in Environ(container, {})
    assert Environ(container, {"HOME": "/root"})["HOME"] == "/root"
    assert Environ(Place("prod.env"), {}).get("HOME") is None


def test_a_path_below_the_home_of_a_container_is_not_known() -> None:
    """The default of a folder below it has no value there."""
    environ = Environ(Place("pod.yaml", 3, container="Pod vllm, container engine"), {})
    assert registry.explain("VLLM_CACHE_ROOT", environ).untold.startswith("the container's image")
