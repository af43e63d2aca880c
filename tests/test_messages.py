"""Messages: English texts that can be translated later."""

from __future__ import annotations

import copy
import json
import pickle
from typing import TYPE_CHECKING, Final

from envatlas.checks import check
from envatlas.hosts import ToldHost
from envatlas.messages import Message, fill, marked, message_of

if TYPE_CHECKING:
    from tests.conftest import Site


def test_a_message_is_the_english_text() -> None:
    """Whoever knows nothing of translations has a text like any other."""
    message = Message("{name} is set to {text}", name="A_PORT", text="80")
    assert message == "A_PORT is set to 80"
    assert json.dumps(message) == '"A_PORT is set to 80"'


def test_a_message_keeps_what_it_is_made_of() -> None:
    """A catalogue knows the template."""
    message = Message("{count} ports", count=2)
    assert (message.template, dict(message.arguments)) == ("{count} ports", {"count": 2})


def test_a_message_without_arguments_may_have_braces() -> None:
    """Nothing stands in them."""
    assert Message("as in {} or {name}") == "as in {} or {name}"


def test_a_message_can_be_copied_and_pickled() -> None:
    """It is the same message afterwards, and not just the same text."""
    message = Message("{count} ports", count=2)
    for made in (copy.copy(message), copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert (made, made.template, made.arguments) == (message, message.template, message.arguments)


def test_what_changes_a_message_makes_a_plain_text() -> None:
    """A text in which a secret was hidden is not built anew from what it was made of."""
    assert type(Message("{key}", key="sk-marker").replace("sk-marker", "<secret>")) is str


def test_a_template_reaches_nothing_of_its_arguments() -> None:
    """They are texts when it is filled, whatever they were before."""
    assert fill("{value}", {"value": ["a"]}) == "['a']"
    assert fill("{value.__class__.__name__}", {"value": Message}) == "str"


def test_a_text_becomes_a_message_once() -> None:
    """A message is one already, with what it is made of."""
    message = Message("{count} ports", count=2)
    assert message_of(message) is message
    assert message_of("a port").template == "a port"


def test_a_marked_text_is_itself() -> None:
    """The mark is for those who make catalogues."""
    assert marked("NAME") == "NAME"


def test_a_finding_keeps_its_messages_unless_a_secret_is_in_them(site: Site) -> None:
    """What hides a secret makes a plain text, which has nothing left to be made of."""
    secret = "Variable('A_KEY', Text(), default=None, help='A key.', secret=True)"
    site.add_plugin("acme", _CHECKED + site.declaring("A_PORT", secret))
    environ = {"A_PORT": "80", "A_KEY": "sk-marker"}
    kept, hidden = check(site.registry(environ), host=ToldHost())
    assert isinstance(kept.found, Message)
    assert kept.found.template == "{name} is taken"
    assert (type(hidden.found), hidden.found) == (str, "A_KEY is <secret>")


_CHECKED: Final = """\
from envatlas import hookimpl
from envatlas.findings import Finding, Severity
from envatlas.messages import Message

@hookimpl
def envatlas_checks():
    return [_check]

def _check(registry, environ, host):
    yield Finding("a", Severity.WARNING, "A_PORT", Message("{name} is taken", name="A_PORT"), "why", "fix")
    yield Finding("b", Severity.NOTE, "A_KEY", Message("A_KEY is {text}", text=environ["A_KEY"]), "why", "fix")

"""
