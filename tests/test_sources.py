"""Sources: what a plugin would declare, read from its source without running any of it."""

from __future__ import annotations

import ast
import compileall
import pathlib
import shutil
import sys
from typing import TYPE_CHECKING, Final, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas.errors import InactiveVariableError
from envatlas.sources import Declared, Source, find_file, read_source, source_text

if TYPE_CHECKING:
    from tests.conftest import Site

IMPORT: Final = "from envatlas import Text, Variable\n"
A: Final = 'Variable("ACME_A", Text(), default=None, help="The first.")\n'
B: Final = 'Variable("ACME_B", Text(), default=None, help="The second.")\n'


def names(source: Source) -> list[str]:
    """Return the names that a source declares, sorted."""
    return sorted(each.name for each in source.declared)


def only(source: Source) -> Declared:
    """Return the one variable that a source declares."""
    (declared,) = source.declared
    return declared


def reading(site: Site, text: str) -> Source:
    """Return what the source of one module tells."""
    site.write({"acme_vllm": IMPORT + text})
    return read_source("acme_vllm")


def test_a_declaration_is_read_with_its_place(site: Site) -> None:
    """Name, help and secret flag are taken from literals; file and line say where."""
    file = str(site.folder / "acme_vllm.py")
    assert reading(site, A) == Source((Declared("ACME_A", "The first.", False, file, 2),), is_complete=True)


def test_nothing_of_a_source_is_run(site: Site) -> None:
    """A module that would raise is read all the same, and is not imported."""
    assert names(reading(site, "raise RuntimeError\n" + A)) == ["ACME_A"]
    assert "acme_vllm" not in sys.modules


@pytest.mark.parametrize(
    "text",
    [
        'from envatlas import Variable as V\nV("ACME_A", Text(), default=None, help="")',
        'import envatlas\nenvatlas.Variable("ACME_A", Text(), default=None, help="")',
        'import envatlas as e\ne.variable.Variable("ACME_A", Text(), default=None, help="")',
        'Variable[str]("ACME_A", Text(), default=None, help="")',
        'import envatlas\nenvatlas.Variable[str]("ACME_A", Text(), default=None, help="")',
        'Variable(name="ACME_A", kind=Text(), default=None, help="")',
        'def variables():\n    yield Variable("ACME_A", Text(), default=None, help="")',
        'ALL = [dict(a=[Variable("ACME_A", Text(), default=None, help="")])]',
        'wrap(Variable("ACME_A", Text(), default=None, help=""))',
        'if False:\n    Variable("ACM" "E_A", Text(), default=None, help="")',
    ],
)
def test_a_declaration_is_found_however_it_is_written(site: Site, text: str) -> None:
    """Aliases, attributes, subscripts, keywords and nesting make no difference."""
    source = reading(site, text)
    assert (names(source), source.is_complete) == (["ACME_A"], True)


@pytest.mark.parametrize("text", ['V("ACME_A")', 'x.V("ACME_A")', 'f()("ACME_A")', 'V[int]("ACME_A")'])
def test_other_calls_declare_nothing(site: Site, text: str) -> None:
    """A call of something else is no declaration, whatever its arguments."""
    assert names(reading(site, text)) == []


@pytest.mark.parametrize(
    "text",
    [
        'Variable(PREFIX + "B", Text(), default=None, help="")',
        'Variable(f"ACME_{x}", Text(), default=None, help="")',
        "Variable(*arguments)",
        "Variable(**arguments)",
        "Variable()",
        "Variable(5)",
    ],
)
def test_a_computed_name_makes_a_source_incomplete(site: Site, text: str) -> None:
    """What cannot be read from the text is said to be missing, and the rest is given."""
    source = reading(site, A + text)
    assert (names(source), source.is_complete) == (["ACME_A"], False)


@pytest.mark.parametrize("name", ["ACME-B", "", "1ACME", "ACME B", "ACME\x1b[0m", "A=B"])
def test_what_is_no_name_is_not_declared(site: Site, name: str) -> None:
    """No variable could be called that: the declaration fails where it is run."""
    source = reading(site, f'{A}Variable({name!r}, Text(), default=None, help="")')
    assert (names(source), source.is_complete) == (["ACME_A"], False)


@pytest.mark.parametrize(
    ("argument", "reads"),
    [
        ("", ()),
        (', reads=("ACME_A", "OLD_A")', ("ACME_A", "OLD_A")),
        (', reads=("ACME_A", *more, 5)', ("ACME_A",)),
        (", reads=NAMES", ()),
    ],
)
def test_the_names_that_a_variable_is_read_from_are_read(site: Site, argument: str, reads: tuple[str, ...]) -> None:
    """As far as they are literals."""
    assert only(reading(site, f'Variable("ACME_A", Text(), default=None, help=""{argument})')).reads == reads


def test_a_source_with_a_deep_expression_tells_all_or_nothing(site: Site) -> None:
    """Where it is too deep for Python's parser, it is incomplete, and no error."""
    source = reading(site, f"{A}x = {' + '.join(['1'] * 3000)}\n")
    assert (names(source), source.is_complete) in [(["ACME_A"], True), ([], False)]


def test_a_source_that_declares_nothing_is_incomplete(site: Site) -> None:
    """A plugin that seems to have no variables has them somewhere else."""
    assert reading(site, "") == Source((), is_complete=False)


@pytest.mark.parametrize(
    ("arguments", "secret"),
    [
        ("", False),
        (", secret=True", True),
        (", secret=False", False),
        (", secret=is_secret()", True),
        (", secret=None", True),
        (", **more", True),
        (", secret=False, **more", False),
    ],
)
def test_what_may_be_a_secret_is_one(site: Site, arguments: str, secret: bool) -> None:
    """A variable is no secret only where its declaration says so."""
    text = f'Variable("ACME_A", Text(), default=None, help=""{arguments})'
    assert only(reading(site, text)).secret is secret


@pytest.mark.parametrize(
    ("argument", "help_text"),
    [
        ('help="The first."', "The first."),
        ('help="The " "first."', "The first."),
        ('help=("The "\n    "first.")', "The first."),
        ("help=HELP", ""),
        ("help=f'{x}'", ""),
        ("help=5", ""),
        ("**more", ""),
    ],
)
def test_a_help_text_is_read_where_it_is_a_literal(site: Site, argument: str, help_text: str) -> None:
    """Adjacent literals are one; a computed text is empty."""
    assert only(reading(site, f'Variable("ACME_A", Text(), default=None, {argument})')).help == help_text


@pytest.mark.parametrize("text", ["def (:", "x = '\0'", "x" + "(" * 1000], ids=["syntax", "null", "depth"])
def test_a_source_that_cannot_be_parsed_tells_nothing(site: Site, text: str) -> None:
    """It is incomplete and empty, and no error."""
    assert reading(site, A + text) == Source()


def test_a_source_in_another_encoding_is_read(site: Site) -> None:
    """The encoding that a source declares is the one in which it is read."""
    text = f"# coding: latin-1\n{IMPORT}{A}".replace("first", "h\xf6chste")
    (site.folder / "acme_vllm.py").write_bytes(text.encode("latin-1"))
    assert only(read_source("acme_vllm")).help == "The h\xf6chste."


def test_a_source_that_python_warns_of_is_read_in_silence(site: Site) -> None:
    """A warning of the parser is about somebody else's file, and makes nothing incomplete."""
    assert names(reading(site, "PATTERN = '\\d'\n" + A)) == ["ACME_A"]


def test_a_module_that_is_not_installed_tells_nothing(site: Site) -> None:
    """A missing module is an incomplete, empty source."""
    assert read_source("acme_missing") == Source()


@pytest.mark.parametrize(
    "module",
    ["", ".", "acme_vllm.", "acme_vllm..x", "acme vllm", "acme/vllm", "acme\0", "a" * 5000, "envatlas." + "a" * 5000],
    ids=["empty", "dot", "end", "middle", "space", "slash", "null", "long", "long inside"],
)
def test_what_is_no_module_name_tells_nothing(site: Site, module: str) -> None:
    """An entry point can name anything."""
    assert read_source(module) == Source()


@pytest.mark.parametrize(
    "imports",
    [
        "from acme_vllm import names",
        "from acme_vllm.names import ALL",
        "from .names import ALL",
        "from . import names",
        "from . import *\nfrom .names import *",
        "import acme_vllm.names",
        "import acme_vllm.names as n, os",
        "def envatlas_variables():\n    from .names import ALL",
    ],
)
def test_imports_inside_a_package_are_followed(site: Site, imports: str) -> None:
    """Declarations that are in another module of the package are found, however it is imported."""
    site.write({"acme_vllm.__init__": imports + "\n", "acme_vllm.names": IMPORT + A})
    source = read_source("acme_vllm")
    assert (names(source), source.is_complete) == (["ACME_A"], True)


def test_imports_that_go_up_are_followed(site: Site) -> None:
    """A relative import of several dots counts from the module that has it."""
    site.write(
        {
            "acme.__init__": "",
            "acme.names": IMPORT + A,
            "acme.plugins.__init__": IMPORT + B,
            "acme.plugins.cuda": "from ..names import ALL\nfrom . import ALL\n",
        }
    )
    assert names(read_source("acme.plugins.cuda")) == ["ACME_A", "ACME_B"]


def test_modules_that_import_each_other_are_read_once(site: Site) -> None:
    """A circle ends where it began."""
    site.write(
        {
            "acme_vllm.__init__": "from acme_vllm.names import ALL\n",
            "acme_vllm.names": IMPORT + "import acme_vllm\n" + A,
        }
    )
    assert names(read_source("acme_vllm")) == ["ACME_A"]


def test_imports_of_other_packages_are_not_followed(site: Site) -> None:
    """What another distribution has is its own."""
    site.write({"acme_vllm": IMPORT + "import other\nfrom other import x\n" + A, "other": IMPORT + B})
    assert names(read_source("acme_vllm")) == ["ACME_A"]


@pytest.mark.parametrize("imports", ["from .missing import x", "import acme_vllm.missing"])
def test_a_module_that_is_imported_and_missing_makes_a_source_incomplete(site: Site, imports: str) -> None:
    """A compiled module, for one, may declare more."""
    site.write({"acme_vllm.__init__": f"{IMPORT}{imports}\n{A}"})
    source = read_source("acme_vllm")
    assert (names(source), source.is_complete) == (["ACME_A"], False)


def test_a_missing_module_is_missing_whoever_else_asks_for_its_name(site: Site) -> None:
    """One import that must be a module counts, beside another that need not be one."""
    imports = "import acme_vllm.missing\nfrom acme_vllm import missing\n"
    site.write({"acme_vllm.__init__": IMPORT + imports + A})
    assert not read_source("acme_vllm").is_complete


def test_an_imported_attribute_does_not_make_a_source_incomplete(site: Site) -> None:
    """What ``from`` imports need not be a module."""
    site.write({"acme_vllm.__init__": IMPORT + "from . import names, attribute\n" + A, "acme_vllm.names": ""})
    assert read_source("acme_vllm").is_complete


def test_an_import_beyond_the_package_is_ignored(site: Site) -> None:
    """More dots than there are parents lead nowhere."""
    site.write({"acme_vllm": IMPORT + "from . import x\nfrom ..... import y\n" + A})
    assert names(read_source("acme_vllm")) == ["ACME_A"]


def test_a_whole_application_is_not_searched(site: Site) -> None:
    """After some dozens of files the search ends, and the source is incomplete."""
    modules = {f"acme_vllm.m{number}": f"from . import m{number + 1}\n" for number in range(100)}
    site.write({"acme_vllm.__init__": IMPORT + "from . import m0\n" + A, **modules})
    source = read_source("acme_vllm")
    assert (names(source), source.is_complete) == (["ACME_A"], False)


def test_the_text_of_a_module_is_what_its_file_holds(site: Site) -> None:
    """It is got without being parsed, let alone run."""
    site.write({"acme_vllm": "def (:\n"})
    assert source_text("acme_vllm") == b"def (:\n"


def test_a_module_that_is_not_installed_has_no_text() -> None:
    """There is no file to read."""
    assert source_text("acme_missing") == b""


def test_a_source_that_cannot_be_read_has_no_text(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may belong to another user, or be gone by now."""
    site.write({"acme_vllm": IMPORT + A})

    def read_bytes(path: pathlib.Path) -> NoReturn:
        raise PermissionError(path)

    monkeypatch.setattr(pathlib.Path, "read_bytes", read_bytes)
    assert source_text("acme_vllm") == b""
    assert read_source("acme_vllm") == Source()


def test_a_compiled_module_tells_nothing(site: Site) -> None:
    """A module without a source file is found, and is incomplete."""
    site.write({"acme_vllm": IMPORT + A})
    compileall.compile_file(site.folder / "acme_vllm.py", legacy=True, quiet=1)
    (site.folder / "acme_vllm.py").unlink()
    assert read_source("acme_vllm") == Source()


def test_a_built_in_module_tells_nothing() -> None:
    """It has an origin, which is no file."""
    assert find_file("sys") is None


def test_a_module_in_an_archive_tells_nothing(site: Site, tmp_path: pathlib.Path) -> None:
    """Its path leads into a file, where nothing is searched."""
    inside = site.another("inside")
    inside.write({"acme_vllm.__init__": IMPORT + A, "acme_vllm.names": ""})
    archive = shutil.make_archive(str(tmp_path / "acme"), "zip", root_dir=inside.folder)
    shutil.rmtree(inside.folder)
    site.search_first(pathlib.Path(archive))
    assert (find_file("acme_vllm"), find_file("acme_vllm.names")) == (None, None)


def test_a_namespace_package_is_searched_in_all_its_folders(site: Site) -> None:
    """It has no file of its own, and its modules may be anywhere on the path."""
    behind = site.another("behind")
    site.write({"acme.first": ""})
    behind.write({"acme.second": "", "acme.third.__init__": ""})
    assert find_file("acme") is None
    assert find_file("acme.first") == site.folder / "acme" / "first.py"
    assert find_file("acme.second") == behind.folder / "acme" / "second.py"
    assert find_file("acme.third") == behind.folder / "acme" / "third" / "__init__.py"


def test_a_module_inside_a_module_is_not_found(site: Site) -> None:
    """A plain module has nowhere to search in."""
    site.write({"acme_vllm": ""})
    assert find_file("acme_vllm.names") is None


def test_a_parent_is_not_imported(site: Site) -> None:
    """The file of a module is found by its path, and its package does not run."""
    site.write({"acme.__init__": "raise RuntimeError", "acme.names": ""})
    assert find_file("acme.names") == site.folder / "acme" / "names.py"


class RaisingFinder:
    """A finder that finds nothing but trouble."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> NoReturn:
        """Raise."""
        raise OSError


def test_a_finder_that_raises_makes_a_source_incomplete(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finder is anybody's code, and its error is not passed on."""
    site.write({"acme_vllm": IMPORT + A})
    monkeypatch.setattr(sys, "meta_path", [RaisingFinder(), *sys.meta_path])
    assert read_source("acme_vllm") == Source()


@settings(max_examples=50)
@given(name=st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True), text=st.text())
def test_any_literals_are_read_as_they_are_written(
    tmp_path_factory: pytest.TempPathFactory, name: str, text: str
) -> None:
    """The name and the help text come out as the program would have them."""
    folder = tmp_path_factory.mktemp("sources")
    call = ast.Call(ast.Name("Variable"), [ast.Constant(name)], [ast.keyword("help", ast.Constant(text))])
    (folder / "acme_literals.py").write_text(ast.unparse(call), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(folder), *sys.path])
        declared = only(read_source("acme_literals"))
    assert (declared.name, declared.help) == (name, text)


BRIDGE: Final = """\
from envatlas import from_callables
import os
def code(): return os.getenv("ACME_CODE")
functions = {
    "ACME_PORT": lambda: int(os.getenv("ACME_PORT", "80")),
    "ACME_KEY": lambda: os.getenv("ACME_KEY"),
    "ACME_LOGIN": lambda: os.getenv("ACME_PASSWORD"),
    "ACME_CODE": code,
    **more,
    "ACME-X": lambda: 5,
    "ACME_A": lambda: 5,
}
"""


@pytest.mark.parametrize(
    ("call", "secrets"),
    [
        ("from_callables(functions)", set[str]()),
        ("envatlas.from_callables(functions, secrets=['ACME_PORT'])", {"ACME_PORT"}),
        ("from_callables(functions, secrets=NAMES)", {"ACME_PORT"}),
        ("from_callables(functions, secrets=['ACME_A', NAME])", {"ACME_PORT"}),
        ("from_callables(functions, **options)", {"ACME_PORT"}),
    ],
)
def test_the_names_of_functions_are_known_where_a_plugin_is_made_of_them(
    site: Site, call: str, secrets: set[str]
) -> None:
    """There may be more of them; a secret is what may be one, by its name, by what it reads, or as the call says."""
    source = reading(site, f"{BRIDGE}plugin = {call}\n{A}")
    told = {each.name: each.secret for each in source.declared}
    hidden = {"ACME_KEY", "ACME_LOGIN", "ACME_CODE", *secrets}
    assert told == {name: name in hidden for name in ("ACME_A", "ACME_PORT", *hidden)}
    assert not source.is_complete


@pytest.mark.parametrize(
    ("function", "secret", "reads"),
    [
        ("lambda: os.environ['B_PORT'].strip().split(',')", False, ()),
        ("lambda: [each.strip() for each in os.getenv('A_X', '').split(',')]", False, ()),
        ("lambda name='A_X': getenv(name)", False, ()),
        ("lambda: os.getenv('B_TOKEN', 'no key')", True, ("A_X", "B_TOKEN")),
        ("lambda: code()", True, ("A_X", "C_PASSWORD")),
        ("code", True, ("A_X", "C_PASSWORD")),
        ("lambda: json.loads(os.getenv('A_X'))", True, ()),
        ("lambda: READERS['int']('A_X')", True, ()),
        ("lambda: elsewhere.read().strip()", True, ()),
    ],
)
def test_what_a_function_may_read_is_known_from_its_text(
    site: Site, function: str, secret: bool, reads: tuple[str, ...]
) -> None:
    """The secrets' names in it, and in what it calls of its module; what calls others may read one as well."""
    code = "def code():\n    return os.getenv('C_PASSWORD') or code()\n"
    source = reading(site, f"{code}functions = {{'A_X': {function}, 'A_Y': lambda: 5}}\nfrom_callables(functions)\n")
    told = next(each for each in source.declared if each.name == "A_X")
    assert (told.secret, told.reads) == (secret, reads)


@pytest.mark.parametrize(
    "functions",
    [
        "{'PATH': lambda text: text, 'HF_TOKEN': str}",
        "{'PATH': lambda *, text: text, 'int': lambda: 5}",
        "{'PATH': str, 'int': int}",
        "{'A-X': lambda: 5, '\xc9': lambda: 5}",
    ],
)
def test_functions_that_need_an_argument_are_no_variables(site: Site, functions: str) -> None:
    """Nobody could read them; nor is what is no name one."""
    assert names(reading(site, f"READERS = {functions}\nfrom_callables({{}})\n")) == []


def test_the_functions_may_be_in_another_module_of_the_package(site: Site) -> None:
    """That is where `envatlas adopt` leaves them; a dict of functions of which no plugin is made is none."""
    site.write({"acme.__init__": "", "acme.envs": BRIDGE, "acme.plugin": "import acme.envs\nfrom_callables(kept)\n"})
    assert "ACME_PORT" in names(read_source("acme.plugin"))
    assert names(read_source("acme.envs")) == []


def test_a_plugin_of_functions_that_is_left_out_owns_their_names(site: Site) -> None:
    """Whoever asks for one hears why it is not there."""
    site.add(
        "acme", plugins={"acme": "acme_vllm:plugin"}, modules={"acme_vllm": BRIDGE + "plugin = from_callables({})"}
    )
    registry = site.registry({"TEST_PLUGINS": ""})
    with pytest.raises(InactiveVariableError, match="acme"):
        _ = registry["ACME_PORT"]
    assert [each.name for each in registry.opaque_plugins] == ["acme"]
