"""Asking a node: what it is asked, and the function that answers there.

The function is sent whole, with everything that it needs of this module, so that it runs where neither envatlas nor
this plugin is installed. It uses the node's own envatlas, in whatever version, where there is one. The answer is JSON,
and has nothing in it that the driver would have to import; nor has it a secret: of that, a digest travels, made with a
key that belongs to one survey. So it is of whatever nothing but secrets depends on.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import platform
from collections.abc import Collection, Mapping
from typing import Any, TypedDict


class Question(TypedDict):
    """What a node is asked."""

    registry: Mapping[str, Any]
    """How the registry is made: the arguments of `envatlas.Registry`."""
    key: bytes
    """What digests are made with."""
    inputs: Mapping[str, tuple[str, ...]]
    """The names that each variable which the driver knows is read from, or depends on."""
    secrets: tuple[str, ...]
    """All names that the driver knows secrets to be read from, of plugins that are left out there as well, and those
    that nothing but secrets depends on."""


def answer(question: Question, environ: Mapping[str, str] | None = None) -> bytes:
    """Return what this process reads, as JSON.

    Members:
        usual: What nodes with the same packages have in common, as JSON in a text of its own, so that nobody needs to
            parse it twice: ``python`` and ``envatlas``, the versions, the latter empty where it cannot be used, and
            ``trouble``, why it cannot; by its name, each plugin's ``state``, ``distribution``, ``version`` and
            ``reason``; the ``readings`` of the variables that are not set; and ``secrets``, the names that nobody but
            this envatlas calls secret, of plugins that are not active here as well.
        own: The readings of those that are: by its name, each one's ``value``, ``set``, ``error``, ``scope``,
            ``secret`` and ``digest``, that of its text, by which it is compared where another node calls it secret.
        texts: What the variables are read from that the driver knows, and that are not active here.
        digests: The digests of those, of which secrets have nothing else.

    Args:
        question: What is asked.
        environ: The environment; the process's own where it is not given.

    >>> asked: Question = {"registry": {"name": "a", "group": "a"}, "key": b"k", "inputs": {"A": ("A",)}, "secrets": ()}
    >>> json.loads(answer(asked, {"A": "1"}))["texts"]
    {'A': '1'}
    """
    environ = os.environ if environ is None else environ
    usual: dict[str, Any] = {"python": platform.python_version(), "envatlas": "", "trouble": "", "plugins": {}}
    readings: dict[str, Any] = {}
    secrets = set(question["secrets"])
    try:
        registry = _registry(question, environ)
        secrets.update(getattr(registry, "secret_names", ()))  # of any version
        version, plugins, readings = _by_envatlas(registry, question["key"], secrets, environ)
        usual |= {"envatlas": version, "plugins": plugins}
    except ModuleNotFoundError as error:
        usual["trouble"] = f"{error.name} is not installed"
    except Exception as error:  # noqa: BLE001  any version of envatlas may raise anything, and its message quote a secret
        usual["trouble"] = f"its envatlas raised {type(error).__name__}"
    usual["secrets"] = sorted(secrets.difference(question["secrets"]))
    usual["readings"] = {name: reading for name, reading in readings.items() if not reading["set"]}
    missing = [names for variable, names in question["inputs"].items() if variable not in readings]
    texts = {name: environ[name] for names in missing for name in names if name in environ}
    told = {
        "usual": json.dumps(usual, sort_keys=True),
        "own": {name: reading for name, reading in readings.items() if reading["set"]},
        "texts": {name: text for name, text in texts.items() if name not in secrets},
        "digests": {name: _digest(question["key"], text) for name, text in texts.items()},
    }
    return json.dumps(told, sort_keys=True).encode("ascii")


def _registry(question: Question, environ: Mapping[str, str]) -> Any:  # noqa: ANN401  of any version
    """Return the registry as the node's own envatlas makes it."""
    from envatlas import Registry  # noqa: PLC0415  it may not be there

    return Registry(**question["registry"], environ=environ)


def _by_envatlas(
    registry: Any,  # noqa: ANN401  of any version
    key: bytes,
    secrets: Collection[str],
    environ: Mapping[str, str],
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return what the node's own envatlas tells: its version, the plugins, and the readings."""
    from envatlas.redaction import hide_secrets  # noqa: PLC0415  it may not be there
    from envatlas.version import VERSION  # noqa: PLC0415

    plugins: dict[str, Any] = {}
    for plugin in registry.plugins:
        called = plugin.name if plugin.name not in plugins else f"{plugin.name} of {plugin.distribution}"
        plugins[called] = {
            "state": str(plugin.state),
            "distribution": plugin.distribution,
            "version": plugin.version,
            "reason": hide_secrets(plugin.reason, secrets, environ),
        }
    return VERSION, plugins, {each.name: _reading(registry, each, key, secrets, environ) for each in registry}


def _reading(
    registry: Any,  # noqa: ANN401  of any version
    variable: Any,  # noqa: ANN401  likewise
    key: bytes,
    secrets: Collection[str],
    environ: Mapping[str, str],
) -> dict[str, Any]:
    """Return one variable as the node's envatlas reads it; a secret by its digest, a bad value by its text."""
    from envatlas.formats.listings import json_value  # noqa: PLC0415  as above

    reading = registry.explain(variable.name, environ)
    is_secret = getattr(reading, "secret", variable.secret) or not set(variable.sources).isdisjoint(secrets)
    value: object = json_value(variable, reading.value)
    if reading.error is not None or (value is None and reading.value is not None):
        value = reading.text  # it cannot be read, or nothing stands for what it is read as
    digest = _digest(key, environ[reading.source]) if reading.is_set else None
    if is_secret:
        value = digest
    error = "" if reading.error is None else str(reading.error.expected)
    return {
        "value": value,
        "set": reading.is_set,
        "error": error,
        "scope": str(variable.scope),
        "secret": is_secret,
        "digest": digest,
    }


def _digest(key: bytes, text: str) -> str:
    """Return what tells equal secrets from different ones, and nothing of them without the key."""
    return hmac.new(key, text.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()
