"""Modules that stubs are for: which has a registry's environment, and what else it has."""

from __future__ import annotations

import importlib.util
import sys
import types
from typing import TYPE_CHECKING, Final

import pytest

from envatlas import Registry
from envatlas.formats.stub_modules import StubModule, modules_in, modules_of, stub_module
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site

SOURCE: Final = """\
from envatlas import Environment, Registry

registry = Registry("stubbed", group="envatlas.stubbed")
envs = fresh = Environment(registry)
"""


def registry_in(site: Site, **modules: str) -> Registry:
    """Write modules, and return the registry of the first."""
    site.write(modules)
    for name in modules:
        importlib.import_module(name)
    found: Registry = vars(sys.modules[next(iter(modules))])["registry"]
    return found


def test_the_module_of_an_environment_is_found(site: Site) -> None:
    """Where it is made, and not where it is imported."""
    user = "from stubbed_app import envs, registry\n"
    found = registry_in(site, stubbed_app=SOURCE, stubbed_user=user)
    assert modules_of(found) == ["stubbed_app"]
    assert stub_module("stubbed_app", found) == StubModule("stubbed_app", False, ("registry",), ("envs", "fresh"), ())


def test_an_environment_may_be_in_another_module_than_its_registry(site: Site) -> None:
    """It is the one that counts."""
    made = "from envatlas import Environment\nfrom stubbed_app import registry\nenvs: object = Environment(registry)\n"
    found = registry_in(site, stubbed_app=SOURCE.partition("envs")[0], stubbed_envs=made)
    assert modules_of(found) == ["stubbed_envs"]
    assert stub_module("stubbed_envs", found).registries == ()


def test_what_else_a_module_makes_is_named(site: Site) -> None:
    """Whatever a stub would hide: not what it imports, and not what is its own."""
    more = "import os\nLIMIT = 5\n_own = 6\n\ndef main(): ...\n\nasync def run(): ...\n\nclass App: ...\n"
    found = registry_in(site, stubbed_app=SOURCE + more)
    assert stub_module("stubbed_app", found).others == ("LIMIT", "main", "run", "App")


BLOCKS: Final = """
import os as os
if os:
    def inside(): ...
    if True:
        FLAG = 5
        from json import loads as loads, dumps
else:
    def otherwise(): ...
try:
    import no_such_module
except ImportError as error:
    class Spare: ...
with open(os.devnull) as null:
    for number in [first := 1]:
        left, (right, *rest) = 1, (2, 3)
while False:
    count += 1

def main():
    local = [each for each in range(5)]

class App:
    field = lambda: (own := 5)
"""


def test_what_is_made_in_a_block_is_named(site: Site) -> None:
    """In whichever, and what is imported by its own name; nothing of a function, a class or a comprehension."""
    found = registry_in(site, stubbed_app=SOURCE + BLOCKS)
    made = ["inside", "FLAG", "otherwise", "Spare", "null", "number", "first", "left", "right", "rest", "count"]
    assert stub_module("stubbed_app", found).others == (*made, "main", "App", "loads", "os")


@pytest.mark.parametrize("names", ['["envs", "loads", "_own", 5]', '("envs", "loads", "_own")'])
def test_what_a_module_says_is_for_others_is_named(site: Site, names: str) -> None:
    """What it imports as well, and what has the name of something private; but nothing twice."""
    found = registry_in(site, stubbed_app=f"from json import loads\n_own = _other = 5\n__all__ = {names}\n{SOURCE}")
    assert stub_module("stubbed_app", found).others == ("_own", "loads")


def test_what_a_module_shows_of_another_is_not_made_in_it(site: Site) -> None:
    """An environment is typed where it is made; a registry that is from elsewhere is one of a stub's names."""
    made = (
        "from stubbed_app import registry as registry\nfrom envatlas import Environment\nenvs = Environment(registry)\n"
    )
    user = "from stubbed_envs import envs as envs, registry\n__all__ = ['envs', 'registry']\n"
    found = registry_in(site, stubbed_app=SOURCE.partition("envs")[0], stubbed_envs=made, stubbed_user=user)
    assert modules_of(found) == ["stubbed_envs"]
    assert stub_module("stubbed_envs", found) == StubModule("stubbed_envs", False, ("registry",), ("envs",), ())


def test_a_package_may_have_the_environment_itself(site: Site) -> None:
    """Its stub has another name then."""
    site.write({"stubbed_app.__init__": SOURCE})
    found = importlib.import_module("stubbed_app").registry
    assert stub_module("stubbed_app", found).is_package
    assert not stub_module("envatlas.vllm", registry).is_package


def test_an_environment_of_another_registry_does_not_count(site: Site) -> None:
    """The registry is told by itself, and not by its name."""
    found = registry_in(site, stubbed_app=SOURCE)
    assert modules_of(Registry("stubbed", group="envatlas.stubbed")) == []
    assert modules_of(found) == ["stubbed_app"]


@pytest.mark.parametrize("source", [None, "def ("])
def test_a_module_without_source_defines_nothing(
    site: Site, source: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be read has no stub."""
    found = registry_in(site, stubbed_app=SOURCE)
    module = types.ModuleType("stubbed_odd")
    vars(module).update(envs=vars(sys.modules["stubbed_app"])["envs"])
    if source is not None:
        site.write({"stubbed_odd": source})
        module.__spec__ = importlib.util.find_spec("stubbed_odd")
    monkeypatch.setitem(sys.modules, "stubbed_odd", module)
    assert modules_of(found) == ["stubbed_app"]


def test_the_modules_of_a_package_are_those_that_others_may_import(site: Site) -> None:
    """Modules and packages; none where there is no source."""
    names = ("__init__", "b", "a", "_private", "inner.__init__", "no-name", "class")
    site.write({f"stubbed_package.{name}": "" for name in names})
    assert modules_in("stubbed_package") == ["a", "b", "inner"]
    assert modules_in("stubbed_nothing") == []
