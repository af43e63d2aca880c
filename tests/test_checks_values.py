"""Checks of values: what cannot be read, what the documentation does not allow, and what to type instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NoReturn

import pytest

from envatlas import (
    Between,
    Choice,
    Computed,
    EachOf,
    Integer,
    IntegerFlag,
    Kind,
    Matches,
    OneOf,
    Severity,
    Text,
    ThisHost,
    UpperText,
    Variable,
)
from envatlas import Path as PathKind
from envatlas.checks.suggestions import nearest_allowed
from envatlas.environs import Environ, Place, Untold, Via
from tests.test_checks import FILE, findings, in_file, only, variables_of

if TYPE_CHECKING:
    from tests.conftest import Site


def fails(_environ: Mapping[str, str]) -> NoReturn:
    """Compute no default."""
    raise RuntimeError("no folder")


def test_a_text_that_cannot_be_read_is_an_error() -> None:
    """It names the variable, the text, what is expected, and who declares it."""
    found = only({"VLLM_PORT": "five"})
    assert (found.code, found.severity, found.variable) == ("invalid-value", Severity.ERROR, "VLLM_PORT")
    assert found.found == "VLLM_PORT='five' cannot be read: expected a whole number"
    assert "plugin 'engine', envatlas-vllm-engine" in found.why
    assert found.remedy == "unset VLLM_PORT"


def test_a_text_is_named_by_the_name_that_it_was_read_from(site: Site) -> None:
    """Which is what the operator has to correct."""
    registry = variables_of(site, Variable("A_PORT", Integer(), default=None, help="Port.", reads=("A_PORT", "PORT")))
    assert only({"PORT": "x"}, registry=registry).variable == "PORT"


@pytest.mark.parametrize("text", ['"5000"', "'5000'", "\ufeff5000", "5000\u200b", ' "5000" \r'])
def test_a_number_in_what_cannot_be_seen_is_corrected(text: str) -> None:
    """Quotes that docker keeps, and letters that no editor shows: the number in them is the remedy."""
    found = only({"VLLM_PORT": text})
    assert (found.code, found.remedy) == ("invalid-value", "export VLLM_PORT=5000")
    assert found.found.rpartition("; ")[2].startswith("it ")


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("VLLM_USE_V1", "false", "0"),
        ("VLLM_USE_V1", "TRUE", "1"),
        ("VLLM_ENABLE_V1_MULTIPROCESSING", " no ", "0"),
        ("VLLM_ROCM_FP8_PADDING", "no", "0"),
        ("VLLM_MLA_DISABLE", "true", "1"),
        ("VLLM_USE_TRITON_AWQ", "'true'", "1"),
        ("VLLM_CONFIGURE_LOGGING", "off", "0"),
        ("VLLM_TRACE_FUNCTION", "on", "1"),
    ],
)
def test_a_flag_in_another_flags_words_is_corrected_to_what_they_say(name: str, text: str, meant: str) -> None:
    """Without it, its default would count, which may be the other way; a number that may be 0 or 1 is a flag."""
    found = only({name: text})
    assert (found.code, found.remedy) == ("invalid-value", f"export {name}={meant}")


@pytest.mark.parametrize("name", ["VLLM_PORT", "VLLM_DP_RANK", "VLLM_CPU_KVCACHE_SPACE"])
def test_a_number_in_a_flags_words_is_not_guessed(name: str) -> None:
    """It is none that could be on or off."""
    found = next(each for each in findings({name: "true"}) if each.variable == name)
    assert found.remedy == f"unset {name}"


def test_a_flag_that_does_not_read_what_it_writes_has_no_correction(site: Site) -> None:
    """A plugin's kind may be wrong about itself."""

    class Loud(IntegerFlag):
        __slots__ = ()
        on = "ON"

    registry = variables_of(site, Variable("A_FLAG", Loud(), default=False, help="F."))
    assert only({"A_FLAG": "true"}, registry=registry).remedy == "unset A_FLAG"


def test_a_choice_that_does_not_exist_is_corrected_to_the_nearest(site: Site) -> None:
    """A kind of choices knows them."""
    registry = variables_of(site, Variable("A_WAY", Choice("fork", "spawn"), default=None, help="How."))
    assert only({"A_WAY": "Spwan"}, registry=registry).remedy == "export A_WAY=spawn"
    assert only({"A_WAY": "thread"}, registry=registry).remedy == "unset A_WAY"


def test_a_secret_that_cannot_be_read_is_not_shown(site: Site) -> None:
    """Neither is what it would be without the quotes, nor the nearest choice."""
    registry = variables_of(site, Variable("A_KEY", Choice("fork", "spawn"), default=None, help="K.", secret=True))
    found = only({"A_KEY": '"fork"'}, registry=registry)
    assert found.found.startswith("A_KEY=<secret> cannot be read: ")
    assert found.remedy == "set A_KEY again, without what stands around the text"
    assert only({"A_KEY": "forks"}, registry=registry).remedy == "unset A_KEY"


@pytest.mark.parametrize(
    ("name", "text", "allowed", "remedy"),
    [
        ("VLLM_WORKER_MULTIPROC_METHOD", "Fork", "one of 'fork', 'spawn'", "export {}=fork"),
        ("VLLM_WORKER_MULTIPROC_METHOD", "spawn ", "one of 'fork', 'spawn'", "export {}=spawn"),
        ("VLLM_WORKER_MULTIPROC_METHOD", "spwan", "one of 'fork', 'spawn'", "export {}=spawn"),
        ("VLLM_WORKER_MULTIPROC_METHOD", "", "one of 'fork', 'spawn'", "unset {}"),
        ("VLLM_FLASH_ATTN_VERSION", "4", "one of 2, 3", "export {}=3"),
        ("VLLM_PORT", "70000", "from 0 to 65535", "export {}=65535"),
        ("VLLM_RPC_TIMEOUT", "0", "at least 1", "export {}=1"),
        ("VLLM_RAY_PER_WORKER_GPUS", "nan", "at least 0", "unset {}, or set it to another value: at least 0"),
        (
            "MAX_JOBS",
            "many",
            "a whole number of at least 1",
            "unset {}, or set it to another value: a whole number of at least 1",
        ),
        ("VLLM_DISABLED_KERNELS", "MarlinLinearKernl", "a list, each one of", "export {}=MarlinLinearKernel"),
        (
            "VLLM_DISABLED_KERNELS",
            "MacheteLinearKernel, MarlinLinearKernel",
            "a list, each one of",
            "export {}=MacheteLinearKernel,MarlinLinearKernel",
        ),
        ("VLLM_DISABLED_KERNELS", "", "a list, each one of", "unset {}"),
        ("VLLM_TORCH_PROFILER_DIR", "traces", "an absolute path", 'export {}="$PWD"/traces'),
        ("VLLM_TORCH_PROFILER_DIR", '"/traces"', "an absolute path; it has quotes", "export {}=/traces"),
    ],
)
def test_a_text_outside_the_documentation_is_a_warning(name: str, text: str, allowed: str, remedy: str) -> None:
    """It says what is allowed, and what to type for what is nearest to that."""
    found = next(each for each in findings({name: text}) if each.variable == name)
    assert (found.code, found.severity) == ("unexpected-value", Severity.WARNING)
    assert f"{name}={text!r} is not what the documentation allows: {allowed}" in found.found
    assert found.remedy == remedy.replace("{}", name)


def test_a_number_that_is_none_is_near_to_nothing() -> None:
    """No bound is nearer to it than the other, and no choice."""
    assert nearest_allowed(Between(minimum=0), float("nan")) is None
    assert nearest_allowed(OneOf(2, 3), float("nan")) is None


@pytest.mark.parametrize(
    ("expects", "value", "nearest"),
    [
        (OneOf("a", 1), "a ", "a"),
        (OneOf("INFO"), "nothing like it", None),
        (OneOf("a"), 5, None),
        (OneOf(1, 5), [], None),
        (Between(1, 2), 0, 1),
        (Between(1, 2), 3, 2),
        (Between(maximum=2), 3, 2),
        (Between(1), "x", None),
        (EachOf(OneOf("fork")), ["fork", "nothing like it"], None),
        (EachOf(OneOf("fork")), "fork", None),
        (Matches("a", "an a"), "b", None),
    ],
)
def test_the_nearest_value_is_one_that_is_allowed(expects: Between, value: object, nearest: object) -> None:
    """Or there is none."""
    assert nearest_allowed(expects, value) == nearest
    assert nearest is None or expects.allows(nearest)


@pytest.mark.parametrize("kind", [Text(), UpperText()], ids=repr)
def test_an_allowed_value_that_no_text_stands_for_is_no_remedy(site: Site, kind: Kind[object]) -> None:
    """A plugin may expect what its kind cannot write."""
    expects = OneOf("CPU", "cpu-only", "gpu-only")
    registry = variables_of(site, Variable("A_WORD", kind, default=None, help="W.", expects=expects))
    remedy = "export A_WORD=gpu-only" if kind == Text() else "unset A_WORD"
    assert only({"A_WORD": "gpu_only"}, registry=registry).remedy == remedy


def test_a_secret_that_is_not_allowed_is_not_shown(site: Site) -> None:
    """Nor what is near to it."""
    registry = variables_of(
        site, Variable("A_KEY", Text(), default=None, help="K.", secret=True, expects=OneOf("marker-a", "marker-b"))
    )
    found = only({"A_KEY": "marker-c"}, registry=registry)
    assert found.found.startswith("A_KEY=<secret> is not what the documentation allows")
    assert found.remedy == "unset A_KEY"


class Raises:
    """An expectation that cannot tell."""

    def allows(self, value: object) -> bool:
        """Fail, but for what the declaration itself asks."""
        raise RuntimeError("cannot tell")

    def describe(self) -> str:
        """Say nothing."""
        return "anything"


def test_an_expectation_that_fails_is_a_finding(site: Site) -> None:
    """It is the plugin's fault, and hides no other finding."""
    registry = variables_of(site, Variable("A_WORD", Text(), default=None, help="W.", expects=Raises()))
    found = only({"A_WORD": "x"}, registry=registry)
    assert (found.code, found.variable, found.remedy) == ("check-failed", "A_WORD", "pip install --upgrade acme-vllm")
    assert "expects raised RuntimeError" in found.found


@pytest.mark.parametrize("depends", [None, ()], ids=["on the machine", "on nothing else"])
def test_a_default_that_cannot_be_computed_is_an_error(site: Site, depends: tuple[str, ...] | None) -> None:
    """As long as it is the default that counts."""
    default = Computed(fails, "the first free folder", depends)
    registry = variables_of(site, Variable("A_PATH", PathKind(), default=default, help="The folder."))
    found = only({}, registry=registry, host=ThisHost())
    assert (found.code, found.severity, found.variable) == ("invalid-value", Severity.ERROR, "A_PATH")
    assert found.found == "A_PATH is unset, and its default cannot be computed: the first free folder"
    assert found.remedy == "set A_PATH to a path"
    assert findings({"A_PATH": "/folder"}, registry=registry, host=ThisHost()) == []


def test_a_default_of_another_machine_is_not_computed_here(site: Site) -> None:
    """What it depends on beside the environment is that machine's."""
    registry = variables_of(site, Variable("A_PATH", PathKind(), default=Computed(fails, "a folder"), help="A folder."))
    assert findings({}, registry=registry) == []


HOME: Final = {"HOME": Untold(FILE, "it is in a Secret")}


def test_what_depends_on_a_text_that_is_not_told_is_not_known() -> None:
    """Neither a value nor a default is found to be wrong for that."""
    assert findings(Environ(FILE, {"VLLM_CACHE_ROOT": "~/cache"}, untold=HOME)) == []
    assert findings(Environ(FILE, {}, untold={**HOME, "VLLM_PORT": Untold(FILE, "as above")})) == []


@pytest.mark.parametrize(
    ("via", "remedy", "other"),
    [
        (Via.PROCESS, "export VLLM_PORT=65535", "unset LOCAL_RANK"),
        (Via.ENV_FILE, "write VLLM_PORT=65535", "delete LOCAL_RANK"),
        (Via.MANIFEST, 'set VLLM_PORT to "65535"', "delete LOCAL_RANK"),
        (Via.CONFIG_MAP, 'set VLLM_PORT to "65535"', "delete LOCAL_RANK"),
    ],
)
def test_the_remedy_is_for_where_the_variable_is_set(via: Via, remedy: str, other: str) -> None:
    """A shell's line for a process, and a file's line for a file."""
    found = {each.variable: each.remedy for each in findings(in_file({"VLLM_PORT": "70000", "LOCAL_RANK": "x"}, via))}
    assert found == {"VLLM_PORT": remedy, "LOCAL_RANK": other}


def test_a_secret_that_depends_on_a_text_that_is_not_told_is_not_known(site: Site) -> None:
    """Its error does not tell why it cannot be read."""
    registry = variables_of(site, Variable("A_KEY_FILE", PathKind(), default=None, help="F.", secret=True))
    place = Place("deploy.yaml", container="Pod vllm, container engine", via=Via.MANIFEST)
    assert findings(Environ(place, {"A_KEY_FILE": "~/key"}), registry=registry, code="invalid-value") == []


@pytest.mark.parametrize(("name", "text"), [("VLLM_TORCH_PROFILER_DIR", "./a"), ("CUDA_HOME", "~/a")])
def test_an_absolute_path_for_a_file_is_made_up(name: str, text: str) -> None:
    """A file has no working directory to start from, nor a home."""
    assert only(in_file({name: text})).remedy == f"write {name}=/path/to/a"
