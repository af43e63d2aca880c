"""Fixtures for the tests of one plugin, which the fixture ``plugin`` of those tests names.

They are there where a test module, or a ``conftest.py``, has them imported, and nowhere else::

    from envatlas.testing.fixtures import environ, envs, registry

    @pytest.fixture
    def plugin() -> Plugin:
        return acme_vllm

They need the extra ``testing``.
"""

from __future__ import annotations

import pytest

from envatlas.environment import Environment
from envatlas.hookspecs import Plugin
from envatlas.registry import Registry
from envatlas.testing.registries import registry_of

__all__ = ["environ", "envs", "plugin", "registry"]


@pytest.fixture
def plugin() -> Plugin:
    """Say that the tests are to have this fixture themselves; it returns the plugin, a module or an object."""
    raise pytest.UsageError("a fixture plugin is missing: write one that returns the plugin under test")


@pytest.fixture
def environ() -> dict[str, str]:
    """Give an environment in which nothing is set; a test may set in it what it likes."""
    return {}


@pytest.fixture
def registry(plugin: Plugin, environ: dict[str, str]) -> Registry:
    """Give a registry of the plugin alone, loaded; what is wrong with the plugin is raised."""
    made = registry_of(plugin, environ=environ)
    made.load(strict=True)
    return made


@pytest.fixture
def envs(registry: Registry, environ: dict[str, str]) -> Environment:
    """Give the values of the plugin's variables, live over the fixture ``environ``."""
    return Environment(registry, environ)
