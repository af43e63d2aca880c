"""What plugin authors test with: what is said of a plugin's import."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import pytest

from envatlas.testing.imports import import_faults
from envatlas.testing.probe import look

if TYPE_CHECKING:
    from tests.conftest import Site


def rules(target: str, budget: float = 1000.0) -> list[str]:
    """Return the rules that an import breaks."""
    return [fault.rule for fault in import_faults(target, budget)]


def test_an_import_of_the_standard_library_is_right(site: Site) -> None:
    """And of a package's own modules; what the standard library reads at its own import is not the plugin's doing."""
    reader = "import os\nos.environ.get('READ_BY_ANOTHER')\n"
    site.write(
        {"acme.__init__": "import acme.own, asyncio, other_standard\n", "acme.own": "", "other_standard": reader}
    )
    (fault,) = import_faults("acme", 1000.0)
    assert "imports other_standard, which is neither envatlas nor the standard library" in str(fault)


def test_a_look_at_the_environment_is_a_fault(site: Site) -> None:
    """With the name, and the line, also where a function of another module looks for the plugin."""
    site.write({"acme": "import os\nHOME = os.path.expanduser('~')\nPORT = os.environ.get('T_PORT')\n"})
    first, second = map(str, import_faults("acme", 1000.0))
    assert "importing it looks at HOME of os.environ, at " in first
    assert "acme.py:2; declare a Variable, or let a Computed default or a check look [import-environ]" in first
    assert "T_PORT" in second


LOOKS: Final = {
    "'T_PORT' in os.environ": "T_PORT",
    "os.getenv('T_PORT')": "T_PORT",
    "os.environb.get(b'T_PORT')": "T_PORT",
    "os.getenvb(b'T_PORT')": "T_PORT",
    "dict(os.environ)": "all of them",
    "len(os.environ)": "all of them",
    "os.environ._data.get(b'T_PORT')": "all of them",
    "os.environb.copy()": "all of them",
    "os.environ.update(T_PORT='1')": "T_PORT",
    "os.environ.pop('T_PORT', None)": "T_PORT",
}


@pytest.mark.parametrize(("expression", "name"), LOOKS.items())
def test_each_way_to_look_or_to_change_is_seen(
    site: Site, expression: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever method of the environment it uses."""
    monkeypatch.setenv("T_PORT", "5")
    site.write({"acme": f"import os\n{expression}\n"})
    assert name in {looked for looked, _ in look("acme", 1.0).looks}
    assert {type(each).__name__ for each in (os.environ, os.environb)} == {"_Environ"}


def test_a_look_by_name_is_one_look(site: Site) -> None:
    """What lies below is not looked at by the plugin itself then."""
    site.write({"acme": "import os\nos.environ.get('T_PORT')\n"})
    assert [name for name, _ in look("acme", 1.0).looks] == ["T_PORT"]


def test_a_look_of_the_hook_is_one_as_well(site: Site) -> None:
    """It is called at every start, and what it reads then would not be live."""
    site.write({"acme": "import os\ndef envatlas_variables():\n    return [os.environ.get('T_PORT')]\n"})
    assert rules("acme") == ["import-environ"]


def test_an_import_that_takes_long_is_a_fault(site: Site) -> None:
    """Against the import of envatlas in the same interpreter."""
    site.write({"acme": "n = sum(range(10_000))\n"})
    (fault,) = import_faults("acme", 0.0)
    assert fault.rule == "import-time"
    assert fault.found.endswith("times as long as importing envatlas, and 0.0 is allowed")


def test_an_import_that_waits_is_a_fault(site: Site) -> None:
    """As is one that works: whoever starts waits for it."""
    site.write({"acme": "import threading\nthreading.Event().wait(2)\n"})
    assert rules("acme", 2.0) == ["import-time"]


def test_an_object_is_found_in_its_module(site: Site) -> None:
    """Its hook is the one that is called."""
    site.write({"acme": "class Own:\n    def envatlas_variables(self):\n        return 1 / 0\nown = Own()\n"})
    assert rules("acme") == []
    (fault,) = import_faults("acme:own")
    assert fault.found == "a fresh interpreter cannot import acme:own: ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("raise SystemExit('no device')", "SystemExit: no device"),
        ("import os\nos._exit(3)", "the interpreter ended with status 3"),
        ("import os\nos._exit(0)", "the interpreter ended with status 0"),
    ],
)
def test_an_import_that_fails_in_a_fresh_interpreter_is_a_fault(site: Site, source: str, found: str) -> None:
    """Whatever it does there, the test goes on."""
    site.write({"acme": source})
    (fault,) = import_faults("acme")
    assert fault.found.endswith(f"cannot import acme: {found}")


def test_an_import_that_does_not_end_is_a_fault(site: Site) -> None:
    """Nobody waits for it for ever."""
    site.write({"acme": "import threading\nthreading.Event().wait()\n"})
    (fault,) = import_faults("acme", longest_s=2)
    assert fault.found.endswith("cannot import acme: it did not end within 2 s")


def test_what_a_plugin_prints_is_no_answer(site: Site) -> None:
    """The last line is the probe's own."""
    site.write({"acme": "print('{', end='')\n"})
    assert rules("acme") == []
    assert "acme" not in sys.modules
