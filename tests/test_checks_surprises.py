"""Checks of values that can be read, are allowed, and do not mean what they seem to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas import Computed, Integer, NonemptyFlag, Path, Scope, Severity, Text, Variable
from envatlas.checks.impurities import cleaned, impurity, is_plain
from envatlas.checks.remedies import make_absolute, rename, set_to, unset, where_set
from envatlas.environs import Environ, Place, Untold, Via
from envatlas.vllm import registry as vllm
from tests.test_checks import FILE, findings, in_file, only, variables_of
from tests.test_checks_values import fails

if TYPE_CHECKING:
    from tests.conftest import Site

NBSP: Final = "\u00a0"


@pytest.mark.parametrize(
    ("name", "text", "value", "remedy"),
    [
        ("VLLM_KEEP_ALIVE_ON_ENGINE_DEATH", "0", True, "unset {}"),
        ("VLLM_KEEP_ALIVE_ON_ENGINE_DEATH", "False", True, "unset {}"),
        ("VLLM_KEEP_ALIVE_ON_ENGINE_DEATH", "no", True, "unset {}"),
        ("VLLM_KEEP_ALIVE_ON_ENGINE_DEATH", '"0"', True, "unset {}"),
        ("VLLM_DO_NOT_TRACK", "true", False, "export {}=1"),
        ("VLLM_DO_NOT_TRACK", "yes", False, "export {}=1"),
        ("VLLM_DO_NOT_TRACK", " 1", False, "export {}=1"),
        ("DO_NOT_TRACK", "true", False, "export {}=1"),
        ("VLLM_USE_MODELSCOPE", "1", False, "export {}=true"),
        ("VLLM_ALLOW_LONG_MAX_MODEL_LEN", "on", False, "export {}=1"),
        ("VLLM_USE_TRITON_FLASH_ATTN", "yes", False, "unset {}"),
        ("VLLM_TEST_DYNAMO_FULLGRAPH_CAPTURE", "false", True, "export {}=0"),
        ("VLLM_TEST_DYNAMO_FULLGRAPH_CAPTURE", " 0", True, "export {}=0"),
        ("VLLM_OPENVINO_ENABLE_QUANTIZED_WEIGHTS", "yes", False, "export {}=1"),
    ],
)
def test_a_flag_that_is_read_the_other_way_is_a_warning(name: str, text: str, value: bool, remedy: str) -> None:
    """A text that everybody takes for on is off, or the other way round; the remedy says what was meant."""
    found = only({name: text})
    assert (found.code, found.severity, found.variable) == ("surprising-value", Severity.WARNING, name)
    assert found.found == f"{name}={text!r} is read as {value}"
    assert found.remedy == remedy.format(name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("VLLM_KEEP_ALIVE_ON_ENGINE_DEATH", "1"),
        ("VLLM_KEEP_ALIVE_ON_ENGINE_DEATH", ""),
        ("VLLM_DO_NOT_TRACK", "1"),
        ("VLLM_DO_NOT_TRACK", "0"),
        ("VLLM_DO_NOT_TRACK", "false"),
        ("VLLM_DO_NOT_TRACK", ""),
        ("VLLM_USE_MODELSCOPE", "TRUE"),
        ("VLLM_ALLOW_LONG_MAX_MODEL_LEN", " 1 "),
        ("VLLM_USE_V1", "2"),
        ("VLLM_PORT", " 5000 "),
        ("VLLM_HOST_IP", ""),
        ("VLLM_HOST_IP", "10.0.0.1"),
        ("VLLM_CACHE_ROOT", "/cache"),
        ("VLLM_CACHE_ROOT", "~/cache"),
        ("VLLM_NCCL_SO_PATH", "libnccl.so.2"),
    ],
)
def test_a_value_that_means_what_it_says_has_no_finding(name: str, text: str) -> None:
    """Space that a kind ignores is none, nor is a library that the loader looks for."""
    assert findings({name: text}) == []


def test_a_secret_flag_is_not_told(site: Site) -> None:
    """What it is read as would show what it is."""
    registry = variables_of(site, Variable("A_KEY", NonemptyFlag(), default=None, help="K.", secret=True))
    assert findings({"A_KEY": "0"}, registry=registry) == []


def test_a_name_that_another_overrules_is_a_warning() -> None:
    """Both are named, and the one that counts is the one to remove."""
    found = only({"VLLM_DO_NOT_TRACK": "0", "DO_NOT_TRACK": "1"})
    assert (found.code, found.severity, found.variable) == ("surprising-value", Severity.WARNING, "VLLM_DO_NOT_TRACK")
    assert found.found == "VLLM_DO_NOT_TRACK='0' counts, and DO_NOT_TRACK='1' does not"
    assert found.remedy == "unset VLLM_DO_NOT_TRACK"


@pytest.mark.parametrize(
    "environ",
    [
        {"VLLM_DO_NOT_TRACK": "1", "DO_NOT_TRACK": "1"},
        {"VLLM_DO_NOT_TRACK": "0", "DO_NOT_TRACK": "false"},
        {"VLLM_DO_NOT_TRACK": "", "DO_NOT_TRACK": "1"},
        {"VLLM_DO_NOT_TRACK": "0"},
    ],
    ids=str,
)
def test_names_that_agree_have_no_finding(environ: dict[str, str]) -> None:
    """It is no matter which of them counts."""
    assert findings(environ) == []


def test_a_name_whose_text_is_not_told_overrules_nothing() -> None:
    """Whether it is empty is not known."""
    environ = Environ(FILE, {"DO_NOT_TRACK": "1"}, untold={"VLLM_DO_NOT_TRACK": Untold(FILE, "it is in a Secret")})
    assert findings(environ) == []


def test_texts_of_which_one_cannot_be_read_do_not_agree(site: Site) -> None:
    """What counts is named, and a secret's text is not shown."""
    registry = variables_of(
        site, Variable("A_KEY", Integer(), default=None, help="K.", secret=True, reads=("A_KEY", "KEY"))
    )
    found = only({"A_KEY": "5", "KEY": "x"}, registry=registry)
    assert found.found == "A_KEY=<secret> counts, and KEY=<secret> does not"


@pytest.mark.parametrize(
    ("name", "text", "severity", "said"),
    [
        ("VLLM_USAGE_SOURCE", "", Severity.WARNING, "is not unset: it is read as '', and unset as 'production'"),
        ("VLLM_USE_TRITON_FLASH_ATTN", "", Severity.WARNING, "is not unset: it is read as False, and unset as True"),
        ("VLLM_KEEP_ALIVE_ON_ENGINE_DEATH", " ", Severity.WARNING, "is not empty: it is read as True"),
        ("VLLM_HOST_IP", '""', Severity.WARNING, "is not empty: it is read as '\"\"', and unset as ''"),
        ("S3_ENDPOINT_URL", "", Severity.NOTE, "is not unset: it is read as '', and unset as None"),
        ("VLLM_CACHE_ROOT", "", Severity.WARNING, "is not unset: it is read as ''"),
    ],
)
def test_an_empty_text_that_is_not_as_good_as_none_is_found(
    name: str, text: str, severity: Severity, said: str
) -> None:
    """A warning, where it changes something, and a note where both are nothing."""
    found = only({name: text})
    assert (found.code, found.severity, found.remedy) == ("surprising-value", severity, f"unset {name}")
    assert said in found.found


def test_an_empty_secret_is_found_without_showing_what_it_is() -> None:
    """That it is empty is why it matters."""
    assert only({"VLLM_API_KEY": ""}).found == "VLLM_API_KEY is empty, and does not count as unset"
    assert only({"VLLM_API_KEY": "''"}).found.startswith("VLLM_API_KEY has nothing in it but space or quotes")


@pytest.mark.parametrize("secret", [False, True])
def test_an_empty_text_is_not_compared_with_a_default_that_cannot_be_computed(site: Site, secret: bool) -> None:
    """Nothing is known that it could be compared with."""
    default = None if secret else Computed(fails, "a text")
    registry = variables_of(site, Variable("A_TEXT", Text(), default=default, help="T.", secret=secret))
    assert len(findings({"A_TEXT": ""}, registry=registry)) == int(secret)


@pytest.mark.parametrize(
    ("name", "text", "severity", "said", "remedy"),
    [
        ("VLLM_HOST_IP", f"10.0.0.1{NBSP}", Severity.WARNING, "space around it that is no plain", "10.0.0.1"),
        ("VLLM_HOST_IP", "\ufeff10.0.0.1", Severity.WARNING, "letters around it that are not shown", "10.0.0.1"),
        ("VLLM_HOST_IP", "10.0.0.1\r", Severity.WARNING, "ends with a carriage return", "10.0.0.1"),
        ("VLLM_HOST_IP", "10.0.0.1\n", Severity.WARNING, "space around it", "10.0.0.1"),
        ("VLLM_HOST_IP", '"10.0.0.1"', Severity.WARNING, "quotes around it", "10.0.0.1"),
        ("VLLM_CACHE_ROOT", " /cache", Severity.WARNING, "space around it", "/cache"),
        ("VLLM_PORT", f"{NBSP}5000", Severity.NOTE, "space around it that is no plain space", "5000"),
        ("VLLM_PORT", "5000\r\n", Severity.NOTE, "ends with a carriage return", "5000"),
        ("VLLM_LOGGING_PREFIX", "[vllm] ", Severity.NOTE, "space around it", "'[vllm]'"),
    ],
)
def test_what_stands_around_a_text_is_found(name: str, text: str, severity: Severity, said: str, remedy: str) -> None:
    """A warning, where it becomes part of the value; a note where it does not, or may be meant."""
    found = only({name: text})
    assert (found.code, found.severity) == ("surprising-value", severity)
    assert said in found.found
    assert found.remedy == f"export {name}={remedy}"


def test_what_stands_around_a_secret_is_found_without_showing_it() -> None:
    """A line's end from a file is the usual one, and no client sends it."""
    found = only({"VLLM_API_KEY": "sk-marker\n"})
    assert found.severity is Severity.WARNING
    assert found.remedy == "set VLLM_API_KEY again, without what stands around the text"
    assert "marker" not in repr(found)


def test_a_text_that_needs_what_stands_around_it_has_no_finding(site: Site) -> None:
    """Without it, the text could not be read."""

    class Quoted(Text):
        def parse(self, text: str) -> str:
            """Take nothing without quotes."""
            if not text.startswith('"'):
                raise ValueError(text)
            return text

    registry = variables_of(site, Variable("A_TEXT", Quoted(), default=None, help="T."))
    assert findings({"A_TEXT": '"x"'}, registry=registry) == []


@pytest.mark.parametrize(
    ("name", "text", "reference", "remedy"),
    [
        ("VLLM_CACHE_ROOT", "$HOME/x", "$HOME", '"$HOME/x"'),
        ("VLLM_CACHE_ROOT", "/a `$b`/${HOME}", "$b", '"/a \\`$b\\`/${HOME}"'),
        ("VLLM_HOST_IP", "${POD_IP}", "${POD_IP}", '"${POD_IP}"'),
        ("VLLM_HOST_IP", "$POD_IP", "$POD_IP", '"$POD_IP"'),
        ("VLLM_HOST_IP", "'$POD_IP'", "", "'$POD_IP'"),
    ],
)
def test_a_reference_that_nothing_replaced_is_a_warning(name: str, text: str, reference: str, remedy: str) -> None:
    """A shell replaces it in double quotes; in what is no path, one without braces is not taken for one."""
    found = only({name: text})
    assert (found.code, found.severity) == ("surprising-value", Severity.WARNING)
    assert found.remedy == f"export {name}={remedy}"
    assert found.found.endswith(f": nothing replaced {reference}") is bool(reference)


@pytest.mark.parametrize("text", ["costs $5", "a$b", "$(POD_IP)", "$$"])
def test_a_dollar_sign_in_a_text_may_be_meant(text: str) -> None:
    """In what is no path."""
    assert findings({"VLLM_HOST_IP": text}) == []


def test_a_reference_in_a_secret_is_not_told() -> None:
    """Such a text is as good as any."""
    assert findings({"VLLM_API_KEY": "${KEY}"}) == []


@pytest.mark.parametrize(
    ("place", "remedy"),
    [
        (Place("a.yaml", container="Pod vllm, container a", via=Via.MANIFEST), 'set {} to "$(HOME)/x", below what'),
        (Place("a.yaml", container="service vllm", via=Via.COMPOSE), "write out what {} refers to"),
        (Place("a.yaml", container="Pod vllm, container a", via=Via.CONFIG_MAP), "write out what {} refers to"),
        (Place("a.env", via=Via.ENV_FILE), "write out what {} refers to"),
    ],
    ids=str,
)
def test_a_reference_in_a_file_is_replaced_as_the_file_can(place: Place, remedy: str) -> None:
    """Kubernetes replaces another form of it; where nothing does, its text has to be written."""
    name = "VLLM_CACHE_ROOT"
    assert only(Environ(place, {name: "${HOME}/x"}, {name: place})).remedy.startswith(remedy.format(name))


def test_a_reference_in_what_cannot_be_read_or_is_not_allowed_is_to_be_replaced() -> None:
    """It is why."""
    assert only({"VLLM_PORT": "${PORT}"}).remedy == 'export VLLM_PORT="${PORT}"'
    assert only({"VLLM_TORCH_PROFILER_DIR": "$HOME/x"}).remedy == 'export VLLM_TORCH_PROFILER_DIR="$HOME/x"'


@pytest.mark.parametrize(
    ("text", "remedy"),
    [("cache", '"$PWD"/cache'), ("./cache", '"$PWD"/cache'), ("my cache/x", "\"$PWD\"/'my cache/x'")],
)
def test_a_relative_path_is_a_note(text: str, remedy: str) -> None:
    """It is another place in each process."""
    found = only({"VLLM_CACHE_ROOT": text})
    assert (found.code, found.severity) == ("surprising-value", Severity.NOTE)
    assert found.remedy == f"export VLLM_CACHE_ROOT={remedy}"


def test_a_home_that_is_not_expanded_is_a_relative_path() -> None:
    """The shell would expand it, and the application does not."""
    assert only({"CUDA_HOME": "~/cuda"}).remedy == 'export CUDA_HOME="$HOME"/cuda'


def test_a_relative_path_of_a_build_is_usual(site: Site) -> None:
    """It is below the folder where it is built."""
    registry = variables_of(site, Variable("A_PATH", Path(), default=None, help="P.", scope=Scope.BUILD))
    assert findings({"A_PATH": "build"}, registry=registry) == []


SPACES: Final = st.text(st.sampled_from(" \t\r\n\u00a0\u2003\u200b\ufeff"))


@given(before=SPACES, text=st.text(min_size=1), after=SPACES)
def test_a_text_is_cleaned_once(before: str, text: str, after: str) -> None:
    """What is around it is gone, and what is clean is found clean."""
    assert cleaned(before + text + after) == cleaned(text)
    assert (impurity(cleaned(text)) == "") or cleaned(cleaned(text)) != cleaned(text)


@given(text=st.text())
def test_a_text_with_something_around_it_has_words_for_it(text: str) -> None:
    """Exactly the texts that cleaning changes have."""
    assert bool(impurity(text)) is (cleaned(text) != text)


def test_space_is_plain_where_every_program_takes_it_for_space() -> None:
    """A carriage return is not."""
    assert [is_plain(text) for text in (" a\t\n", "a", "a\r", f"a{NBSP}", '"a"')] == [True, True, False, False, False]


def test_a_remedy_is_one_line_that_a_shell_takes() -> None:
    """A text that cannot be shown is not quoted, and a name that no shell knows is left out of the environment."""
    assert set_to("A_TEXT", "a\nb", {}) == "correct A_TEXT, or unset A_TEXT"
    assert set_to("A_TEXT", "it's", {}) == "export A_TEXT='it'\"'\"'s'"
    assert unset("A-B", {}) == "env -u A-B ..."
    assert rename("A-B", "A_B", {}) == "env -u A-B ..."
    assert unset("\u00c4", {}) == "env -u '\u00c4' ..."
    assert make_absolute("A_PATH", "a\nb", {}) == "correct A_PATH, or unset A_PATH"
    assert rename("A B", "A_B", in_file({"A B": ""})) == "rename 'A B' to A_B"
    assert unset("A_B\u200b", in_file({})) == r"delete 'A_B\u200b'"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a #b", "write A_TEXT='a #b'"),
        ("c$d", "write A_TEXT='c$d'"),
        ("plain", "write A_TEXT=plain"),
        ("${d}", "correct A_TEXT, or delete A_TEXT"),
    ],
)
def test_a_line_for_an_env_file_is_read_as_it_is_meant(text: str, line: str) -> None:
    """In quotes where the file needs them."""
    assert set_to("A_TEXT", text, in_file({"A_TEXT": ""})) == line


@pytest.mark.parametrize("remedy", ["do not use the driver's default", "nvidia-smi -L", ""])
def test_what_a_plugin_says_in_words_is_the_same_in_a_file(remedy: str) -> None:
    """It is no shell's command that sets a variable, and may not be read as one."""
    assert where_set(remedy, "A_TEXT", in_file({"A_TEXT": ""})) == remedy


@pytest.mark.parametrize(
    ("via", "text", "written"),
    [
        (Via.COMPOSE, "c$d", "c$$d"),
        (Via.MANIFEST, "c$d", "c$d"),
        (Via.MANIFEST, "$(d)$$", "$$(d)$$$"),
        (Via.CONFIG_MAP, "$(d)$$", "$(d)$$"),
    ],
)
def test_a_text_for_a_manifest_has_no_reference(via: Via, text: str, written: str) -> None:
    """What Compose or Kubernetes would take for one is escaped as each wants it."""
    assert set_to("A_TEXT", text, in_file({"A_TEXT": ""}, via)) == f'set A_TEXT to "{written}"'


def test_every_bundled_variable_may_have_any_of_the_usual_texts() -> None:
    """There is one finding of its value at most, for each variable and text."""
    for text in ("", " ", "0", "1", "true", '"1"', f"1{NBSP}", "x", "-1", "~/x", "x\r"):
        for variable in vllm:
            if variable.name != vllm.filter_variable:
                found = findings({variable.sources[0]: text})
                of_value = [each for each in found if each.code.endswith("-value")]
                assert len(of_value) <= 1, (variable.name, text)
