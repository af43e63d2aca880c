"""Redaction: no text that envatlas passes on shows a secret."""

from __future__ import annotations

import base64
import json
import shlex
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envatlas.redaction import SHOWN_AS, hide_secrets

LETTERS = st.text("abcd", min_size=4, max_size=8)


def test_a_secret_is_replaced_wherever_it_is() -> None:
    """Every occurrence goes, and the words around stay."""
    assert hide_secrets("sk-123 is not sk-1234", ["KEY"], {"KEY": "sk-123"}) == "<secret> is not <secret>4"


def test_a_variable_that_is_not_named_is_shown() -> None:
    """Only secrets are hidden."""
    assert hide_secrets("port 5000", ["KEY"], {"KEY": "sk-123", "PORT": "5000"}) == "port 5000"


def test_a_secret_that_is_not_set_hides_nothing() -> None:
    """An unset or empty secret has no text that could be replaced."""
    assert hide_secrets("plain words", ["KEY", "TOKEN"], {"TOKEN": ""}) == "plain words"


def test_a_text_of_three_characters_is_no_secret() -> None:
    """What is so short cannot be told from the words around it."""
    assert hide_secrets("the key is the", ["KEY"], {"KEY": "the"}) == "the key is the"


def test_the_longer_of_two_secrets_is_replaced_first() -> None:
    """A secret that begins with another leaves no tail behind."""
    environ = {"SHORT": "sk-123", "LONG": "sk-123-tail"}
    assert hide_secrets("got sk-123-tail", ["SHORT", "LONG"], environ) == "got <secret>"


def test_the_mark_itself_is_not_replaced() -> None:
    """A secret that is a part of the mark does not take it apart."""
    environ = {"KEY": "sk-123456", "WORD": "secret"}
    assert hide_secrets("got sk-123456", ["KEY", "WORD"], environ) == "got <secret>"


@pytest.mark.parametrize("secret", ["sk-123456\n", "\tsk-123456 "], ids=["newline", "space"])
def test_a_secret_is_hidden_without_the_space_around_it(secret: str) -> None:
    """A key that was read from a file ends in a newline, which messages seldom keep."""
    assert "sk-123456" not in hide_secrets("bad key sk-123456!", ["KEY"], {"KEY": secret})


@pytest.mark.parametrize("secret", ["sk-12'34\"56", "sk-12\n3456", "sk-12\\3456", "sk-\x1b3456"])
def test_a_secret_is_hidden_where_python_quotes_it(secret: str) -> None:
    """Most messages show a text by its representation, with escapes."""
    text = hide_secrets(f"invalid literal: {secret!r}", ["KEY"], {"KEY": secret})
    assert repr(secret)[1:-1] not in text
    assert SHOWN_AS in text


FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "JSON": lambda key: json.dumps(key)[1:-1],
    "JSON of any letters": lambda key: json.dumps(key, ensure_ascii=False)[1:-1],
    "shell": lambda key: shlex.quote(f"{key} ")[1:-2],
    "ASCII": lambda key: ascii(key)[1:-1],
    "URL": urllib.parse.quote,
    "part of a URL": lambda key: urllib.parse.quote(key, safe=""),
    "form": urllib.parse.quote_plus,
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "bytes": lambda key: repr(key.encode())[2:-1],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@given(key=st.text(min_size=4))
def test_a_secret_is_hidden_however_it_is_encoded(form: Callable[[str], str], key: str) -> None:
    """A request that failed is shown as it was sent."""
    assert hide_secrets(f"\0{form(key)}\0", ["KEY"], {"KEY": key}) == f"\0{SHOWN_AS}\0"


@pytest.mark.parametrize("first", [0xDCFF, 0xD800], ids=["undecodable", "half a character"])
def test_a_secret_that_is_no_text_is_hidden(first: int) -> None:
    """An environment can hold bytes that are no UTF-8, and a mapping anything."""
    key = f"sk-{chr(first)}3456"
    assert hide_secrets(f"got {key}", ["KEY"], {"KEY": key}) == "got <secret>"


@given(secrets=st.lists(LETTERS), words=st.lists(LETTERS))
def test_no_secret_is_left_in_any_text(secrets: list[str], words: list[str]) -> None:
    """Whatever the secrets and the text, none of the secrets is in what is left between the marks."""
    environ = {f"KEY_{number}": secret for number, secret in enumerate(secrets)}
    left = hide_secrets(" ".join([*words, *secrets]), environ, environ).split(SHOWN_AS)
    assert not [secret for secret in secrets if any(secret in part for part in left)]
