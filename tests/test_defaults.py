"""Defaults that are computed from an environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Computed, Path, Variable, user_cache, user_config
from envatlas.values import read

BASES: Final = st.none() | st.sampled_from(["", "~", "~/x", "/var/cache/", "relative"])
HOMES: Final = st.none() | st.sampled_from(["", "/", "/home/user", "/home/user/"])

each_directory: Final = pytest.mark.parametrize(
    ("directory", "variable", "fallback"),
    [(user_cache, "XDG_CACHE_HOME", ".cache"), (user_config, "XDG_CONFIG_HOME", ".config")],
)


@pytest.fixture
def port() -> Computed[int]:
    """Return a default that another variable changes."""

    def compute(environ: Mapping[str, str]) -> int:
        return int(environ.get("BASE", "8000")) + 1

    return Computed(compute, "`BASE` + 1", depends=("BASE",))


def test_a_computed_default_is_computed_from_the_environment(port: Computed[int]) -> None:
    """A variable that is unset has what the function makes of the environment."""
    variable = Variable("A_PATH", Path(), default=user_cache("acme"), help="Where files are kept.")
    assert port.compute({"BASE": "9000"}) == 9001
    assert read(variable, {"XDG_CACHE_HOME": "/var"}) == "/var/acme"


def test_a_computed_default_may_depend_on_anything() -> None:
    """Without a word about what it depends on, it is taken to depend on more than variables."""
    assert Computed(dict, "the environment").depends is None


def test_a_computed_default_says_what_it_is() -> None:
    """Without a description, neither the documentation nor an error could say what unset means."""
    with pytest.raises(ValueError, match="description"):
        Computed(dict, "")


def test_a_computed_default_is_frozen(port: Computed[int]) -> None:
    """No attribute of a default can be changed."""
    for name in ("compute", "description", "depends"):
        with pytest.raises(AttributeError):
            setattr(port, name, None)


@each_directory
@given(texts=st.tuples(BASES, HOMES), parts=st.lists(st.sampled_from(["vllm", "assets", "a b"]), max_size=2))
def test_a_users_directory_is_below_its_base(
    directory: Callable[..., Computed[str]],
    variable: str,
    fallback: str,
    texts: tuple[str | None, str | None],
    parts: list[str],
) -> None:
    """It is what vLLM's expression makes of the same environment: the base as it stands, or the one below home."""
    environ = {name: text for name, text in zip((variable, "HOME"), texts, strict=True) if text is not None}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HOME", raising=False)
        patch.delenv(variable, raising=False)
        for name, text in environ.items():
            patch.setenv(name, text)
        root = os.getenv(variable, os.path.join(os.path.expanduser("~"), fallback))
        expected = os.path.expanduser(os.path.join(root, *parts))
    assert directory(*parts).compute(environ) == expected


@each_directory
def test_a_users_directory_says_where_it_is(
    directory: Callable[..., Computed[str]], variable: str, fallback: str
) -> None:
    """Its description names both places, and it depends on the variables that choose between them."""
    default = directory("acme", "files")
    assert default.description == f"~/{fallback}/acme/files, or ${variable}/acme/files"
    assert default.depends == (variable, "HOME")


def test_equal_directories_are_equal_defaults() -> None:
    """A directory is a value, so that declarations with the same one are the same declaration."""
    assert user_cache("acme") == user_cache("acme")
    assert hash(user_cache("acme")) == hash(user_cache("acme"))
    assert user_cache("acme") != user_config("acme")
    assert user_cache("acme") != user_cache("other")
