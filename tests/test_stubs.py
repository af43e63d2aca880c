"""Stubs: the text of a stub file, whatever plugins declare."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Computed, Deprecated, Integer, Path, Text, TextList, Variable, user_cache
from envatlas.environment import Environment
from envatlas.formats.stubs import package_stub, registry_stub
from envatlas.registry import Registry
from envatlas.vllm import registry

if TYPE_CHECKING:
    from tests.conftest import Site


def stub_of(of: Registry) -> str:
    """Return the stub of a module with a registry and an environment."""
    return registry_stub(of, ["registry"], ["envs"])


def properties(stub: str) -> dict[str, ast.FunctionDef]:
    """Return the properties in a stub, by their names."""
    classes = {node.name: node for node in ast.parse(stub).body if isinstance(node, ast.ClassDef)}
    return {node.name: node for node in classes["_Variables"].body if isinstance(node, ast.FunctionDef)}


def type_of(node: ast.FunctionDef) -> str:
    """Return the type that a property has."""
    assert node.returns is not None
    return ast.unparse(node.returns)


def test_each_variable_is_a_property_with_its_type_and_its_help() -> None:
    """All of them, in the order of the registry."""
    found = properties(stub_of(registry))
    assert [*found] == [variable.name for variable in registry]
    assert type_of(found["VLLM_PORT"]) == "int | None"
    assert type_of(found["VLLM_RPC_TIMEOUT"]) == "int"
    assert type_of(found["VLLM_PLUGINS"]) == "list[str] | None"
    said = {name: " ".join(str(ast.get_docstring(node)).split()) for name, node in found.items()}
    assert said == {variable.name: variable.help for variable in registry}
    assert {type_of(each) for each in found.values()}.isdisjoint({"object", "object | None"})


def test_each_value_is_of_the_type_that_its_stub_names() -> None:
    """What the bundled variables read as while they are unset."""
    envs = Environment(registry, {"HOME": "/home/user"})
    of_types = {"int": int, "str": str, "bool": bool, "float": float, "list[str]": list, "None": type(None)}
    for name, node in properties(stub_of(registry)).items():
        assert isinstance(envs[name], tuple(of_types[each] for each in type_of(node).split(" | "))), name


def test_a_stub_is_the_same_whatever_is_set(site: Site) -> None:
    """And for whichever version of a plugin: it is stale only where something changed that it says."""
    site.add_plugin("acme", site.declaring("A_PORT"))
    assert stub_of(site.registry({"A_PORT": "5", "HOME": "/x"})) == stub_of(site.registry())
    assert "1.2" not in stub_of(site.registry())


HOSTILE: Final = [
    'an """ end',
    'ends with "',
    "ends with a backslash \\",
    "\\",
    '\\"""\nimport os\n"""',
    "{braces} {0} %s",
    "a\nb\r\tc\x0cd\x1ce\x85f\u2028g",
    "\u202ereversed \x1b[31m red \x07",
    "a lone \udc80 surrogate",
    "`code` \\N{BULLET} \\x41",
    "x" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_help_stays_in_its_docstring(site: Site, text: str) -> None:
    """No text ends it, moves a cursor or turns around what follows it; a stub is always a file of Python's."""
    stub = stub_of(
        site.registry_of(
            Variable("A_PORT", Integer(), default=None, help=text, deprecated=Deprecated(text, text)),
            Variable("A_PATH", Path(), default=user_cache("a"), help="The path."),
        )
    )
    found = properties(stub)
    assert [*found] == ["A_PORT", "A_PATH"]
    (said,) = found["A_PORT"].body
    assert isinstance(said, ast.Expr)
    assert all(letter.isprintable() or letter == "\n" for letter in stub)
    assert stub.encode()


@given(text=st.text(min_size=1).filter(str.strip))
def test_any_help_is_one_docstring(text: str) -> None:
    """Whatever it is, the words that can be seen are in it."""
    stub = registry_stub(_OneVariable(Variable("A_PORT", Integer(), default=None, help=text)), [], ["envs"])
    (node,) = properties(stub).values()
    shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in " ".join(text.split()))
    assert " ".join(str(ast.get_docstring(node)).split()) == shown.strip()


class _OneVariable(Registry):
    """A registry of one variable, which finds nothing."""

    def __init__(self, variable: Variable[object]) -> None:
        super().__init__("one", group="envatlas.none")
        self._variable: Variable[object]
        object.__setattr__(self, "_variable", variable)

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204
        """Yield it."""
        yield self._variable


NO_ATTRIBUTES: Final = ["class", "None", "get", "keys", "snapshot", "diff", "property", "__all__", "__x", "_registry"]


def test_a_name_that_is_something_else_is_no_property(site: Site) -> None:
    """A keyword, a method, what Python asks modules for: such a variable is an item alone."""
    variables = [Variable(name, Text(), default=None, help="The text.") for name in (*NO_ATTRIBUTES, "_A", "A_b1")]
    assert [*properties(stub_of(site.registry_of(*variables)))] == ["_A", "A_b1"]


def test_a_variable_that_is_called_like_a_type_hides_none(site: Site) -> None:
    """The types around it are written so that they are found."""
    variables = [
        Variable("int", TextList(), default=["a"], help="The list."),
        Variable("list", Integer(), default=None, help="The number."),
        Variable("str", Text(), default="", help="The text."),
    ]
    stub = stub_of(site.registry_of(*variables))
    types = {name: type_of(node) for name, node in properties(stub).items()}
    assert types == {"int": "builtins.list[builtins.str]", "list": "builtins.int | None", "str": "builtins.str"}
    assert "\nimport builtins\n" in stub


def test_a_deprecated_variable_is_marked(site: Site) -> None:
    """Checkers and editors know the mark; a stub without one imports nothing for it."""
    old = Variable("A_OLD", Integer(), default=None, help="Old.", deprecated=Deprecated("1.2", "It is gone."))
    new = Variable("A_NEW", Integer(), default=None, help="New.")
    stub = stub_of(site.registry_of(old, new))
    assert [ast.unparse(each) for each in properties(stub)["A_OLD"].decorator_list] == [
        "property",
        "deprecated('since 1.2: It is gone.')",
    ]
    assert ast.get_docstring(properties(stub)["A_OLD"]) == "Old. Deprecated since 1.2: It is gone."
    assert "from typing_extensions import deprecated" in stub
    assert "import deprecated" not in stub_of(registry)


def test_a_registry_without_attributes_has_a_stub() -> None:
    """A class is never empty."""
    stub = stub_of(Registry("none", group="envatlas.none"))
    assert properties(stub) == {}
    assert stub.endswith("envs: Final[_Environment]\nregistry: Final[Registry]\n")


def test_a_computed_default_adds_its_type(site: Site) -> None:
    """Where it is another than the kind's."""

    def compute(environ: Mapping[str, str]) -> int | None:
        return None

    variable = Variable[int | None]("A_PORT", Integer(), default=Computed(compute, "a free one"), help="The port.")
    assert type_of(properties(stub_of(site.registry_of(variable)))["A_PORT"]) == "int | None"


_PACKAGE: Final = '''
"""A package."""

from __future__ import annotations

import os
import json as json, sys as _sys
import typing
from typing import TYPE_CHECKING

from a.b import c, d as e
from a._api import *

from . import f

if TYPE_CHECKING:
    from a.g import h
if typing.TYPE_CHECKING:
    from a.i import i

__all__ = ["c", "e", "f", "h"]


def __getattr__(name):
    return name
'''


def test_the_stub_of_a_package_shows_what_it_imports() -> None:
    """For others as well: a stub's imports are its own unless they are written twice."""
    stub = package_stub("a", _PACKAGE, ["b", "g", "i"])
    assert stub is not None
    assert [ast.unparse(node) for node in ast.parse(stub).body] == [
        "import a.b as _b",
        "import a.g as _g",
        "import json as json",
        "from typing import TYPE_CHECKING as TYPE_CHECKING",
        "from a.b import c as c, d as e",
        "from a._api import *",
        "from . import f as f",
        "from a.g import h as h",
        "from a.i import i as i",
        "b = _b",
        "g = _g",
    ]


STATEMENTS: Final = [
    *("'''What it is.'''", "import os", "import a.b", "import json as json", "import numpy as np"),
    *("from a._api import *", "from .b import c", "from . import b", "from .b import c as d, e", "__all__ = ['c']"),
    *("_a = b = 5", "(_a, b) = 5, 6", "_a: int = 5", "def __getattr__(name): ...", "def main(): ...", "pass"),
    *("from __future__ import annotations", "class A: ...", "try:\n    import x\nexcept ImportError:\n    x = None"),
]
CONDITIONS: Final = ["TYPE_CHECKING", "typing.TYPE_CHECKING", "not TYPE_CHECKING", "A_TYPE_CHECKING", "x"]


def _under_conditions(bodies: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def written(condition: str, *bodies: str) -> str:
        then, otherwise = (textwrap.indent(body or "pass", "    ") for body in bodies)
        return f"if {condition}:\n{then}" + (f"\nelse:\n{otherwise}" if bodies[1] else "")

    return st.builds(written, st.sampled_from(CONDITIONS), bodies, bodies)


PACKAGES: Final = st.recursive(
    st.sampled_from(STATEMENTS),
    lambda inner: st.one_of(_under_conditions(inner), st.lists(inner, max_size=4).map("\n".join)),
    max_leaves=8,
)


@given(source=PACKAGES)
def test_the_stub_of_any_package_is_python(source: str) -> None:
    """Where there is one."""
    stub = package_stub("a", source, ["b", "c"])
    if stub is not None:
        ast.parse(stub)


@pytest.mark.parametrize(
    "source",
    [
        *("VERSION = 5", "_a = VERSION = 5", "(_a, VERSION) = 5, 6", "x: int = 5"),
        *("def main(): ...", "class A: ...", "if x:\n    import y"),
        "if not TYPE_CHECKING:\n    from a.b import c",
        "if TYPE_CHECKING:\n    from a.b import c\nelse:\n    from a.d import c",
    ],
)
def test_a_package_that_does_more_has_no_stub(source: str) -> None:
    """Its stub would hide it, or have to know types."""
    assert package_stub("a", source, []) is None
