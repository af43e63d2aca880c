"""The module face: what code that imports an application's variables finds, and what tests may do with it."""

from __future__ import annotations

import copy
import importlib
import importlib.machinery
import inspect
import math
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, Protocol, cast
from unittest import mock
from uuid import uuid4

import pytest

from envatlas import Deprecated, Integer, Number, TextList, UnknownVariableError, Variable, from_callables
from envatlas.deprecations import DeprecatedVariableWarning
from envatlas.modules import Getters, ModuleFace, install_module
from envatlas.registry import Registry

if TYPE_CHECKING:
    from tests.conftest import Site

PORT = Variable("ACME_PORT", Integer(), default=80, help="The port; unset, 80.")
HOSTS = Variable("ACME_HOSTS", TextList(), default=["a"], help="The hosts; unset, a.")
RATE = Variable("ACME_RATE", Number(), default=math.nan, help="The rate; unset, not a number.")

SELF_INSTALLING = """
import sys
from envatlas import Registry
from envatlas.modules import install_module

registry = Registry("test", group="envatlas.test", environ={}, prefix="A_")
install_module(__name__, globals().get("kept", registry))

A_COUNT = 0
LEVEL = 1

def helper():
    return LEVEL

def bump():
    global A_COUNT
    A_COUNT += 1
    return A_COUNT

def is_set(name):
    return "the old one"

def __getattr__(name):
    return "the old one"
"""


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Forget what a test imports or installs."""
    before = dict(sys.modules)
    yield
    for name in set(sys.modules) - set(before):
        if name.partition(".")[0] in {"acme_app", "acme_none"}:
            del sys.modules[name]


@pytest.fixture(name="environ")
def _environ() -> dict[str, str]:
    """Give the environment that the face reads."""
    return {}


@pytest.fixture(name="registry")
def _registry(site: Site) -> Registry:
    """Give a registry of three variables."""
    return site.registry_of(PORT, HOSTS, RATE)


@pytest.fixture(name="face")
def _face(registry: Registry, environ: dict[str, str]) -> ModuleFace:
    """Give an installed module, whose package is none that can be imported."""
    return install_module("acme_none.envs", registry, environ)


def port(face: ModuleFace) -> object:
    """Return what the attribute reads as, as no checker narrows it to what was set."""
    return read(face, PORT.name)


def read(face: ModuleFace, name: str) -> object:
    """Return what any attribute reads as."""
    return getattr(face, name)


def called(face: ModuleFace, name: str) -> object:
    """Call a function of the module behind, which no checker knows to be one."""
    return cast("Callable[[], object]", read(face, name))()


def test_code_that_imports_it_runs_unchanged(face: ModuleFace, environ: dict[str, str]) -> None:
    """Both ways of importing find the values, and the module's attribute follows the environment."""
    namespace: dict[str, object] = {}
    environ["ACME_PORT"] = "8080"
    exec("import acme_none.envs as envs\nfrom acme_none.envs import ACME_PORT\nimport acme_none", namespace)
    assert namespace["envs"] is face
    assert namespace["ACME_PORT"] == 8080
    environ["ACME_PORT"] = "8081"
    assert eval("envs.ACME_PORT, acme_none.envs.ACME_PORT", namespace) == (8081, 8081)


def test_an_environment_that_is_not_given_is_the_process_s(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is live over `os.environ`."""
    face = install_module("acme_none.envs", registry)
    monkeypatch.setenv("ACME_PORT", "1")
    assert port(face) == 1
    assert os.environ["ACME_PORT"] == "1"


def test_nothing_is_loaded_by_installing(site: Site) -> None:
    """The first read loads the registry."""
    site.add_plugin("acme", site.declaring("ACME_PORT"))
    face = install_module("acme_none.envs", site.registry())
    assert "acme_vllm" not in sys.modules
    assert face.ACME_PORT is None
    assert "acme_vllm" in sys.modules


def test_it_has_what_such_modules_have(face: ModuleFace, environ: dict[str, str]) -> None:
    """``is_set``, ``dir`` and a mapping of getters."""
    environ["ACME_HOSTS"] = "b,c"
    assert (face.is_set("ACME_HOSTS"), face.is_set("ACME_PORT")) == (True, False)
    assert {"ACME_PORT", "ACME_HOSTS", "is_set", "environment_variables"} <= set(dir(face))
    getters = face.environment_variables
    assert (list(getters), len(getters)) == (["ACME_PORT", "ACME_HOSTS", "ACME_RATE"], 3)
    assert getters["ACME_HOSTS"]() == ["b", "c"]
    assert isinstance(getters, Getters)
    with pytest.raises(KeyError, match="ACME_NONE"):
        getters["ACME_NONE"]


def test_a_name_that_nobody_declares_is_an_attribute_error(face: ModuleFace) -> None:
    """It suggests the nearest one; what Python asks modules about is simply not there."""
    with pytest.raises(UnknownVariableError, match="did you mean ACME_PORT"):
        _ = face.ACME_PROT
    assert not hasattr(face, "__path__")


def test_monkeypatch_is_undone_and_the_value_is_live_again(face: ModuleFace, environ: dict[str, str]) -> None:
    """The old value is read, the new one set, and later the old one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(face, "ACME_PORT", 5)
        environ["ACME_PORT"] = "8080"
        assert (port(face), face["ACME_PORT"]) == (5, 8080)
    assert port(face) == 8080
    environ["ACME_PORT"] = "8081"
    assert port(face) == 8081


class _Patch(Protocol):
    """What of pytest's patches is used here."""

    def setattr(self, target: object, name: str, value: object) -> None: ...
    def delattr(self, target: object, name: str) -> None: ...
    def undo(self) -> None: ...


_PUTTING_BACK: Final = """
class MonkeyPatch:
    def __init__(self):
        self._done = []

    def setattr(self, target, name, value):
        self._done.append((target, name, getattr(target, name)))
        setattr(target, name, value)

    def delattr(self, target, name):
        self._done.append((target, name, getattr(target, name)))
        delattr(target, name)

    def undo(self):
        for target, name, value in reversed(self._done):
            setattr(target, name, value)
"""


def putting_back() -> _Patch:
    """Return a patch of versions of pytest before 9.2, in which it puts back whatever it read."""
    namespace: dict[str, object] = {"__name__": "_pytest.monkeypatch"}
    exec(_PUTTING_BACK, namespace)
    return cast("Callable[[], _Patch]", namespace["MonkeyPatch"])()


each_patch: Final = pytest.mark.parametrize("made", [pytest.MonkeyPatch, putting_back], ids=["today", "before 9.2"])


@each_patch
def test_a_patch_of_a_value_that_is_another_at_each_read_is_undone(site: Site, made: Callable[[], _Patch]) -> None:
    """Nothing is known by what it equals."""
    registry = site.registry_of(*from_callables({"A_ID": lambda: os.getenv("A_ID", str(uuid4()))}).envatlas_variables())
    face, patch = install_module("acme_none.envs", registry), made()
    patch.setattr(face, "A_ID", "fixed")
    assert (face.A_ID, face.A_ID) == ("fixed", "fixed")
    patch.undo()
    assert face.A_ID != face.A_ID


@each_patch
def test_a_patch_with_the_value_of_before_another_patch_holds(
    face: ModuleFace, environ: dict[str, str], made: Callable[[], _Patch]
) -> None:
    """A test may set what a fixture has set otherwise, and the environment besides."""
    patch = made()
    patch.setattr(face, "ACME_PORT", 5)
    environ["ACME_PORT"] = "7"
    patch.setattr(face, "ACME_PORT", 80)
    assert port(face) == 80
    patch.delattr(face, "ACME_PORT")
    assert port(face) == 7
    patch.undo()
    environ["ACME_PORT"] = "8"
    assert port(face) == 8


def test_what_was_set_before_a_patch_is_put_back(face: ModuleFace, environ: dict[str, str]) -> None:
    """It was no test that set it."""
    face.ACME_PORT = 5
    environ["ACME_PORT"] = "7"
    for made in (pytest.MonkeyPatch, putting_back):
        patch = made()
        patch.setattr(face, "ACME_PORT", 6)
        patch.undo()
        assert port(face) == 5


def test_a_patch_of_a_deprecated_variable_says_nothing_of_it(site: Site) -> None:
    """Only a read does, and it is the caller's."""
    old = Variable("A_OLD", Integer(), default=1, help="O.", deprecated=Deprecated("2.0", "It is old."))
    face = install_module("acme_none.envs", site.registry_of(old), {"A_OLD": "5"})
    face.A_OLD = 7
    del face.A_OLD
    with pytest.warns(DeprecatedVariableWarning):
        assert face.A_OLD == 5


@pytest.mark.parametrize(("name", "value"), [("ACME_HOSTS", ["b"]), ("ACME_RATE", 0.5)])
def test_a_value_that_is_copied_or_equals_nothing_is_set_back_as_well(
    face: ModuleFace, environ: dict[str, str], name: str, value: object
) -> None:
    """A list is another object at each read, and NaN differs from itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(face, name, value)
        assert getattr(face, name) == value
    environ[name] = "7"
    assert getattr(face, name) in (["7"], 7.0)


def test_monkeypatches_can_be_nested(face: ModuleFace, environ: dict[str, str]) -> None:
    """Each is undone to what was there before it."""
    with pytest.MonkeyPatch.context() as outer:
        outer.setattr(face, "ACME_PORT", 5)
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(face, "ACME_PORT", 80)
            inner.setattr(face, "ACME_PORT", 7)
            assert port(face) == 7
        assert port(face) == 5
    environ["ACME_PORT"] = "1"
    assert port(face) == 1


def test_a_patch_with_the_same_value_holds_it(face: ModuleFace, environ: dict[str, str]) -> None:
    """Who sets what is there already wants it to stay."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(face, "ACME_PORT", 80)
        environ["ACME_PORT"] = "1"
        assert port(face) == 80
    assert port(face) == 1


def test_mock_is_undone(face: ModuleFace, environ: dict[str, str]) -> None:
    """It deletes what it has set."""
    with mock.patch.object(face, "ACME_PORT", 5):
        assert port(face) == 5
    environ["ACME_PORT"] = "1"
    assert port(face) == 1


def test_a_variable_that_cannot_be_read_can_be_set(face: ModuleFace, environ: dict[str, str]) -> None:
    """And deleted again; what is not set cannot be deleted."""
    environ["ACME_PORT"] = "x"
    face.ACME_PORT = 5
    assert port(face) == 5
    del face.ACME_PORT
    with pytest.raises(ValueError, match="a whole number"):
        _ = face.ACME_PORT
    with pytest.raises(AttributeError, match="ACME_PORT is not set on the module"):
        del face.ACME_PORT


def test_what_is_no_variable_is_set_as_on_any_module(face: ModuleFace) -> None:
    """Tests replace functions, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(face, "is_set", bool)
        assert face.is_set("ACME_PORT") is True
    assert face.is_set("ACME_PORT") is False


def test_the_functions_that_read_variables_cannot_be_replaced(face: ModuleFace) -> None:
    """A test that does so would change nothing, and is told what does."""
    with pytest.raises(AttributeError, match="environment_variables is made of what plugins declare"):
        setattr(face, "environment_variables", {})  # noqa: B010  no checker lets it be


def test_a_misspelt_variable_cannot_be_set(site: Site) -> None:
    """It starts as the application's do, and nothing would read it."""
    registry = site.registry_of(PORT)
    face = install_module("acme_none.envs", Registry("test", group=registry.group, prefix="ACME_", environ={}))
    with pytest.raises(UnknownVariableError, match="did you mean ACME_PORT"):
        face.ACME_PROT = 5
    face.other = 5
    assert face.other == 5


def test_the_package_that_can_be_imported_is_and_has_it(registry: Registry, site: Site) -> None:
    """As Python imports a package before any module in it."""
    site.write({"acme_app.__init__": "there = True", "acme_app.sub.__init__": ""})
    face = install_module("acme_app.sub.envs", registry, {})
    package = sys.modules["acme_app"]
    assert (package.there, package.sub.envs) == (True, face)


def test_packages_that_are_none_are_made(registry: Registry) -> None:
    """All of them, and a second module goes into the same."""
    face = install_module("acme_none.deep.envs", registry, {})
    other = install_module("acme_none.deep.others", registry, {})
    namespace: dict[str, object] = {}
    exec("import acme_none.deep.envs as envs, acme_none.deep.others as others", namespace)
    assert (namespace["envs"], namespace["others"]) == (face, other)
    assert install_module("acme_none_top", registry, {}) is sys.modules.pop("acme_none_top")


def test_a_package_that_lacks_something_else_says_so(registry: Registry, site: Site) -> None:
    """It is there, and no empty one takes its place."""
    site.write({"acme_app.__init__": "import acme_missing"})
    with pytest.raises(ModuleNotFoundError, match="acme_missing"):
        install_module("acme_app.envs", registry)


@pytest.fixture(name="itself")
def _itself(site: Site) -> ModuleFace:
    """Give a module that has taken its own place, and its plugin's variable."""
    site.add_plugin("acme", site.declaring(site.declare("A_PORT", default=80)))
    site.write({"acme_app.__init__": "", "acme_app.envs": SELF_INSTALLING})
    face = importlib.import_module("acme_app.envs")
    assert isinstance(face, ModuleFace)
    return face


def test_a_module_can_take_its_own_place(itself: ModuleFace) -> None:
    """What it is found by and what else it defines are there; its own way to find attributes is not."""
    face = itself
    assert (face.A_PORT, called(face, "helper"), face.is_set("A_PORT")) == (80, 1, False)
    assert str(face.__file__).endswith("acme_app/envs.py")
    assert "helper" in dir(face)
    assert repr(face) == "<module 'acme_app.envs' of the registry 'test'>"


def test_what_a_module_defines_later_is_there(itself: ModuleFace) -> None:
    """It may be written below the call; and what its functions change is what is read."""
    assert (called(itself, "bump"), called(itself, "bump"), itself.A_COUNT) == (1, 2, 2)


def test_what_is_patched_is_what_the_module_s_own_functions_find(itself: ModuleFace) -> None:
    """Set, deleted, and put back; a name that it has is none that is misspelt."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(itself, "A_COUNT", 10)
        patch.setattr(itself, "LEVEL", 2)
        assert (called(itself, "bump"), called(itself, "helper")) == (11, 2)
        patch.delattr(itself, "LEVEL")
        with pytest.raises(NameError):
            called(itself, "helper")
        with pytest.raises(AttributeError):
            _ = itself.LEVEL
    with mock.patch.object(itself, "LEVEL", 3):
        assert called(itself, "helper") == 3
    assert (called(itself, "bump"), called(itself, "helper")) == (1, 1)


def test_a_reload_leaves_the_same_live_module(itself: ModuleFace) -> None:
    """The source is run where it was run first, so that functions of both runs share what they change."""
    before = read(itself, "bump")
    itself.A_PORT = 5
    itself.kept = itself.registry
    assert importlib.reload(itself) is itself
    assert (read(itself, "A_PORT"), called(itself, "helper"), itself.is_set("A_PORT")) == (5, 1, False)
    del itself.A_PORT
    assert read(itself, "A_PORT") == 80
    assert (before is read(itself, "bump"), called(itself, "bump")) == (False, 1)
    assert cast("Callable[[], int]", before)() == 2
    assert "LEVEL = 1" in inspect.getsource(itself)
    assert cast("importlib.machinery.SourceFileLoader", itself.__loader__).get_filename() == itself.__file__


def test_a_reload_that_makes_another_registry_makes_another_module(itself: ModuleFace) -> None:
    """Which has the same functions behind it."""
    other = importlib.reload(itself)
    assert isinstance(other, ModuleFace)
    assert other is not itself
    assert (read(other, "A_PORT"), called(itself, "bump"), read(other, "A_COUNT")) == (80, 1, 1)


@pytest.mark.parametrize("target", ["acme_app.envs", "acme_app.envs:own"])
def test_a_module_can_be_the_plugin_and_its_face(site: Site, target: str) -> None:
    """An entry point names it, or an object in it; it declares, and it has taken its own place before."""
    registry_of = (
        "\nfrom envatlas import Registry, install_module\nregistry = Registry('test', group='envatlas.test')\n"
    )
    install = f"{registry_of}install_module(__name__, registry, {{}})\n"
    own = "\nclass Own:\n    envatlas_variables = staticmethod(envatlas_variables)\nown = Own()\n"
    source = site.declaring(site.declare("A_PORT", default=80)) + own + install
    site.add("acme", plugins={"acme": target}, modules={"acme_app.__init__": "", "acme_app.envs": source})
    face = importlib.import_module("acme_app.envs")
    registry = cast("Registry", read(cast("ModuleFace", face), "registry"))
    assert (registry.problems, face.A_PORT, "A_PORT" in dir(face)) == ((), 80, True)


def test_a_plugin_that_reads_itself_while_it_is_asked_for_hooks_is_told_so(site: Site) -> None:
    """A variable is none of its hooks."""
    source = (
        "from envatlas import Registry, hookimpl, install_module\n"
        "registry = Registry('test', group='envatlas.test')\n"
        "face = install_module(__name__, registry, {})\n"
        "@hookimpl\ndef envatlas_variables():\n    return [face.A_PORT]\n"
    )
    site.add("acme", plugins={"acme": "acme_app.envs"}, modules={"acme_app.__init__": "", "acme_app.envs": source})
    registry = cast("Registry", read(cast("ModuleFace", importlib.import_module("acme_app.envs")), "registry"))
    (problem,) = registry.problems
    assert "ReadAtLoadError: the registry 'test' was read while it loads its plugins" in str(problem)


def test_a_loader_that_is_copied_is_the_same(itself: ModuleFace) -> None:
    """After a reload, too, which has its own."""
    itself.kept = itself.registry
    importlib.reload(itself)
    assert isinstance(copy.copy(itself.__loader__), type(itself.__loader__))


def test_patches_of_what_is_no_variable_can_be_nested(itself: ModuleFace) -> None:
    """Each is undone to what was there before it, whatever its functions did meanwhile."""
    with pytest.MonkeyPatch.context() as outer:
        outer.setattr(itself, "A_COUNT", 5)
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(itself, "A_COUNT", 7)
            assert called(itself, "bump") == 8
        assert read(itself, "A_COUNT") == 5
    assert read(itself, "A_COUNT") == 0


def test_a_module_without_source_has_nothing_to_reload(face: ModuleFace) -> None:
    """Python says that it finds none."""
    with pytest.raises(ModuleNotFoundError, match="acme_none"):
        importlib.reload(face)


def test_it_is_pickled_by_its_name(face: ModuleFace) -> None:
    """And copied as itself."""
    assert pickle.loads(pickle.dumps(face)) is face
    assert copy.copy(face) is copy.deepcopy(face) is face


def test_installing_twice_gives_the_same_module(face: ModuleFace, registry: Registry, environ: dict[str, str]) -> None:
    """Unless it is for another registry, which takes the place."""
    assert install_module("acme_none.envs", registry) is face
    other = install_module("acme_none.envs", registry.with_environ({}), environ)
    assert other is not face
    assert sys.modules["acme_none.envs"] is other


def test_what_is_set_counts_for_a_thread_that_was_about_to_read(face: ModuleFace) -> None:
    """The first read of a variable in one thread takes nothing from what another sets meanwhile."""
    face.ACME_PORT = 5
    assert vars(face)["__getattr__"]("ACME_PORT") == 5


def test_threads_read_and_set_at_once(face: ModuleFace, environ: dict[str, str]) -> None:
    """Each sees the live value or the one that was set, and in the end it is live."""
    seen: set[object] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(port(face))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        face.ACME_PORT = 5
        del face.ACME_PORT
    done.set()
    for thread in threads:
        thread.join()
    environ["ACME_PORT"] = "7"
    assert port(face) == 7
    assert seen <= {5, 80}
