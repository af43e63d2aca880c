"""The bundled plugins, tested as any plugin is: with the kit that its author has."""

from __future__ import annotations

import contextlib
import importlib
import pathlib
from typing import Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas import Environment, InvalidValueError, Plugin
from envatlas.errors import UnfitValueError
from envatlas.testing import assert_conforms, registry_of, texts, values
from envatlas.vllm import registry
from tests.test_conformance import is_same

ROOT: Final = pathlib.Path(__file__).parent.parent
NAMES: Final = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
OTHER_NAMES: Final = {
    "build": ["CMAKE_BUILD_TYPE", "MAX_JOBS", "NVCC_THREADS", "VERBOSE"],
    "cuda": ["CUDA_HOME", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH"],
    "engine": ["LOCAL_RANK"],
    "kernels": ["K_SCALE_CONSTANT", "V_SCALE_CONSTANT"],
    "loading": ["S3_ACCESS_KEY_ID", "S3_ENDPOINT_URL", "S3_SECRET_ACCESS_KEY"],
}
"""The documented variables whose names others chose."""


def plugin(name: str) -> Plugin:
    """Return a bundled plugin."""
    return cast("Plugin", importlib.import_module(f"envatlas_vllm_{name}"))


@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_plugin_conforms(name: str) -> None:
    """It keeps to all that is asked of a plugin."""
    assert_conforms(name, registry=registry, other_names=OTHER_NAMES.get(name, ()))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_bundled_variable_reads_what_it_can_and_refuses_the_rest(name: str, data: st.DataObject) -> None:
    """Any text is a value, or an error that names the variable."""
    alone = registry_of(plugin(name))
    variable = data.draw(st.sampled_from([*alone]))
    text = data.draw(texts(variable))
    with contextlib.suppress(InvalidValueError):
        _ = Environment(alone, {"HOME": "/home/user", variable.sources[0]: text})[variable]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_bundled_variable_can_be_given_any_of_its_values(name: str, data: st.DataObject) -> None:
    """What a text once stood for can be written as a text, unless no text stands for it alone."""
    alone = registry_of(plugin(name))
    variable = data.draw(st.sampled_from([*alone]))
    value = data.draw(values(variable))
    envs = Environment(alone, {"HOME": "/home/user"})
    with contextlib.suppress(UnfitValueError), envs.override(**{variable.name: value}):
        assert is_same(envs[variable], value)
