"""Adopting: what a file may do so that nobody can tell from its source what is read; then a function stays one."""

from __future__ import annotations

import ast
import functools
import os
import sys
from collections.abc import Callable, Mapping
from typing import Final, cast
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas import Variable
from envatlas.adopting.declaring import adopt
from envatlas.adopting.entries import read_file
from envatlas.adopting.writing import plugin_source
from envatlas.values import read
from tests.test_adopting import TEXTS, namespace_of, outcome

ONE: Final = "envs = {'A': lambda: %s}\n"
CONVERTED: Final = ONE % "convert(os.getenv('A', '1'))"
UNKNOWN: Final = "no kind reads a text as convert(text) does"
KEPT: Final = {
    "a parameter that shadows what is imported": (
        "from os import environ\ndef rd(environ): return environ.get('A', 'x')\n" + ONE % "rd({'A': 'fixed'})",
        "it looks up no name that its source shows",
    ),
    "arguments in a dict": (
        "def rd(name, default='x'): return os.getenv(name, default)\n" + ONE % "rd('A', **{'default': 'y'})",
        "it calls rd with arguments that its source does not show",
    ),
    "arguments in a list": (ONE % "os.getenv(*['A', 'x'])", "it calls os.getenv with arguments that its source"),
    "an argument too many": ("def rd(name): return os.getenv(name)\n" + ONE % "rd('A', 'y')", "it calls rd with other"),
    "an argument twice": (
        "def rd(name): return os.getenv(name)\n" + ONE % "rd('A', name='B')",
        "it calls rd with other",
    ),
    "an unknown argument": (ONE % "os.getenv('A', fallback='x')", "it calls os.getenv with other arguments"),
    "no argument": (ONE % "os.getenv()", "it computes the name that it looks up"),
    "a closure with an argument": (
        "def mk():\n def read(): return os.getenv('A')\n return read\n" + ONE % "mk()(1)",
        "it calls a function with other arguments than it has",
    ),
    "what may be callable": (
        "def rd(parse): return os.getenv('A') if callable(parse) else None\n" + ONE % "rd(imported)",
        "it asks whether something can be called, which its source does not show",
    ),
    "callable of nothing": (ONE % "callable()", "it asks whether something can be called"),
    "a constant that an import replaces": (
        "D = 'x'\ntry:\n from string import digits as D\nexcept ImportError: pass\n" + ONE % "os.getenv('A', D)",
        "it computes D even where nobody needs that",
    ),
    "a constant that a function replaces": (
        "D = 'x'\ndef change():\n global D\n D = 'y'\nchange()\n" + ONE % "os.getenv('A', D)",
        "it computes D even where nobody needs that",
    ),
    "a constant that is set sometimes": (
        "if os.name == 'nt': D = 'x'\n" + ONE % "os.getenv('A', D)",
        "it computes D even",
    ),
    "a function that an import replaces": (
        "def convert(t): return int(t)\ntry:\n from operator import truth as convert\nexcept ImportError: pass\n"
        + CONVERTED,
        UNKNOWN,
    ),
    "a function that is assigned": ("def convert(t): return int(t)\nconvert = str\n" + CONVERTED, UNKNOWN),
    "a function of two definitions": (
        "def convert(t): return int(t)\nif os.name:\n def convert(t): return t\n" + CONVERTED,
        UNKNOWN,
    ),
    "a function that is a class": ("class convert(str): ...\n" + CONVERTED, UNKNOWN),
    "a function that a loop binds": ("def convert(t): return t\nfor convert in [int]: pass\n" + CONVERTED, UNKNOWN),
    "a function that a comprehension binds": (
        "def convert(t): return t\n[(convert := each) for each in [int]]\n" + CONVERTED,
        UNKNOWN,
    ),
    "a function that a pattern binds": (
        "def convert(t): return t\nmatch [int]:\n case [convert]: pass\n" + CONVERTED,
        UNKNOWN,
    ),
    "a function that the rest of a pattern binds": (
        "def convert(t): return t\nmatch {}:\n case {**convert}: pass\n" + CONVERTED,
        UNKNOWN,
    ),
    "a function that a star binds": (
        "def convert(t): return t\nmatch [1]:\n case [*convert]: pass\n case _: pass\n" + CONVERTED,
        UNKNOWN,
    ),
    "a function that an exception binds": (
        "def convert(t): return t\ntry: pass\nexcept OSError as convert: pass\nexcept ValueError: pass\n" + CONVERTED,
        UNKNOWN,
    ),
    "a function whose defaults are set": (
        "def convert(t='1'): return t\nconvert.__defaults__ = ('2',)\n" + CONVERTED,
        UNKNOWN,
    ),
    "a function that waits": ("async def convert(t): return t\n" + CONVERTED, UNKNOWN),
    "names that a star imports": (
        "from string import *\n" + ONE % "os.getenv('A')",
        "os.getenv is not Python's own there",
    ),
    "names in globals": ("globals()['D'] = 5\n" + ONE % "os.getenv('A')", "os.getenv is not Python's own there"),
    "another os": ("from .os import getenv\n" + ONE % "getenv('A')", "it looks up no name"),
    "another getenv": (
        "from os import getenv\n_g = getenv\ndef getenv(name): return _g('P_' + name)\n" + ONE % "getenv('A')",
        "it looks up no name",
    ),
    "a getenv that is put into os": (
        "os.getenv = len\n" + ONE % "os.getenv('A')",
        "os.getenv is not Python's own there",
    ),
    "a name that a mark could have": ("GET = max\n" + ONE % "GET('A', 'x')", "it looks up no name"),
    "another ValueError": (
        "class ValueError(Exception): ...\ndef f():\n t = os.getenv('A', 'x')\n"
        " if t not in ('x', 'y'): raise ValueError(t)\n return t\n" + ONE % "f()",
        "no kind reads a text as raise if text not in",
    ),
    "an exception that is computed": (
        "def f():\n t = os.getenv('A', 'x')\n if t not in ('x', 'y'): raise ValueError(json.loads(t))\n return t\n"
        + ONE % "f()",
        "no kind reads a text as raise if text not in",
    ),
    "an exception that looks up": (
        "def f():\n t = os.getenv('A', 'x')\n if t not in ('x', 'y'): raise ValueError({}[t])\n return t\n"
        + ONE % "f()",
        "no kind reads a text as raise if text not in",
    ),
    "a closure over what changes": (
        (
            "def mk(default):\n def read(): return os.getenv('A', default)\n default = 'late'\n return read\n"
            "envs = {'A': mk('early'), 'Z': lambda: 5}\n"
        ),
        "it changes default, which a function within it uses",
    ),
    "a closure over what has no value yet": (
        (
            "def mk():\n def read(): return os.getenv('A', default)\n return read\n if 5: default = 'x'\n"
            "envs = {'A': mk(), 'Z': lambda: 5}\n"
        ),
        "it changes default, which a function within it uses",
    ),
    "a local name without a value": (
        "def f():\n if os.getenv('B'): t = 'x'\n return os.getenv('A', t)\n" + ONE % "f()",
        "it uses t where that may have no value",
    ),
    "a name that is only annotated": ("t = 'x'\ndef f():\n t: str\n return os.getenv('A', t)\n" + ONE % "f()", "line"),
    "a name that is annotated late": (
        "t = 'x'\ndef f():\n return os.getenv('A', t)\n t: str\n" + ONE % "f()",
        "it uses t where that may have no value",
    ),
    "a generator": ("def f():\n return os.getenv('A')\n yield\n" + ONE % "f()", "has a statement that no expression"),
    "a decorated closure": (
        "def mk():\n @json.loads\n def read(): return os.getenv('A')\n return read\n" + ONE % "mk()()",
        "it calls read, which is decorated",
    ),
    "what was read at import": (
        "def mk(name):\n text = os.getenv(name)\n return lambda: text\nenvs = {'A': mk('A'), 'Z': lambda: 5}\n",
        "text is what was read when the module was imported",
    ),
    "a default of import": (
        "def rd(default=os.getenv('B')): return os.getenv('A', default)\n" + ONE % "rd()",
        "default is what was read when the module was imported",
    ),
    "a text that is needed before": (
        "def f():\n text = os.environ['A']\n return text if 'A' in os.environ else 'x'\n" + ONE % "f()",
        "it raises where it is unset",
    ),
    "a number that nobody needs": (
        "def f(number): return os.getenv('A')\n" + ONE % "f(int(os.getenv('A', '5')))",
        "it computes int(text) even where nobody needs that",
    ),
    "a default that must be a number": (
        ONE % "os.getenv('A', str(int(os.getenv('A', '5'))))",
        "it computes str(int(text))",
    ),
    "a default that is compared": (ONE % "os.getenv('A', 5 < os.getenv('A', 'x'))", "it computes 5 < text even"),
    "a part that is not always computed": (
        "def f():\n n = int(os.getenv('A', '5'))\n return 'x' in os.environ and n\n" + ONE % "f()",
        "it reads A and x in a way",
    ),
    "a number in a function that is returned": (
        "def f():\n n = int(os.getenv('A', '5'))\n return lambda: n\n" + ONE % "f()",
        "it computes int(text) even where nobody needs that",
    ),
    "a default that is a question": (ONE % "os.getenv('A', 'B' in os.environ)", "its default is 'B' in os.environ"),
    "a path that is put together": (
        ONE % "os.path.expanduser(os.environ['A']) if 'A' in os.environ else os.path.join('a', 'b')",
        "its default is os.path.join('a', 'b')",
    ),
    "a text that may be none": (
        "def f():\n t = os.getenv('A').lower()\n return os.getenv('A')\n" + ONE % "f()",
        "its default is (None.lower(), None)[-1]",
    ),
    "a text that must be there": (
        "def f():\n t = os.environ['A'].lower()\n return os.getenv('A')\n" + ONE % "f()",
        "it raises where it is unset",
    ),
    "two comparisons": (ONE % "'A' == 'A' in os.environ", "it looks up no name"),
    "another comparison": (ONE % "'A' == os.environ", "it looks up no name"),
    "which object it is": (ONE % "os.getenv('A', 'x') is 'x'", "no kind reads a text as text is 'x' does"),
    "what it names on the way": (
        ONE % "(t := os.getenv('A'))",
        "it has (t := os.getenv('A')), which no declaration says",
    ),
    "a comprehension of two": (
        ONE % "[x for x in 'ab' for y in os.getenv('A')]",
        "it has [x for x in 'ab' for y in os.getenv('A')..., which",
    ),
    "a text that is never a word": (ONE % "os.getenv('A', '').lower() == 'TRUE'", "every text reads as False"),
    "no word": (ONE % "os.getenv('A') not in ()", "every text reads as True"),
    "no choice": (
        "def f():\n t = os.getenv('A')\n if t is None: return t\n if t not in (): raise ValueError(t)\n return t\n"
        + ONE % "f()",
        "it refuses every text",
    ),
    "another flag of one word": (
        ONE % "os.getenv('A', 'x').upper() == 'TRUE'",
        "no kind reads a text as text.upper() does",
    ),
    "something else in brackets": ("T = ('A',)\n" + ONE % "os.getenv(T[0])", "it computes the name that it looks up"),
    "a long helper": (
        "def f():\n t = os.getenv('A', '0')\n"
        + "".join(f" if t == '{each}': t = t + '!'\n" for each in range(30))
        + " return t\n"
        + ONE % "f()",
        "it is too long to follow",
    ),
    "helpers of helpers": (
        "".join(f"def f{each}(): return f{each + 1}() or f{each + 1}() or f{each + 1}()\n" for each in range(12))
        + "def f12(): return os.getenv('A')\n"
        + ONE % "f0()",
        "it is too long to follow",
    ),
    "a deep expression": (ONE % ("os.getenv('A')" + " + 'x'" * 900), "it is too long to follow"),
    "a deep default": ("D = 'x'\n" + ONE % ("os.getenv('A', D" + " + D" * 300 + ")"), "it is too long to follow"),
}
"""Heads and dicts of files whose `A` stays a function, and why."""
DECLARED: Final = {
    "a function that is given": (
        "def rd(parse=None):\n t = os.getenv('A', '5')\n return parse(t) if callable(parse) else t\n" + ONE % "rd(int)",
        "Integer()",
    ),
    "another callable": ("def callable(x): return True\n" + ONE % "os.getenv('A') if callable(5) else 5", "Text()"),
    "no function": ("def rd(parse): return 'x' if callable(parse) else os.getenv('A')\n" + ONE % "rd(None)", "Text()"),
    "a function of the file that is given": (
        "def twice(t): return int(t)\ndef rd(parse): return parse(os.getenv('A', '5')) if callable(parse) else 5\n"
        + ONE % "rd(twice)",
        "Integer()",
    ),
    "a parameter that shadows a function": (
        "def parse(t): return t.upper()\ndef rd(parse): return parse(os.getenv('A', '1'))\n" + ONE % "rd(int)",
        "Integer()",
    ),
    "the environment as an argument": (
        "def rd(there): return there.get('A', 'x')\n" + ONE % "rd(os.environ)",
        "Text()",
    ),
    "a closure that is called": (
        "def mk(name):\n def read(): return os.getenv(name)\n return read\n" + ONE % "mk('A')()",
        "Text()",
    ),
    "a function that returns one": (
        "def g(): return os.getenv('A')\ndef mk(): return g\nenvs = {'A': mk()}\n",
        "Text()",
    ),
    "a closure over a closure": (
        (
            "def mk(name):\n def text(): return os.getenv(name, '5')\n def read(): return int(text())\n return read\n"
            "envs = {'A': mk('A')}\n"
        ),
        "Integer()",
    ),
    "a default that is a constant": (
        "D = 'x'\ndef rd(name, default=D): return os.getenv(name, default)\n" + ONE % "rd('A')",
        "Text()",
    ),
    "names of arguments": (ONE % "os.getenv(key='A', default='x')", "Text()"),
    "names of arguments of get": (ONE % "os.environ.get(key='A')", "Text()"),
    "the same import twice": ("import os.path\nimport os\n" + ONE % "os.getenv('A')", "Text()"),
    "a path of another name": ("import os.path as osp\n" + ONE % "osp.expanduser(os.getenv('A', '/x'))", "Path()"),
    "a number that is needed": (
        "def f():\n number = int(os.getenv('A', '5'))\n return bool(number)\n" + ONE % "f()",
        "IntegerFlag()",
    ),
    "a number that every branch needs": (
        "def f():\n n = int(os.environ['A']) if 'A' in os.environ else 5\n return n\n" + ONE % "f()",
        "Integer()",
    ),
    "a text that is stripped on the way": (
        "def f():\n t = os.getenv('A', 'x').strip().lower()\n return t == '1'\n" + ONE % "f()",
        "WordFlag('1', ignore_case=True, strip=True)",
    ),
    "a comparison that nobody needs": (
        "def f():\n is_on = os.getenv('A', 'x') in ('1', 'on')\n t = os.getenv('A', 'x').lower()\n"
        " return os.getenv('A')\n" + ONE % "f()",
        "Text()",
    ),
    "a list that is made before": (
        "def f():\n parts = os.getenv('A', 'a').split(',')\n return [x.strip() for x in parts if x.strip()]\n"
        + ONE % "f()",
        "TextList(strip=True)",
    ),
    "sides that are swapped": (ONE % "'1' == os.getenv('A')", "OneFlag()"),
    "sides that are swapped for another": (ONE % "'0' != os.getenv('A')", "NotZeroFlag()"),
    "a word that is false": (
        ONE % "os.getenv('A', '1').lower() != 'false'",
        "WordFlag('false', ignore_case=True, otherwise=True)",
    ),
    "words that are false": (
        ONE % "os.getenv('A', '1').lower() not in ('0', 'false')",
        "WordFlag('0', 'false', ignore_case=True, otherwise=True)",
    ),
    "not": (ONE % "not os.getenv('A') == '1'", "WordFlag('1', otherwise=True)"),
    "not not": (ONE % "not os.getenv('A') != '1'", "OneFlag()"),
    "not in": (ONE % "not os.getenv('A') in ('1', 'true')", "WordFlag('1', 'true', otherwise=True)"),
    "a loop whose name is another's": (
        "x = '1'\n" + ONE % "[x.strip() for x in os.getenv('A', 'a, b').split(',') if x.strip()]",
        "TextList(strip=True)",
    ),
    "an empty list": (ONE % "os.environ['A'].split(',') if 'A' in os.environ else []", "TextList()"),
}
"""Heads and dicts of files whose `A` is declared, and its kind."""


@pytest.mark.parametrize(("source", "why"), KEPT.values(), ids=KEPT)
def test_what_a_source_does_not_tell_is_kept(source: str, why: str) -> None:
    """With the reason."""
    adopted = adopt(f"import os, json\n{source}")
    assert [each.entry.name for each in adopted.declared] == []
    assert why in next(each.why for each in adopted.kept if each.entry.name == "A")


@pytest.mark.parametrize(
    "change",
    [
        "setattr(me, 'D', 'y')",
        "delattr(me, 'D')",
        "eval('me.change()')",
        "__import__('acme_envs').change()",
        "sys.modules[__name__].D = 'y'",
        "from sys import modules as loaded",
        "me.__dict__['D'] = 'y'",
        "me.change.__globals__['D'] = 'y'",
        "me.__class__.__setattr__(me, 'D', 'y')",
        "me.D = 'y'",
        "del me.D",
        "me.itself().D = 'y'",
    ],
)
def test_a_constant_that_may_be_changed_behind_the_scenes_is_none(change: str) -> None:
    """A module can be reached from within it, by its own name or another."""
    adopted = adopt(f"import os, sys, acme_envs as me\nD = 'x'\n{change}\n" + ONE % "os.getenv('A', D)")
    assert [each.entry.name for each in adopted.kept] == ["A"]


@pytest.mark.parametrize(("source", "kind"), DECLARED.values(), ids=DECLARED)
def test_what_a_source_tells_is_declared(source: str, kind: str) -> None:
    """As the kind that reads exactly that."""
    adopted = adopt(f"import os\n{source}")
    assert [each.why for each in adopted.kept] == []
    assert f"        {kind},\n".replace("'", '"') in plugin_source(adopted, "envs.py", "acme.envs")


@functools.cache
def both(source: str) -> tuple[Callable[[], object], Variable[object]]:
    """Return the function of a file, which is run, and the variable that is declared for it."""
    functions = cast("Mapping[str, Callable[[], object]]", namespace_of(source)["envs"])
    written = plugin_source(adopt(source), "envs.py", "acme.envs")
    [variable] = cast("tuple[Variable[object], ...]", namespace_of(written)["VARIABLES"])
    return functions["A"], variable


@pytest.mark.parametrize("source", [source for source, _ in DECLARED.values()], ids=DECLARED)
@settings(max_examples=40)
@given(texts=st.fixed_dictionaries({}, optional=dict.fromkeys(["A", "HOME"], TEXTS)))
def test_what_is_declared_reads_as_before(source: str, texts: Mapping[str, str]) -> None:
    """For every text, set or unset."""
    function, variable = both(f"import os\n{source}")
    with mock.patch.dict(os.environ, texts, clear=True):
        before = outcome(function)
    assert outcome(lambda: read(variable, texts)) == before


HELD: Final = "import os\nenvs = {'A': lambda: os.getenv('A'), 'B': lambda: os.getenv('B')}\n"
DOUBTED: Final = {
    "if os.name: envs['A'] = lambda: 5": ({"A": "line 3 sets it, which may be never"}, ()),
    "if os.name: del envs['A']": ({"A": "line 3 may change it"}, ()),
    "for name in 'AB': envs[name] = lambda: 5": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "for name, f in envs.items(): envs[name] = f": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "envs.update(others)": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "envs.update(**others)": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "envs.update({**others, 'B': lambda: os.getenv('B')})": ({"A": "line 3 may change it"}, (3,)),
    "envs |= others": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "envs = others | {'B': 5}": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "envs.pop(name)": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "del envs[name], other[5], other": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "del envs": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "envs.setdefault('C', len)": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "other = envs": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "other = {'x': envs}": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "change(envs)": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "acme[0].change(envs)": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "def change(name, value): envs[name] = value": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "def change(value): envs['A'] = value": ({"A": "line 3 may change it"}, ()),
    "def change(value): envs['C'] = value": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "def change():\n global envs\n envs = {}": (dict.fromkeys("AB", "line 5 may change it"), (5,)),
    "change = lambda value: envs.clear()": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "def change(f=envs.clear): f()": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "from acme import envs": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "def envs(): ...": (dict.fromkeys("AB", "line 3 may change it"), (3,)),
    "try: pass\nexcept change(envs): pass": (dict.fromkeys("AB", "line 4 may change it"), (4,)),
    "if os.name: envs = {'A': lambda: 5}": (
        {"A": "line 3 sets it, which may be never", "B": "line 3 may change it"},
        (),
    ),
    "more = {'A': lambda: os.getenv('A')}": ({"A": "two dicts have it"}, ()),
    "def list(x): x.clear()\nlist(envs)": (dict.fromkeys("AB", "line 4 may change it"), (4,)),
}
"""What is done to a dict, the variables that are in doubt for it, and the lines that may do more."""


@pytest.mark.parametrize(("done", "doubts", "unread"), [(done, *each) for done, each in DOUBTED.items()], ids=DOUBTED)
def test_what_may_have_changed_is_kept(done: str, doubts: Mapping[str, str], unread: tuple[int, ...]) -> None:
    """What is done may never be done, or to other variables; that is said with the line."""
    adopted = adopt(f"{HELD}{done}\n")
    assert {each.entry.name: each.why for each in adopted.kept} == doubts
    assert [each.entry.name for each in adopted.declared] == [name for name in "AB" if name not in doubts]
    assert adopted.unread == unread


@pytest.mark.parametrize(
    "done",
    [
        "for name in envs: print(name, envs[name], envs.get(name), len(envs))",
        "names = [*envs, *[name for name in envs if 'A' in envs]], f'{envs}'",
        "if not envs: other = {**envs, **dict(**envs), **(envs | {})}",
        "envs: dict",
        "acme().x = 5",
        "envs",
        "def __getattr__(name):\n return envs[name]() if name in envs else sorted(envs.keys())",
        "def change(envs): envs.clear()",
        "def change():\n envs = {}\n envs.clear()",
        "change = lambda envs: envs.clear()",
        "from envatlas import from_callables\nplugin = from_callables(envs)",
        "import envatlas\nplugin = envatlas.from_callables(envs)",
        "if envs: pass",
        "while not envs: pass",
    ],
)
def test_what_only_looks_at_a_dict_changes_nothing(done: str) -> None:
    """Nor does what another of its name does."""
    adopted = adopt(f"{HELD}{done}\n")
    assert ([each.entry.name for each in adopted.declared], adopted.unread) == (["A", "B"], ())


@pytest.mark.parametrize(
    ("done", "names"),
    [
        ("envs |= {'C': lambda: os.getenv('C')}", "ABC"),
        ("envs.update({'C': lambda: os.getenv('C')})", "ABC"),
        ("envs.update(C=lambda: os.getenv('C'))", "ABC"),
        ("envs = envs | {'C': lambda: os.getenv('C')}", "ABC"),
        ("envs = {**envs, 'C': lambda: os.getenv('C')}", "ABC"),
        ("envs = {'C': lambda: os.getenv('C')}", "C"),
        ("del envs['A']", "B"),
        ("envs.pop('A', None)", "B"),
        ("del envs['D']", "AB"),
        ("if os.name: del envs['D']", "AB"),
    ],
)
def test_a_dict_is_followed_statement_by_statement(done: str, names: str) -> None:
    """What it holds in the end counts."""
    adopted = adopt(f"{HELD}{done}\n")
    assert [each.entry.name for each in adopted.declared] == [*names]
    assert (adopted.kept, adopted.unread) == ((), ())


@pytest.mark.parametrize(
    "deep",
    ["X = 1" + " + 1" * 900, "if 0: pass\n" + "elif 0: pass\n" * 900, "def f(): return 1" + " + 1" * 900],
    ids=["a constant", "branches", "a function"],
)
def test_what_is_nested_deeply_concerns_only_what_uses_it(deep: str) -> None:
    """The rest of the file is followed."""
    source = f"import os\n{deep}\nenvs = {{'A': lambda: os.getenv('A'), 'B': lambda: os.getenv('B', X or f())}}"
    adopted = adopt(source)
    assert [each.entry.name for each in adopted.declared] == ["A"]
    assert [each.entry.name for each in adopted.kept] == ["B"]


def test_following_many_dicts_takes_as_much_work_for_each() -> None:
    """A file may hold hundreds that are no dicts of functions."""

    def work(dicts: int) -> int:
        lines = [f"D{each} = {{'x': {each}}}\ndef f{each}(key): return D{each}[key]\n" for each in range(dicts)]
        calls = 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            read_file("".join(lines) + HELD)
        finally:
            sys.setprofile(before)
        return calls

    assert work(500) < 11 * work(50)


def test_the_later_of_two_functions_counts() -> None:
    """Whichever statement sets it."""
    [_, last] = adopt(f"{HELD}envs['A'] = lambda: int(os.getenv('A', '5'))\n").declared
    assert (last.entry.name, last.variable.default) == ("A", 5)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("envs = {}\nenvs['A'] = lambda: 5", "A"),
        ("def g(): return os.getenv('A')\nenvs = {'A': g}", "A"),
        ("def mk(n): return lambda: os.getenv(n)\nenvs: dict = {'A': mk('A'), 'B': imported}", "AB"),
        ("try:\n envs = {'A': lambda: 5}\nfinally: pass", "A"),
        ("match 5:\n case _: envs = {'A': lambda: 5}", "A"),
        ("def g(): ...\ncommands = {'run': g}", ""),
        ("kinds = {'INT': int, 'FIVE': 5}", ""),
        ("class E:\n envs = {'A': lambda: 5}", ""),
    ],
)
def test_a_dict_of_functions_is_known_by_what_is_put_into_it(source: str, names: str) -> None:
    """A lambda, or functions of the file under names of environment variables."""
    assert [each.name for each in read_file(f"import os\n{source}\n").entries] == [*names]


def test_what_can_be_no_variable_is_left_out() -> None:
    """It would be no function, or have no name; and the plugin would not load."""
    source = "import os\nV = '1'\nenvs = {'A': lambda: os.getenv('A'), 'a-b': lambda: 5, 'C': '1', 'D': V, 'E': other}"
    adopted = adopt(source)
    assert [(each.entry.name, each.why) for each in adopted.left_out] == [
        ("a-b", "no variable can have that name"),
        ("C", "it is no function"),
        ("D", "it is no function"),
    ]
    assert [each.entry.name for each in adopted.kept] == ["E"]
    assert '"a-b"' not in plugin_source(adopted, "envs.py", "acme")


def test_functions_of_two_dicts_are_taken_in_the_order_of_the_file() -> None:
    """So that the later one counts, as it does there."""
    source = "b = {'A': lambda: 5}\na = {'A': lambda: 6, 'C': lambda: 7}\nb['D'] = lambda: 8\n"
    written = plugin_source(adopt(source), "envs.py", "acme")
    assert "from acme import a, b" in written
    assert "(b | a).items()" in written


COMMENTED: Final = {
    "# The port.\n#\n# Must be free.\n'A': F": ("The port.", "Must be free."),
    "# The port\n#   of it\n#\n#\n# Must be free\n'A': F": ("The port of it.", "Must be free"),
    "'A': F,  # The port": ("The port.", ""),
    "'A': F,  # noqa: X": ("Has no description yet; unset, it reads as None.", ""),
    "'A': F,  # -----": ("Has no description yet; unset, it reads as None.", ""),
    "'A': (  # The port\n F)": ("The port.", ""),
    "'A': (\n F),  # The port": ("The port.", ""),
    "# The host\n'A': F,  # The port": ("The host.", ""),
    "\x0c\n# The port\n'A': F": ("The port.", ""),
    "# a\u2028b\n'B': F,\n# The port\n'A': F": ("The port.", ""),
}


@pytest.mark.parametrize(("items", "told"), COMMENTED.items(), ids=map(repr, COMMENTED))
def test_the_first_paragraph_is_the_help(items: str, told: tuple[str, str]) -> None:
    """Of the comment above, or else behind; the others remain a comment."""
    written = items.replace("F", "lambda: os.getenv('A')")
    source = f"import os\nenvs = {{\n{written}\n}}"
    [*_, last] = adopt(source).declared
    assert (last.variable.help, last.remark) == told


def test_a_help_that_names_what_is_written_writes_it_not() -> None:
    """Only a default does that is an empty list."""
    source = "import os\nenvs = {\n    # Does _nothing\n    'A': lambda: os.getenv('A')}"
    assert "def _nothing" not in plugin_source(adopt(source), "envs.py", "acme")


def test_a_files_name_stands_in_what_is_written() -> None:
    """Whatever it is."""
    source = plugin_source(adopt("import os\nenvs = {'A': lambda: os.getenv('A')}"), 'a"""\\\n.py', "acme")
    assert ast.get_docstring(ast.parse(source)) == 'Variables, adopted from a"""\\\n.py by envatlas.'
