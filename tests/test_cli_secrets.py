"""Secrets: no command shows one, on either stream, whatever a plugin does with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from envatlas.cli import run
from envatlas.vllm import registry
from tests.test_cli import BUNDLED

if TYPE_CHECKING:
    from tests.conftest import Site

MARKER: Final = "sk-" + "marker"
TEXT: Final = f'{MARKER} "é/+\\'
"""A secret that is written differently as JSON and in a URL; the marker in it is not."""

FORMS: Final = {
    "raw": "os.environ[{name!r}]",
    "json": "json.dumps(os.environ[{name!r}])",
    "url": "urllib.parse.quote(os.environ[{name!r}], safe='')",
}

SECRETS: Final = [
    each.name for each in registry if each.secret and registry.owner(each.name).distribution.startswith(BUNDLED)
]

each_secret: Final = pytest.mark.parametrize("name", SECRETS)
_LISTINGS: Final = [["list"], ["list", "--all"], ["list", "--json"], ["plugins"], ["plugins", "--json"]]
_COMMANDS: Final = [
    *_LISTINGS,
    ["explain", "*"],
    ["explain", "*", "--json"],
    ["export", "--all"],
    ["export", "--all", "--format=json"],
    ["export", "--all", "--format=kubernetes"],
    ["diff", "live", "live"],
    ["diff", "live", "live", "--json"],
]
each_listing: Final = pytest.mark.parametrize("arguments", _LISTINGS, ids=" ".join)
"""Those that show what is wrong with plugins."""
each_command: Final = pytest.mark.parametrize("arguments", _COMMANDS, ids=" ".join)

VLLM_APP: Final = """\
from envatlas.registry import Registry
from envatlas.vllm import registry as vllm

registry = Registry(
    vllm.name, group=vllm.group, filter_variable=vllm.filter_variable, prefix=vllm.prefix, bundled=vllm.bundled
)
"""


def shown(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command, and return what it writes to both streams."""
    assert run(arguments) == 0
    captured = capfd.readouterr()
    assert captured.out
    return captured.out + captured.err


def test_the_secrets_are_those_of_the_documentation() -> None:
    """The tests below are for all of them."""
    assert set(SECRETS) == {"S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "VLLM_API_KEY"}


@each_secret
@each_command
def test_no_command_shows_a_secret(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, arguments: list[str]
) -> None:
    """All that is shown of it is that it is set."""
    monkeypatch.setenv(name, TEXT)
    assert MARKER not in shown(capfd, *arguments)


@each_secret
@each_listing
@pytest.mark.parametrize("form", FORMS)
def test_no_listing_shows_a_secret_that_a_plugin_quotes(  # noqa: PLR0913, PLR0917  three of them are fixtures
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    site: Site,
    name: str,
    arguments: list[str],
    form: str,
) -> None:
    """What a plugin raises is shown without the secrets in it, however they are written there."""
    monkeypatch.setenv(name, TEXT)
    source = f"import json, os, urllib.parse\nraise RuntimeError('refused: ' + {FORMS[form].format(name=name)})"
    site.add("teller-vllm", plugins={"teller": "teller_vllm"}, modules={"teller_vllm": source}, group=registry.group)
    site.write({"shown_app": VLLM_APP})
    said = shown(capfd, "--registry=shown_app:registry", *arguments)
    assert MARKER not in said
    assert "RuntimeError: refused: " in said


@each_secret
@each_command
def test_no_command_shows_a_secret_whose_plugin_is_not_active(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    site: Site,
    name: str,
    arguments: list[str],
) -> None:
    """That it is one is known from the plugin's source."""
    monkeypatch.setenv(name, TEXT)
    monkeypatch.setenv("VLLM_PLUGINS", "teller")
    source = f"import os\nraise RuntimeError(os.environ[{name!r}])"
    site.add("teller-vllm", plugins={"teller": "teller_vllm"}, modules={"teller_vllm": source}, group=registry.group)
    site.write({"shown_app": VLLM_APP})
    assert MARKER not in shown(capfd, "--registry=shown_app:registry", *arguments)
