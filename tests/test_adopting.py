"""Adopting: what is written reads every text as the file did, and what would not is left as it is."""

from __future__ import annotations

import ast
import functools
import importlib.util
import os
import pathlib
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas import InvalidValueError, Variable
from envatlas.adopting.constants import UnknownValueError, as_expression, evaluate
from envatlas.adopting.declaring import adopt
from envatlas.adopting.entries import read_file
from envatlas.adopting.expressions import expression_of
from envatlas.adopting.marks import shown
from envatlas.adopting.writing import plugin_source
from envatlas.rebinding import names_behind
from envatlas.values import read

DATA: Final = pathlib.Path(__file__).parent / "data/adopt"
FILES: Final = ("engine_envs", "npu_envs", "hpu_envs")
HEAD: Final = """
import json, os
from os import environ, getenv
import os.path
LEVELS = ("low", "high")
OFTEN = 1
OFTEN = 2
def two(text, other):
    return text
def looped(text):
    for each in text:
        return each
def chosen(text):
    if text.strip() not in LEVELS:
        raise ValueError(text)
    return text
def recursive(text):
    return recursive(text)
def any_of(*names):
    return os.getenv(names[0])
def positional(text, /):
    return text
def stripped(text):
    "Say what it does."
    text = text.strip()
    return text
def shouted(text):
    if text == "x":
        raise KeyError(text)
    return text
def bare(text):
    if text is not None:
        return text
def empty(text):
    return
@json.loads
def cached():
    return os.getenv("A")
def annotated(text):
    made: str = text
    return made
def reraised():
    if "A" in os.environ:
        return os.environ["A"]
    raise
"""
TEXTS: Final = st.one_of(
    st.sampled_from(["", " ", "0", "1", " 1 ", "2", "-1", "1_0", "1.5", "nan", "\u0663", "none", "{}", "x"]),
    st.sampled_from(["true", "True", " TRUE ", "on", "ON", "off", "yes", "low", "\u0130", "a b"]),
    st.sampled_from(["a,b", " a , ,b", ",", "a:b", "~", "~/x", "~root", "dense", "DENSE", "fork", "Spawn"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
)

DECLARED: Final = {
    "os.getenv('A')": "Text()",
    "os.getenv('A', default='x')": "Text()",
    "str(os.getenv('A', 'x'))": "Text()",
    "environ.get('A', 'x')": "Text()",
    "getenv('B')": "Text()",
    "os.environ.get('A') if 'A' in os.environ else 'x'": "Text()",
    "os.getenv('A', '') or os.getenv('B', '')": "Text()",
    "os.getenv('A', '') or getenv('B', '') or ''": "Text()",
    "annotated(os.getenv('A'))": "Text()",
    "bare(os.getenv('A'))": "Text()",
    "os.getenv('A', 'x').upper()": "UpperText()",
    "int(os.getenv('A', '5'))": "Integer()",
    "int(os.getenv('A', 5))": "Integer()",
    "int(os.getenv('A', -5))": "Integer()",
    "int(os.environ['A']) if 'A' in os.environ else None": "Integer()",
    "None if 'A' not in environ else int(os.environ['A'])": "Integer()",
    "None if os.getenv('A') is None else int(os.getenv('A'))": "Integer()",
    "float(os.getenv('A', '0.5'))": "Number()",
    "float(os.getenv('A', 'inf'))": "Number()",
    "float(os.environ['A']) if 'A' in os.environ else 5": "Number()",
    "bool(int(os.getenv('A', '0')))": "IntegerFlag()",
    "int(os.getenv('A', '0')) != 0": "IntegerFlag()",
    "bool(os.getenv('A'))": "NonemptyFlag()",
    "os.getenv('A', '') != ''": "NonemptyFlag()",
    "bool(os.getenv('A') or os.getenv('B'))": "NonemptyFlag()",
    "os.getenv('A', '1') != '0'": "NotZeroFlag()",
    "os.getenv('A') == '1'": "OneFlag()",
    "os.getenv('A', '0') in ['1']": "OneFlag()",
    "True if os.getenv('A', '0') == '1' else False": "OneFlag()",
    "bool(os.getenv('A', '0') == '1')": "OneFlag()",
    "(os.getenv('A') or '0') == '1'": "OneFlag()",
    "'A' in os.environ and os.environ['A'] == '1'": "OneFlag()",
    "'A' not in os.environ or os.environ['A'] == '1'": "OneFlag()",
    "(os.environ.get('A', None) or os.environ.get('B', None) or '0') == '1'": "OneFlag()",
    "os.getenv('A', 'x').lower() == 'true'": "TrueFlag()",
    "os.getenv('A', 'x').lower() in ('1', 'true')": "TrueOneFlag()",
    "os.getenv('A', 'x').strip().lower() in {'1', 'true'}": "StrippedTrueOneFlag()",
    "os.getenv('A', 'x').lower().strip() in ['true', '1']": "StrippedTrueOneFlag()",
    "os.getenv('A', 'x').lower() in ('1', 'true', 'on')": "OnTrueOneFlag()",
    "os.getenv('A', '0') in ('1', 'true')": "WordFlag('1', 'true')",
    "os.getenv('A', '0').strip() in ('1', 'on')": "WordFlag('1', 'on', strip=True)",
    "os.getenv('A', '0').lower() in ('1', 'yes')": "WordFlag('1', 'yes', ignore_case=True)",
    "os.getenv('A', 'x') in LEVELS": "WordFlag('low', 'high')",
    "os.getenv('A', 'a,b').split(',')": "TextList()",
    "os.getenv('A', '').split(':')": "TextList(':')",
    "[] if 'A' not in os.environ else os.environ['A'].split(',')": "TextList()",
    "[x.strip() for x in os.getenv('A', 'a, b').split(',') if x.strip()]": "TextList(strip=True)",
    "os.path.expanduser(os.getenv('A', '/x'))": "Path()",
    "os.path.expanduser(os.getenv('A', '~/x'))": "Path()",
    "os.path.expanduser(os.getenv('A', os.path.join(os.getenv('XDG_CACHE_HOME', "
    "os.path.join(os.path.expanduser('~'), '.cache')), 'x')))": "Path()",
    "os.path.expanduser(os.environ['A']) if 'A' in os.environ else None": "Path()",
}
"""What each idiom is declared as."""
KEPT: Final = {
    "os.environ['A']": "it raises where it is unset",
    "5": "it looks up no name",
    "os.getenv('A', 'x').lower()": "no kind reads a text as text.lower() does",
    "json.loads(os.getenv('A', '{}'))": "no kind reads a text as json.loads(text) does",
    "os.environ.get('A', os.environ.get('B', 'x'))": "its default is os.getenv('B', 'x')",
    "os.getenv('A') or os.getenv('B')": "where all of its names are empty",
    "os.getenv('A') or 'x'": "where all of its names are empty",
    "int(os.getenv('A') or os.getenv('B') or '0')": "where all of its names are empty",
    "(os.getenv('A') or '') == os.getenv('B')": "it reads several names",
    "os.getenv('A', '') + os.getenv('B', '')": "it reads A and B",
    "os.getenv('A', 'x') if 'B' in os.environ else None": "it reads B and A",
    "int(os.getenv('A', 'none'))": "its default is int('none')",
    "os.getenv('A', 5)": "a declaration would break the rule",
    "int(os.environ['A']) if 'A' in os.environ else 0.5": "a declaration would break the rule",
    "int(os.getenv('A')) if os.getenv('A') else None": "no kind reads a text as",
    "os.getenv(OFTEN)": "it computes the name",
    "os.getenv(json.loads('5'))": "it computes the name",
    "os.getenv('A', 'x') in 'xyz'": "it compares with",
    "os.getenv('A', 'x') in (1, 2)": "it compares with",
    "os.getenv('A', 'x') in {1, '1'}": "it compares with",
    "os.getenv('A', 'x') in json.loads('[]')": "it compares with json.loads('[]')",
    "os.getenv('A', 'x').title() == 'X'": "no kind reads a text as text.title() does",
    "os.getenv('A', 'x').split()": "no kind reads a text as",
    "os.getenv('A', 'x').split('')": "no kind reads a text as",
    "os.getenv('A', 'a').split(',', maxsplit=1)": "no kind reads a text as",
    "[x for x in os.getenv('A', 'a').split(',')]": "no kind reads a text as",
    "[x.strip() for x in os.getenv('A', 'a')]": "no kind reads a text as",
    "os.path.expanduser(os.getenv('A', os.path.join(os.getenv('B', 'x'), 'y')))": "its default is",
    "os.path.expanduser(os.getenv('A', os.path.join(json.loads('x'))))": "it computes os.path.join(json.loads('x'))",
    "os.path.expanduser(os.getenv('A', json.loads('x')))": "it computes json.loads('x') even where nobody needs",
    "two(os.getenv('A'))": "it calls two without all its arguments",
    "recursive(os.getenv('A'))": "it calls recursive, which calls itself",
    "any_of('A')": "it calls any_of, which takes any arguments",
    "positional(os.getenv('A'))": "it calls positional, which takes any arguments",
    "cached()": "it calls cached, which is decorated",
    "looped(os.getenv('A'))": "has a statement that no expression can say",
    "(lambda x: x)(os.getenv('A'))": "it has a lambda with arguments",
    "stripped(os.getenv('A', 'x'))": "no kind reads a text as text.strip() does",
    "shouted(os.getenv('A'))": "no kind reads a text as",
    "chosen(os.getenv('A', 'low'))": "no kind reads a text as text.strip() not in ('low', 'high') does",
    "empty(os.getenv('A'))": "it looks up no name",
    "reraised()": "it raises where it is unset",
    "os.getenv('A') if os.getenv('A', 'x') in ('x', 'y') else 'z'": "no kind reads a text as",
    "os.getenv('A', 'x') < 'y'": "no kind reads a text as",
    "os.path.expandvars(os.getenv('A', 'x'))": "no kind reads a text as",
}
"""Why each of these stays a function."""


def source_of(expression: str) -> str:
    """Return the source of a file whose one variable reads an expression."""
    return f"{HEAD}environment_variables = {{\n    'A': lambda: {expression},\n}}\n"


def namespace_of(source: str) -> dict[str, object]:
    """Return what a source defines; what cannot be run is left out."""
    namespace: dict[str, object] = {}
    exec(source.replace("@json.loads\n", ""), namespace)
    return namespace


def outcome(read_: Callable[[], object]) -> tuple[object, ...]:
    """Return a value and its type, or that there is none."""
    try:
        value = read_()
    except ValueError:
        return ("refused",)
    return type(value), repr(value)


@functools.cache
def functions_of(source: str) -> Mapping[str, Callable[[], object]]:
    """Return the functions of a source, which is run."""
    return cast("Mapping[str, Callable[[], object]]", namespace_of(source)["environment_variables"])


@functools.cache
def declared_in(source: str) -> Variable[object]:
    """Return the one variable of the plugin that is written from a source."""
    written = plugin_source(adopt(source), "envs.py", "acme.envs")
    [variable] = cast("tuple[Variable[object], ...]", namespace_of(written)["VARIABLES"])
    return variable


@pytest.mark.parametrize(("expression", "kind"), DECLARED.items(), ids=DECLARED)
def test_an_idiom_is_declared_as_what_it_reads(expression: str, kind: str) -> None:
    """The written kind is the one that reads exactly that."""
    source = source_of(expression)
    assert adopt(source).kept == ()
    assert f"        {kind},\n".replace("'", '"') in plugin_source(adopt(source), "envs.py", "acme.envs")


@pytest.mark.parametrize("expression", DECLARED, ids=DECLARED)
@settings(max_examples=40)
@given(texts=st.fixed_dictionaries({}, optional=dict.fromkeys(["A", "B", "HOME", "XDG_CACHE_HOME"], TEXTS)))
def test_an_idiom_reads_as_before(expression: str, texts: Mapping[str, str]) -> None:
    """For every text, set or unset: the same value, of the same type, and an error for an error."""
    source = source_of(expression)
    variable = declared_in(source)
    with mock.patch.dict(os.environ, texts, clear=True):
        before = outcome(functions_of(source)["A"])
    assert outcome(lambda: read(variable, texts)) == before


@pytest.mark.parametrize(("expression", "why"), KEPT.items(), ids=KEPT)
def test_what_no_declaration_reads_exactly_is_kept(expression: str, why: str) -> None:
    """With the reason, and the line."""
    adopted = adopt(source_of(expression))
    assert adopted.declared == ()
    [kept] = adopted.kept
    assert why in kept.why
    assert kept.entry.line == HEAD.count("\n") + 2


def module_of(name: str, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Return a file of the data as a module that can be imported."""
    spec = importlib.util.spec_from_file_location(name, DATA / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(name="patch", scope="module")
def _patch() -> Iterator[pytest.MonkeyPatch]:
    """Give a patch that lasts as long as the examples of one test."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


Functions = Mapping[str, Callable[[], object]]


@functools.cache
def whole(name: str, patch: pytest.MonkeyPatch) -> tuple[Functions, Mapping[str, Variable[object]]]:
    """Return the functions of a file, and the variables of the plugin that is written from it."""
    module = module_of(name, patch)
    held = getattr(module, "environment_variables", None) or getattr(module, "env_variables", {})
    written = plugin_source(adopt((DATA / f"{name}.py").read_text()), f"{name}.py", name)
    hook = cast("Callable[[], list[Variable[object]]]", namespace_of(written)["envatlas_variables"])
    return cast("Functions", held), {each.name: each for each in hook()}


@pytest.mark.parametrize("name", FILES)
def test_a_whole_file_has_the_same_variables(name: str, patch: pytest.MonkeyPatch) -> None:
    """Each is declared or kept."""
    functions, variables = whole(name, patch)
    assert set(variables) == set(functions)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=300)
@given(data=st.data())
def test_a_whole_file_reads_as_before(name: str, patch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    """What is declared and what is kept: the plugin that is written has all of it."""
    functions, variables = whole(name, patch)
    asked = data.draw(st.sampled_from(sorted(functions)))
    names = ["HOME", asked, *names_behind(functions[asked])]
    texts = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(names, TEXTS)))
    with mock.patch.dict(os.environ, texts, clear=True):
        try:
            before = outcome(functions[asked])
        except Exception:  # noqa: BLE001  what a function raises that is kept as it is
            before = ("refused",)
        assert outcome(lambda: read(variables[asked], os.environ)) == before


def test_a_comment_becomes_the_help_and_what_else_it_says_a_comment() -> None:
    """Rules and words for tools are no part of it; where there is none, the help says so."""
    found = {each.variable.name: each for each in adopt((DATA / "engine_envs.py").read_text()).declared}
    host = found["ENGINE_HOST"]
    assert (host.variable.help, host.remark) == ("The address that other nodes use.", "It differs from node to node.")
    assert found["ENGINE_PORT"].variable.help == "First port of the engine's own traffic."
    assert found["ENGINE_EAGER"].variable.help == "Has no description yet; unset, it reads as False."
    source = "import os\nenvs = {\n    # noqa: X\n    # vLLM's own port!\n    'A': lambda: os.getenv('A')}"
    assert adopt(source).declared[0].variable.help == "vLLM's own port!"


def test_a_long_help_is_written_in_lines() -> None:
    """And reads back as it was."""
    comment = "The port that " + "is very long " * 20 + "described"
    source = f"import os\nenvs = {{\n    # {comment}\n    'A': lambda: os.getenv('A')}}"
    written = plugin_source(adopt(source), "envs.py", "acme")
    assert max(map(len, written.splitlines())) <= 120
    assert declared_in(source).help == f"{comment}."


def test_a_secret_is_known_by_its_name() -> None:
    """Of the variable, or of what it is read from."""
    source = "import os\nenvs = {'A_KEY': lambda: os.getenv('A_KEY'), 'A': lambda: os.getenv('A_TOKEN')}"
    assert [each.variable.secret for each in adopt(source).declared] == [True, True]
    assert plugin_source(adopt(source), "envs.py", "acme").count("secret=True") == 2


def test_dicts_are_found_wherever_they_grow() -> None:
    """With an annotation or without, item by item, and by ``update``; what has no name is told."""
    source = """
import os
PORTS: dict = {"A": lambda: os.getenv("A")}
HOSTS = {"B": lambda: json.loads(os.getenv("B")), **PORTS}
NUMBERS = {"x": 5}
PORTS["C"] = lambda: os.getenv("C")
PORTS[NAME] = lambda: os.getenv("D")
HOSTS.update({"E": lambda: json.loads(os.getenv("E"))})
HOSTS.update(others)
NUMBERS.update({"F": 5})
PORTS["G"] = lambda: json.loads(os.getenv("G"))
other, pair = 1, 2
"""
    file = read_file(source)
    assert [(each.name, each.held_in) for each in file.entries] == [
        ("A", "PORTS"),
        ("B", "HOSTS"),
        ("C", "PORTS"),
        ("E", "HOSTS"),
        ("G", "PORTS"),
    ]
    assert file.unread == (4, 7, 9)
    assert "from acme import HOSTS, PORTS" in plugin_source(adopt(source), "envs.py", "acme")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("from acme import int", "int"),
        ("import acme.types as int", "int"),
        ("class int: ...", "int"),
        ("int = acme", "int"),
        ("from acme import os", "os.getenv"),
    ],
)
def test_what_is_not_pythons_own_is_not_taken_for_it(head: str, name: str) -> None:
    """The file may mean another by a name."""
    [kept] = adopt(f"{head}\nenvs = {{'A': lambda: int(os.getenv('A', '5'))}}").kept
    assert kept.why == f"{name} is not Python's own there"


def test_os_may_have_another_name() -> None:
    """It is the same module."""
    source = (
        "import os as system, os.path\nenvs = {'A': lambda: int(system.environ['A']) if 'A' in system.environ else 5}"
    )
    [declared] = adopt(source).declared
    assert (repr(declared.variable.kind), declared.variable.default) == ("Integer()", 5)


def test_what_is_no_function_is_kept() -> None:
    """A name that the file does not define, and whatever else stands in the dict."""
    source = "envs = {'A': lambda: 5, 'B': imported, 'C': imported.functions[0](" + "1, " * 30 + ")}"
    [_, name, call] = adopt(source).kept
    assert name.why == "imported is no function that its source shows"
    assert call.why.endswith("... is no function that its source shows")


def test_a_file_without_what_can_be_declared_is_a_plugin_as_well() -> None:
    """All of it are functions."""
    source = plugin_source(adopt("import os\nenvs = {'A': lambda: 5}"), "envs.py", "acme")
    assert "VARIABLES: tuple[Variable[object], ...] = ()" in source
    ast.parse(source)


@pytest.mark.parametrize(
    "expression",
    [
        "x",
        "f(1)",
        "[y for y in 5]",
        "5 .upper()",
        "-'a'",
        "int('x')",
        "'a'.title()",
        "a[0]",
        "[1 for a, b in []]",
    ],
)
def test_what_is_not_known_without_running_it_is_not_computed(expression: str) -> None:
    """Whatever stands in a file."""
    with pytest.raises(UnknownValueError):
        evaluate(ast.parse(expression, mode="eval").body)


def test_and_and_or_are_computed_as_python_does() -> None:
    """They return an operand."""
    assert evaluate(ast.parse("(0 or 5) and (3 and (0 or ''))", mode="eval").body) == ""


def test_a_number_that_has_no_literal_is_not_written() -> None:
    """It stays the call that makes it."""
    with pytest.raises(UnknownValueError):
        as_expression(float("nan"))


def test_an_expression_of_a_helper_has_its_arguments_in_their_places() -> None:
    """By position, by name and by default; a local name counts more than the module's."""
    source = HEAD + "def read(name, default='x', *, kind=int):\n    return kind(os.getenv(name, default))\n"
    scope = read_file(source).scope
    call = ast.parse("lambda: read('A', kind=float)", mode="eval").body
    assert shown(expression_of(call, scope)) == "float(os.getenv('A', 'x'))"


def test_an_error_of_reading_is_the_kinds() -> None:
    """A text that the function refused is an `InvalidValueError`."""
    with pytest.raises(InvalidValueError):
        read(declared_in(source_of("int(os.getenv('A', '5'))")), {"A": "x"})
