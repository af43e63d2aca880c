"""What is exported: texts that read the same wherever they are all that is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from envatlas import Integer, OneFlag, Text, Variable, user_cache
from envatlas.formats.exports.contents import contents_of
from envatlas.kinds import Kind
from envatlas.numbers import Number
from envatlas.redaction import holds_secret
from envatlas.vllm import registry

PORT: Final[Variable[int | None]] = Variable("A_PORT", Integer(), default=80, help="The port.")
SIZE: Final[Variable[int | None]] = Variable("A_SIZE", Integer(), default=None, help="The size.")
FOLDER: Final = Variable("A_FOLDER", Text(), default=user_cache("a"), help="The folder.")
KEY: Final[Variable[str | None]] = Variable("A_KEY", Text(), default=None, help="The key.", secret=True)
QUIET: Final = Variable("A_QUIET", OneFlag(), default=False, help="Says less.", reads=("A_MUTE", "QUIET"))

NAMES: Final = sorted({name for each in registry for name in each.sources})
ENVIRONS: Final = st.dictionaries(
    st.sampled_from(NAMES), st.sampled_from(["", " ", "0", "1", "true", "5000", "cuda", "~/x"]) | st.text()
)


SECRETS: Final = {name for each in registry if each.secret for name in each.sources}


def tells_no_secret(environ: Mapping[str, str]) -> bool:
    """Return whether no variable but a secret holds the text of one."""
    return not any(holds_secret(text, SECRETS - {name}, environ) for name, text in environ.items())


def readings(environ: Mapping[str, str]) -> dict[str, tuple[object, str | None, bool]]:
    """Return of each variable its value, the text that it was read from, and whether it can be read."""
    explained = (registry.explain(each.name, environ) for each in registry if not each.secret)
    return {each.variable.name: (each.value, each.text, each.error is None) for each in explained}


@given(environ=ENVIRONS.filter(tells_no_secret))
def test_what_is_exported_reads_the_same(environ: dict[str, str]) -> None:
    """Each variable has the value and the text that it had, or is refused as it was."""
    assert readings(contents_of(registry, [*registry], environ).texts) == readings(environ)


@given(environ=ENVIRONS.filter(tells_no_secret))
def test_the_texts_of_defaults_read_as_the_defaults(environ: dict[str, str]) -> None:
    """Setting what was unset changes no value, of no variable."""
    texts = contents_of(registry, [*registry], environ, with_unset=True).texts
    assert {name: value for name, (value, _, _) in readings(texts).items()} == {
        name: value for name, (value, _, _) in readings(environ).items()
    }


def test_every_variable_is_exported_or_commented_on() -> None:
    """With all of them asked for."""
    contents = contents_of(registry, [*registry], {}, with_unset=True)
    assert {each.sources[0] for each in registry} == contents.texts.keys() | contents.comments.keys()
    assert contents.texts["VLLM_RPC_TIMEOUT"] == "10000"
    assert contents.comments["VLLM_PORT"] == "VLLM_PORT is unset; its default is None."


def test_a_default_that_is_computed_is_a_comment() -> None:
    """Its value is this machine's."""
    contents = contents_of([FOLDER, SIZE], [FOLDER, SIZE], {}, with_unset=True)
    assert contents.texts == {}
    assert contents.comments["A_FOLDER"] == "A_FOLDER is unset; its default is ~/.cache/a, or $XDG_CACHE_HOME/a."


def test_a_default_whose_text_another_variable_would_read_is_a_comment() -> None:
    """It would change the other's value."""
    other = Variable("B_PORT", Integer(), default=8080, help="The other.", reads=("B_PORT", "A_PORT"))
    contents = contents_of([PORT, other], [PORT, other], {}, with_unset=True)
    assert contents.texts == {"B_PORT": "8080"}
    assert contents.comments.keys() == {"A_PORT"}


def test_a_variable_is_exported_under_the_names_that_it_is_read_from() -> None:
    """All that are set; and its default under the first, not under its own, which nothing reads."""
    environ = {"A_MUTE": "", "QUIET": "1", "A_QUIET": "1"}
    assert contents_of([QUIET], [QUIET], environ).texts == {"A_MUTE": "", "QUIET": "1"}
    assert contents_of([QUIET], [QUIET], {"A_QUIET": "1"}, with_unset=True).texts == {"A_MUTE": "0"}


def test_a_secret_is_left_out_unless_it_is_asked_for() -> None:
    """Whatever reads it; that it is set is said."""
    reader = Variable("A_TOKEN", Text(), default=None, help="The token.", reads=("A_KEY", "A_TOKEN"))
    environ = {"A_KEY": "sk-1", "A_TOKEN": "t"}
    without = contents_of([KEY, reader], [KEY, reader], environ, with_unset=True, with_help=True)
    assert (without.texts, without.secrets, without.left_out) == ({"A_TOKEN": "t"}, set(), ("A_KEY",))
    assert without.comments == {"A_TOKEN": "The token."}
    asked = contents_of([KEY], [KEY], environ, asked={"A_KEY"})
    assert (asked.texts, asked.secrets, asked.left_out) == ({"A_KEY": "sk-1"}, {"A_KEY"}, ())


def test_contents_show_no_text() -> None:
    """Their representation is that of any object."""
    assert "sk-1" not in repr(contents_of([KEY], [KEY], {"A_KEY": "sk-1"}, asked={"A_KEY"}))


def test_the_help_is_a_comment_where_it_is_asked_for() -> None:
    """Behind what is said of an unset variable."""
    contents = contents_of([PORT, SIZE], [PORT, SIZE], {"A_PORT": "1"}, with_help=True)
    assert contents.comments == {"A_PORT": "The port."}
    contents = contents_of([PORT, SIZE], [PORT, SIZE], {"A_PORT": "1"}, with_unset=True, with_help=True)
    assert contents.comments == {"A_PORT": "The port.", "A_SIZE": "A_SIZE is unset; its default is None. The size."}


def test_any_default_that_has_a_text_is_exported() -> None:
    """As its kind renders it."""
    limits: list[tuple[Kind[object], object, str]] = [(Number(), float("inf"), "inf"), (Text(), "", "")]
    for kind, default, text in limits:
        limit = Variable("A_LIMIT", kind, default=default, help="The limit.")
        assert contents_of([limit], [limit], {}, with_unset=True).texts == {"A_LIMIT": text}


def test_what_holds_the_text_of_a_secret_is_one() -> None:
    """Whatever it is called: it is left out unless it is asked for, and then it is a secret of the export."""
    environ = {"VLLM_API_KEY": "sk-12345678", "VLLM_LOGGING_PREFIX": "key sk-12345678", "VLLM_PORT": "5000"}
    contents = contents_of(registry, [*registry], environ)
    assert contents.texts == {"VLLM_PORT": "5000"}
    assert contents.left_out == ("VLLM_API_KEY", "VLLM_LOGGING_PREFIX")
