"""Errors: their tree, their facts, and their texts."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import traceback
from typing import Final

import pytest

from envatlas import errors, problems
from envatlas.errors import (
    DeclarationError,
    DefaultError,
    EnvatlasError,
    ForeignVariableError,
    InactiveVariableError,
    InvalidEnvironmentError,
    InvalidValueError,
    LoadingError,
    ProcessOnlyError,
    ReadOnlyError,
    UnfitValueError,
    UnknownVariableError,
)
from envatlas.owner import Owner
from envatlas.problems import (
    ConflictError,
    DamagedMetadataError,
    DuplicatePluginError,
    IncompatiblePluginError,
    PluginError,
    ProblemError,
    RegistryProblemsError,
    SecretReadError,
    UnmatchedNameError,
)

ACME: Final = Owner("acme", "acme-vllm", "1.2")
ENGINE: Final = Owner("engine", "envatlas-vllm-engine", "0.1.0")

INVALID: Final = InvalidValueError("A_PORT", "B_PORT", "two", "a whole number", "80", ACME)
UNMATCHED: Final = UnmatchedNameError("cdua", "VLLM_PLUGINS", ("cuda",))

ERRORS: Final[list[tuple[EnvatlasError, list[str]]]] = [
    (EnvatlasError("anything"), ["anything"]),
    (DeclarationError("A-PORT", "a rule", "'A-PORT'", "rename it"), ["A-PORT", "a rule", "rename it"]),
    (INVALID, ["A_PORT", "B_PORT='two'", "a whole number", "80", "acme-vllm 1.2"]),
    (InvalidValueError("A_KEY", "A_KEY", None, "a key", "None"), ["A_KEY=<secret>", "a key"]),
    (DefaultError("A_PATH", "A_PATH", None, "a path", "~/x", ACME), ["A_PATH", "~/x", "a path", "acme-vllm 1.2"]),
    (ProcessOnlyError("A_PORT", "A_PORT", None, "it uses os.x", "80"), ["A_PORT", "it uses os.x", "envatlas adopt"]),
    (
        UnfitValueError("A_PORT", "A_PORT", "1.5", "a whole number", "80", ACME, "float"),
        ["A_PORT", "1.5", "float", "a whole number", "acme-vllm 1.2"],
    ),
    (UnfitValueError("A_KEY", "A_KEY", None, "a key", "None", None, "bytes"), ["A_KEY", "<secret>", "bytes", "a key"]),
    (UnknownVariableError("A_PROT", "vllm"), ["'A_PROT'", "'vllm'"]),
    (
        UnknownVariableError("A_PROT", "vllm", ("A_PORT", "A_POT"), "VLLM_PLUGINS", ("cuda",), ("ray", "tpu")),
        ["A_PORT or A_POT?", "VLLM_PLUGINS leaves out the plugin cuda.", "Failed to load: the plugins ray, tpu."],
    ),
    (
        UnknownVariableError("A_PROT", "vllm", (), "VLLM_PLUGINS", ("cuda", "ray"), ("tpu",), ("ray", "tpu")),
        ["VLLM_PLUGINS leaves out the plugins cuda, ray.", "It may be declared by the plugins ray, tpu, whose source"],
    ),
    (
        ForeignVariableError("A_PORT", "vllm", owner=ACME),
        ["'A_PORT'", "'vllm'", "declared differently", "acme-vllm 1.2"],
    ),
    (InactiveVariableError("A_PORT", "vllm", plugin="acme", why="it failed"), ["'A_PORT'", "'acme'", "it failed"]),
    (ReadOnlyError("A_PORT", "an environment", "use override()"), ["A_PORT", "an environment", "use override()"]),
    (LoadingError("vllm"), ["'vllm'", "not at import"]),
    (InvalidEnvironmentError.of([INVALID, INVALID]), ["A_PORT, A_PORT", "2 sub-exceptions"]),
    (ProblemError("anything"), ["anything"]),
    (RegistryProblemsError.of("vllm", [UNMATCHED]), ["'vllm' has problems", "1 sub-exception"]),
    (PluginError(ACME, "it raised"), ["plugin 'acme', acme-vllm 1.2", "it raised"]),
    (IncompatiblePluginError(ACME, "it is too new"), ["plugin 'acme', acme-vllm 1.2", "it is too new"]),
    (DuplicatePluginError(ACME, ENGINE), ["plugin 'acme', acme-vllm 1.2", "envatlas-vllm-engine 0.1.0", "uninstall"]),
    (ConflictError("A_PORT", ENGINE, ACME), ["A_PORT", "envatlas-vllm-engine 0.1.0", "acme-vllm 1.2"]),
    (SecretReadError("A_TOKEN", "A_KEY", ACME), ["A_TOKEN", "A_KEY, which is a secret", "acme-vllm 1.2", "mark it"]),
    (UNMATCHED, ["VLLM_PLUGINS", "'cdua'", "did you mean cuda?"]),
    (UnmatchedNameError("x", "VLLM_PLUGINS"), ["VLLM_PLUGINS", "'x'"]),
    (DamagedMetadataError("acme.dist-info", "METADATA is missing"), ["acme.dist-info", "METADATA is missing"]),
]
"""One error of every class, and some, with what its text names."""

each_error: Final = pytest.mark.parametrize("error", [error for error, _ in ERRORS], ids=str)


def classes() -> dict[str, type[EnvatlasError]]:
    """Return all error classes of the two modules by their names."""
    return {
        name: each
        for module in (errors, problems)
        for name, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, EnvatlasError) and each.__module__ == module.__name__
    }


def drawn() -> dict[str, set[str]]:
    """Return the bases of each class that the trees in the modules' docstrings draw, by the class's name."""
    bases: dict[str, set[str]] = {}
    path: list[tuple[int, str]] = []
    for line in f"{errors.__doc__}{problems.__doc__}".splitlines():
        found = re.match(r"( {4}[ │├└─]*)(\w+Error)\b(?: \(([\w, ]+)\))?", line)
        if found is None:
            continue
        depth, name, builtins = len(found[1]), found[2], found[3]
        path = [each for each in path if each[0] < depth]
        bases[name] = {parent for _, parent in path[-1:]} | set(builtins.split(", ") if builtins else [])
        path.append((depth, name))
    return bases


def facts(error: BaseException) -> object:
    """Return what an error carries, in a form that can be compared."""
    parts: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    return type(error), str(error), vars(error), [facts(each) for each in parts]


def test_the_tree_names_every_error() -> None:
    """The trees in the modules' docstrings have the modules' classes, all of them, and no other."""
    assert set(drawn()) == set(classes())


@pytest.mark.parametrize("name", drawn())
def test_an_error_has_the_bases_that_the_tree_draws(name: str) -> None:
    """Its parent in the tree, and the builtins in parentheses, are its bases."""
    assert {base.__name__ for base in classes()[name].__bases__} == (drawn()[name] or {"Exception"})


def test_the_examples_are_of_every_class() -> None:
    """These tests leave no error out."""
    assert {type(error) for error, _ in ERRORS} == set(classes().values())


@pytest.mark.parametrize(("error", "named"), ERRORS, ids=[str(error) for error, _ in ERRORS])
def test_a_text_names_what_matters(error: EnvatlasError, named: list[str]) -> None:
    """An error's text has its facts, and is one line."""
    text = str(error)
    assert [each for each in named if each not in text] == []
    assert "\n" not in text


@each_error
def test_an_error_survives_pickling(error: EnvatlasError) -> None:
    """An error that crosses to another process is the same there: its class, its text and its facts."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert facts(pickle.loads(pickle.dumps(error, protocol))) == facts(error)


@each_error
def test_an_error_can_be_copied(error: EnvatlasError) -> None:
    """A copy, deep or not, has the same class, text and facts."""
    assert facts(copy.copy(error)) == facts(error)
    assert facts(copy.deepcopy(error)) == facts(error)


@each_error
def test_an_error_can_be_raised_and_shown(error: EnvatlasError) -> None:
    """A traceback of it names its class and shows its text."""
    with pytest.raises(EnvatlasError) as caught:
        raise error
    shown = "".join(traceback.format_exception(caught.value))
    assert f"{type(error).__module__}.{type(error).__name__}: {error}" in shown
    assert caught.value is error


@each_error
def test_an_error_equals_itself_only(error: EnvatlasError) -> None:
    """Two errors of equal facts are two; an error can be kept in a set."""
    again = copy.copy(error)
    assert len({error, again}) == 2


def test_an_owner_is_a_value() -> None:
    """Who declared a variable can be compared, kept in a set, and said in words."""
    assert Owner("acme", "acme-vllm", "1.2") == ACME
    assert len({ACME, Owner("acme", "acme-vllm", "1.2")}) == 1
    assert str(ACME) == "plugin 'acme', acme-vllm 1.2"


def test_a_value_that_is_unfit_names_the_plugin_only_where_there_is_one() -> None:
    """A variable that no plugin declared has an error without one."""
    bare = UnfitValueError("A_PORT", "A_PORT", "1.5", "a whole number", "80", None, "float")
    assert str(bare).endswith("expected a value that is read from a whole number, or such a text")


def test_an_unknown_name_is_asked_for_both_ways() -> None:
    """Whoever catches the error of an attribute, or that of an item, catches it; its text is not quoted."""
    error = UnknownVariableError("A_PROT", "vllm")
    assert isinstance(error, AttributeError)
    assert isinstance(error, KeyError)
    assert str(error) == "no variable 'A_PROT' in the registry 'vllm'."


def test_an_error_names_the_plugin_only_where_there_is_one() -> None:
    """A variable that no plugin declared has an error without one."""
    bare = InvalidValueError("A_PORT", "A_PORT", "two", "a whole number", "80")
    assert str(bare) == "A_PORT='two': expected a whole number; correct it, or unset it for the default, 80"
    unset = DefaultError("A_PATH", "A_PATH", None, "a path", "~/x")
    assert str(unset) == "A_PATH is unset, and its default (~/x) could not be computed; set it to a path"


def test_groups_can_be_taken_apart() -> None:
    """Each error in a group can be caught as what it is."""
    group = InvalidEnvironmentError.of([INVALID])
    matched, rest = group.split(ValueError)
    assert matched is not None
    assert matched.exceptions == (INVALID,)
    assert rest is None
    caught: list[BaseException] = []
    try:
        raise group
    except* InvalidValueError as part:
        caught.extend(part.exceptions)
    assert caught == [INVALID]


def test_a_problem_of_a_duplicate_plugin_says_what_to_do() -> None:
    """The reason can be shown without the plugin's name before it."""
    reason = "envatlas-vllm-engine 0.1.0 has a plugin of that name; uninstall one of them"
    assert DuplicatePluginError(ACME, ENGINE).reason == reason
