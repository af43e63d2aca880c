"""A broken plugin, in a fresh interpreter: whatever it does, the process lives and the other plugins load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from tests.conftest import Site

MAKE: Final = """
import json, sys
from envatlas.environment import Environment
from envatlas.registry import Registry
registry = Registry("test", group="envatlas.test", filter_variable="TEST_PLUGINS")
"""
TELL: Final = (
    MAKE
    + """
print(json.dumps({
    "values": dict(Environment(registry, {})),
    "states": {record.name: record.state for record in registry.plugins},
    "problems": [type(problem).__name__ for problem in registry.problems],
}))
"""
)
HEADER: Final = "from envatlas import Integer, Variable, hookimpl\n"
FIRST: Final = 'Variable("ACME_FIRST", Integer(), default=1, help="The first.")'
HOOK: Final = f"{HEADER}@hookimpl\ndef envatlas_variables():\n    "
FIRST_ONLY: Final = HOOK + f"return [{FIRST}]\n"

BROKEN: Final = {
    "raises at import": "raise RuntimeError('no device')",
    "lacks a dependency": "import acme_missing",
    "has a syntax error": "def (:",
    "is not UTF-8": "# coding: ascii\nx = '\u20ac'",
    "exits at import": "import sys\nsys.exit(3)",
    "exits in its hook": HOOK + "raise SystemExit(3)",
    "raises in its hook": HOOK + "raise RuntimeError('no device')",
    "yields and raises": HOOK + f"yield {FIRST}\n    raise RuntimeError('no device')",
    "yields and exits": HOOK + f"yield {FIRST}\n    raise SystemExit(3)",
    "returns None": HOOK + "return None",
    "returns a str": HOOK + "return 'ACME_FIRST'",
    "returns a variable": HOOK + f"return {FIRST}",
    "returns a number": HOOK + "return 5",
    "returns a text among variables": HOOK + f"return [{FIRST}, 'ACME_SECOND']",
    "does not mark its hook": f"{HEADER}def envatlas_variables():\n    return [{FIRST}]",
    "misspells its hook": f"{HEADER}@hookimpl\ndef envatlas_variabels():\n    return [{FIRST}]",
    "recurses": "def f():\n    f()\nf()",
    "raises what has no text": "class E(Exception):\n    __str__ = None\nraise E",
    "exits while it is asked what it raised": (
        "class E(Exception):\n    def __str__(self):\n        raise SystemExit(3)\nraise E"
    ),
    "declares nonsense": HOOK + 'return [Variable("ACME-FIRST", Integer(), default=1, help="The first.")]',
    "declares a name twice": HOOK + f"return [{FIRST}, {FIRST.replace('default=1', 'default=2')}]",
    "replaces itself": f"import sys\nsys.modules[__name__] = None\n{HOOK}return [{FIRST}]",
    "is no module": "import sys\nsys.modules[__name__] = 5",
}


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
def test_a_plugin_that_is_broken_fails_alone(site: Site, source: str) -> None:
    """The plugins before and after it load, their variables can be read, and one problem is reported."""
    site.add_plugin("abel", site.declaring(site.declare("ABEL_PORT", default=1)))
    site.add_plugin("acme", source)
    site.add_plugin("zeta", site.declaring(site.declare("ZETA_PORT", default=2)))
    assert site.answer(TELL) == {
        "values": {"TEST_PLUGINS": None, "ABEL_PORT": 1, "ZETA_PORT": 2},
        "states": {"abel": "active", "acme": "failed", "zeta": "active"},
        "problems": ["PluginError"],
    }


def test_a_plugin_that_redeclares_a_name_loses_only_that(site: Site) -> None:
    """The first keeps it, the other's own variables count, and one conflict is reported."""
    site.add_plugin("abel", site.declaring(site.declare("PORT", default=1)))
    site.add_plugin("acme", site.declaring(site.declare("PORT", default=2), site.declare("ACME_PORT", default=3)))
    assert site.answer(TELL) == {
        "values": {"TEST_PLUGINS": None, "PORT": 1, "ACME_PORT": 3},
        "states": {"abel": "active", "acme": "active"},
        "problems": ["ConflictError"],
    }


def test_a_plugin_that_claims_another_ones_name_is_not_imported(site: Site) -> None:
    """The first keeps the name, and what the other would have done at import does not happen."""
    site.add("abel", plugins={"acme": "abel"}, modules={"abel": site.declaring(site.declare("PORT", default=1))})
    site.add("other", plugins={"acme": "other"}, modules={"other": "import os\nos._exit(3)\n"})
    site.add_plugin("zeta", site.declaring(site.declare("ZETA_PORT", default=2)))
    assert site.answer(TELL) == {
        "values": {"TEST_PLUGINS": None, "PORT": 1, "ZETA_PORT": 2},
        "states": {"acme": "duplicate", "zeta": "active"},
        "problems": ["DuplicatePluginError"],
    }


DAMAGES: Final = {
    "not UTF-8": b"[envatlas.test]\nacme = \xff\n",
    "half-written": b"[envatlas.test]\nacm",
    "a name with a comma": b"[envatlas.test]\na,b = acme_vllm\n",
}


@pytest.mark.parametrize("text", DAMAGES.values(), ids=DAMAGES)
def test_damaged_metadata_hide_no_other_plugin(site: Site, text: bytes) -> None:
    """The distribution is skipped and reported, whatever the libraries of this interpreter make of it."""
    site.add_plugin("abel", site.declaring(site.declare("ABEL_PORT", default=1)))
    (site.add_plugin("acme", FIRST_ONLY) / "entry_points.txt").write_bytes(text)
    site.add_plugin("zeta", site.declaring(site.declare("ZETA_PORT", default=2)))
    assert site.answer(TELL) == {
        "values": {"TEST_PLUGINS": None, "ABEL_PORT": 1, "ZETA_PORT": 2},
        "states": {"abel": "active", "zeta": "active"},
        "problems": ["DamagedMetadataError"],
    }


def test_a_damaged_copy_does_not_hide_the_whole_one(site: Site) -> None:
    """The plugin behind it loads, and the leftover is reported."""
    (site.add("acme-vllm", version="1.0", plugins={"acme": "acme_vllm"}) / "METADATA").unlink()
    site.add("acme-vllm", version="2.0", plugins={"acme": "acme_vllm"}, modules={"acme_vllm": FIRST_ONLY})
    assert site.answer(TELL) == {
        "values": {"TEST_PLUGINS": None, "ACME_FIRST": 1},
        "states": {"acme": "active"},
        "problems": ["DamagedMetadataError"],
    }


def test_a_broken_plugin_that_is_left_out_is_no_problem(site: Site) -> None:
    """The filter is the operator's way out: what it leaves out cannot break."""
    site.add_plugin("abel", site.declaring(site.declare("ABEL_PORT", default=1)))
    site.add_plugin("acme", "import os\nos._exit(3)\n")
    assert site.answer(TELL, {"TEST_PLUGINS": "abel"}) == {
        "values": {"TEST_PLUGINS": None, "ABEL_PORT": 1},
        "states": {"abel": "active", "acme": "excluded"},
        "problems": [],
    }


@pytest.mark.parametrize("module", ["acme_vllm", "acme_vllm.plugins.cuda"])
def test_an_excluded_plugin_leaves_no_trace(site: Site, module: str) -> None:
    """Neither it nor its parents run, whatever is asked about its variables."""
    trace = site.folder / "trace"
    leave = f"open({str(trace)!r}, 'w').close()\n"
    parts = module.split(".")
    parents = {".".join([*parts[:number], "__init__"]): leave for number in range(1, len(parts))}
    modules = {**parents, module: leave + site.declaring("ACME_PORT")}
    site.add(plugins={"acme": module}, modules=modules)
    code = """
try:
    registry["ACME_PORT"]
except KeyError as error:
    answer = {"error": type(error).__name__, "inactive": [each.name for each in registry.inactive]}
print(json.dumps({**answer, "imported": sorted(name for name in sys.modules if name.startswith("acme"))}))
"""
    assert site.answer(MAKE + code, {"TEST_PLUGINS": ""}) == {
        "error": "InactiveVariableError",
        "inactive": ["ACME_PORT"],
        "imported": [],
    }
    assert not trace.exists()


def test_an_interrupt_ends_the_process_if_nobody_catches_it(site: Site) -> None:
    """Ctrl-C is the operator's, and no plugin's failure."""
    site.add_plugin("acme", "raise KeyboardInterrupt\n")
    done = site.run(MAKE + "registry.load()")
    assert done.returncode != 0
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")


def test_after_an_interrupt_the_registry_loads(site: Site) -> None:
    """The lock is free, and the plugins that were loaded before load again."""
    site.add_plugin("abel", site.declaring(site.declare("ABEL_PORT", default=1)))
    site.add_plugin("acme", "import sys\nif not hasattr(sys, 'again'):\n    raise KeyboardInterrupt\n" + FIRST_ONLY)
    code = """
try:
    registry.load()
except KeyboardInterrupt:
    sys.again = True
print(json.dumps([variable.name for variable in registry]))
"""
    assert site.answer(MAKE + code) == ["TEST_PLUGINS", "ABEL_PORT", "ACME_FIRST"]


def test_a_problem_is_seen_where_no_log_is_set_up(site: Site) -> None:
    """Python shows a warning on standard error where an application configured nothing."""
    site.add_plugin("acme", "raise OSError('gone')", version="1.2")
    done = site.run(MAKE + "registry.load()")
    assert done.returncode == 0
    assert done.stderr == ("plugin 'acme', acme-vllm 1.2, is not active: importing acme_vllm raised OSError: gone\n")


def test_importing_the_default_registry_loads_nothing(site: Site) -> None:
    """No plugin is imported, no metadata is opened, and no variable is read."""
    site.add_plugin("acme", site.declaring("VLLM_ACME_PORT"))
    code = """
import json, os, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
asked = []
class Asked(type(os.environ)):
    def __getitem__(self, name):
        asked.append(name)
        return super().__getitem__(name)
os.environ.__class__ = Asked
import envatlas.vllm
print(json.dumps([
    [name for name in sys.modules if name.startswith(("envatlas_vllm_", "acme_vllm"))],
    [path for path in opened if ".dist-info" in path],
    [name for name in asked if name.startswith("VLLM_")],
]))
"""
    assert site.answer(code) == [[], [], []]


def test_a_third_partys_plugin_is_found_by_the_default_registry(site: Site) -> None:
    """Installing it is all there is to do."""
    site.add(
        plugins={"acme": "acme_vllm"},
        modules={"acme_vllm": site.declaring(site.declare("VLLM_ACME_PORT", default=5000))},
        group="envatlas.vllm",
    )
    code = (
        "import json\nfrom envatlas.vllm import envs\nprint(json.dumps([envs.VLLM_ACME_PORT, envs.VLLM_RPC_TIMEOUT]))"
    )
    assert site.answer(code) == [5000, 10000]


def test_a_process_can_fork_while_another_thread_loads(site: Site) -> None:
    """The fork waits until the registry is loaded, and the child reads it; no lock is left held."""
    site.write({"acme_gate": "import threading\nentered, opened = threading.Event(), threading.Event()\n"})
    wait = "import acme_gate\nacme_gate.entered.set()\nacme_gate.opened.wait()\n"
    site.add_plugin("acme", wait + FIRST_ONLY)
    code = """
import acme_gate, os, threading
loader = threading.Thread(target=registry.load)
loader.start()
acme_gate.entered.wait()
# What is registered last comes first before a fork: the plugin goes on when the fork has begun.
os.register_at_fork(before=acme_gate.opened.set)
reader, writer = os.pipe()
child = os.fork()
if not child:
    values = Environment(registry, {"ACME_FIRST": "7"})
    os.write(writer, json.dumps([values.ACME_FIRST, len(registry)]).encode())
    os._exit(0)
os.close(writer)
_, status = os.waitpid(child, 0)
loader.join()
print(json.dumps([status, json.loads(os.read(reader, 99)), len(registry)]))
"""
    assert site.answer(MAKE + code) == [0, [7, 2], 2]


def test_a_child_can_load_what_its_parent_did_not(site: Site) -> None:
    """After a fork both have a registry that is untouched."""
    site.add_plugin("acme", FIRST_ONLY)
    code = """
import os
child = os.fork()
if not child:
    os._exit(len(registry))
_, status = os.waitpid(child, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), len(registry)]))
"""
    assert site.answer(MAKE + code) == [2, 2]


def test_a_plugin_can_fork_while_it_loads(site: Site) -> None:
    """Some ask a device for its properties in a child of their own."""
    fork = "import os\nif not os.fork():\n    os._exit(0)\nos.wait()\n"
    site.add_plugin("acme", fork + FIRST_ONLY)
    assert site.answer(MAKE + "print(len(registry))") == 2
