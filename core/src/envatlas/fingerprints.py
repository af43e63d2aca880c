"""Fingerprints: one short text for all the values that a compiled graph depends on.

Two environments with the same fingerprint compile the same, as far as variables are concerned. It is the sha256 of the
values, not of the texts, of the variables that are declared with ``affects_compilation``; so it is equal wherever the
values are: in every process, on every machine, whatever the order in which plugins load.

Two kinds of variables are left out, and listed as such: a *secret*, of which nothing may be derived that is shown, and
a *path*, by which is meant a variable whose kind is called ``path``, or whose value is an `os.PathLike` or has one in
it, in what Python's containers hold and in the fields of what attrs and dataclasses make. Where a file lies differs
from machine to machine, and changes no graph; what is in it may, so declare a variable for that. Folders that are not
the value of such a variable (of Python, of a plugin, of the cache) do not enter at all.

Nothing else can drop out: a value that cannot be read, or that no text stands for, is an error, and so is whatever may
hide a variable that is meant to count: a plugin that failed, or whose name another has, a name in the selection that no
plugin has, a declaration that was refused, and metadata that cannot be read.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

import attrs

from envatlas.environs import Place, UnreadableFileError
from envatlas.errors import InvalidEnvironmentError, InvalidValueError, UnfitValueError
from envatlas.messages import marked
from envatlas.numbers import Number
from envatlas.owner import Owner
from envatlas.problems import (
    ConflictError,
    DamagedMetadataError,
    DuplicatePluginError,
    PluginError,
    RegistryProblemsError,
    SecretReadError,
    UnmatchedNameError,
)
from envatlas.texts import texts_of
from envatlas.values import Moment, inputs, read
from envatlas.variable import Variable

if TYPE_CHECKING:
    from envatlas.registry import Registry

FORMAT: Final = 1
"""The version of how values become a fingerprint. It is hashed as well; another one changes every fingerprint."""

_PATH: Final = marked("a path")
_SECRET: Final = marked("a secret")
_REMEDY: Final = "write one with `envatlas fingerprint --json`"


class _PathFoundError(Exception):
    """A value is a path, or has one in it."""


@attrs.frozen
class Change:
    """One part in which two fingerprints differ.

    Attributes:
        name: The variable's name.
        before: Its value in the earlier one, as JSON; None if that has no such variable.
        now: Its value in the later one, likewise.
    """

    name: str
    before: str | None
    now: str | None


@attrs.frozen
class Fingerprint:
    """A fingerprint, and what it is made of.

    Args:
        values: The values by the variables' names, in forms that JSON has.
        left_out: Why a variable that affects compilation is not in it, by name: ``a path`` or ``a secret``.

    >>> print(Fingerprint({"A_LIMIT": 5}))
    52d2be7930b67528cc6cc0175ca2250fac2160f254031d0b231f4fe06b1f61ae
    """

    values: Mapping[str, object]
    left_out: Mapping[str, str] = attrs.field(factory=dict[str, str])

    @property
    def digest(self) -> str:
        """The sha256 of the values and of the format's version, in 64 hexadecimal digits."""
        return hashlib.sha256(_canonical({"format": FORMAT, "values": self.values}).encode("ascii")).hexdigest()

    def __str__(self) -> str:
        return self.digest

    def changes_since(self, earlier: Fingerprint) -> tuple[Change, ...]:
        """Return what differs from an earlier fingerprint, by name.

        >>> Fingerprint({"A_LIMIT": 5}).changes_since(Fingerprint({"A_LIMIT": 4}))
        (Change(name='A_LIMIT', before='4', now='5'),)
        """
        names = sorted({*self.values, *earlier.values})
        pairs = (Change(name, _part(earlier.values, name), _part(self.values, name)) for name in names)
        return tuple(each for each in pairs if each.before != each.now)

    def as_object(self) -> Mapping[str, object]:
        """Return the fingerprint as a JSON object, from which `parse_fingerprint` makes it again.

        Members:
            format: The version of the format.
            fingerprint: The sha256.
            values: The values by the variables' names. What JSON has no form for (an infinite number, a value of a
                plugin's own type) is an object with the one member ``text``: the text that stands for it.
            left_out: Why a variable is not in it, by name.

        >>> sorted(Fingerprint({}).as_object())
        ['fingerprint', 'format', 'left_out', 'values']
        """
        return {
            "format": FORMAT,
            "fingerprint": self.digest,
            "values": dict(sorted(self.values.items())),
            "left_out": dict(sorted(self.left_out.items())),
        }


def take_fingerprint(registry: Registry, environ: Mapping[str, str] | None = None) -> Fingerprint:
    """Return the fingerprint of an environment.

    Args:
        registry: The registry; of its variables those count that affect compilation.
        environ: The environment; the registry's own where it is not given.

    Raises:
        InvalidEnvironmentError: A group of all the errors, if any of the values cannot be read, or has no text.
        RegistryProblemsError: A plugin failed, or a declaration was refused: values that nobody can read.

    >>> from envatlas.vllm import registry
    >>> take_fingerprint(registry, {"VLLM_USE_V1": "0"}).values["VLLM_USE_V1"]
    False
    """
    _require_all_plugins(registry)
    environ = registry.environ if environ is None else environ
    variables = [each for each in registry if each.affects_compilation]
    left_out = {each.name: why for each in variables if (why := _why_left_out(each))}
    counted = [each for each in variables if each.name not in left_out]
    names = dict.fromkeys(name for each in counted for name in inputs(each))
    moment = Moment(environ, texts_of(environ).moment(names))
    values: dict[str, object] = {}
    errors: list[InvalidValueError] = []
    for variable in counted:
        owner = registry.owner(variable.name)
        try:
            values[variable.name] = _json_form(variable, read(variable, moment, owner), owner)
        except _PathFoundError:
            left_out[variable.name] = _PATH
        except InvalidValueError as error:
            errors.append(error)
    if errors:
        raise InvalidEnvironmentError.of(errors)
    return Fingerprint(values, left_out)


def parse_fingerprint(text: str, file: str) -> Fingerprint:
    """Return the fingerprint that a file holds.

    Args:
        text: What the file says.
        file: Its path, for errors.

    Raises:
        UnreadableFileError: It is no fingerprint, or not of this format, or its values are not those of its sha256.

    >>> written = json.dumps(dict(Fingerprint({"A_LIMIT": 5}).as_object()))
    >>> parse_fingerprint(written, "old.json").values
    {'A_LIMIT': 5}
    """
    try:
        found = json.loads(text)
        version = found["format"]
    except _OF_SHAPE as error:
        raise UnreadableFileError(Place(file), _NO_FINGERPRINT, _REMEDY) from error
    if version != FORMAT:
        raise UnreadableFileError(Place(file), f"its format is {version!r}, and not {FORMAT}", _REMEDY)
    try:
        made = Fingerprint(dict(found["values"]), dict(found["left_out"]))
        digest, actual = found["fingerprint"], made.digest
    except _OF_SHAPE as error:
        raise UnreadableFileError(Place(file), _NO_FINGERPRINT, _REMEDY) from error
    if digest != actual:
        raise UnreadableFileError(Place(file), "its fingerprint is not that of its values", _REMEDY)
    return made


_NO_FINGERPRINT: Final = "it holds no fingerprint"
_OF_SHAPE: Final = (ValueError, LookupError, TypeError, RecursionError)
"""What is raised where a file has another shape."""
_LOSSES: Final = (
    ConflictError,
    DamagedMetadataError,
    DuplicatePluginError,
    PluginError,
    SecretReadError,
    UnmatchedNameError,
)
"""The problems by which a variable may be missing that is meant to count, or count as no plugin reads it."""


def _require_all_plugins(registry: Registry) -> None:
    """Refuse a registry that lost variables; a plugin that the operator leaves out lost none."""
    lost = [each for each in registry.problems if isinstance(each, _LOSSES)]
    if lost:
        raise RegistryProblemsError.of(registry.name, lost)


def _why_left_out(variable: Variable[object]) -> str:
    if variable.secret:
        return _SECRET
    return _PATH if variable.kind.name == "path" else ""


def _json_form(variable: Variable[object], value: object, owner: Owner) -> object:
    """Return a value in a form that JSON has, or the text that stands for it.

    Raises:
        _PathFoundError: It is a path, or has one in it.
        UnfitValueError: No text stands for it.
    """
    if isinstance(variable.kind, Number) and type(value) is int and abs(value) <= sys.float_info.max:
        value = float(value)  # a default that is written so is what its text is read as
    try:
        if _has_path(value):
            raise _PathFoundError
        form = _form(value)
    except (TypeError, ValueError, RecursionError):
        pass
    else:
        return form
    try:
        return {"text": str(variable.kind.render(value))}
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a kind may be a plugin's own
        raise UnfitValueError(
            variable.name,
            variable.name,
            "its value",
            variable.kind.expected,
            variable.default_text,
            owner,
            type(value).__name__,
        ) from error


def _has_path(value: object) -> bool:
    if isinstance(value, dict):
        items = cast("dict[object, object]", value)
        return _has_path([*items.keys(), *items.values()])
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(_has_path, cast("Iterable[object]", value)))
    if names := _field_names(type(value)):
        return any(_has_path(getattr(value, name, None)) for name in names)
    return isinstance(value, os.PathLike)


def _field_names(made: type) -> list[str]:
    if attrs.has(made):
        return [each.name for each in attrs.fields(made)]
    return [each.name for each in dataclasses.fields(made)] if dataclasses.is_dataclass(made) else []


def _form(value: object) -> object:
    """Return a value as JSON has it, whose names are texts; a set's items have an order there, and none here."""
    if isinstance(value, set | frozenset):
        return sorted(map(_form, cast("Iterable[object]", value)), key=_canonical)
    if isinstance(value, list | tuple):
        return [_form(each) for each in cast("Iterable[object]", value)]
    if not isinstance(value, dict):
        return cast("object", json.loads(_canonical(value)))
    items = cast("dict[object, object]", value)
    if not all(isinstance(name, str) for name in items):
        raise TypeError  # JSON would make the same of 1 and of "1"
    return {str(name): _form(each) for name, each in items.items()}


def _canonical(value: object) -> str:
    """Return the one JSON text of a value, in ASCII: a text may hold what no encoding can say."""
    return json.dumps(value, allow_nan=False, ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def _part(values: Mapping[str, object], name: str) -> str | None:
    return json.dumps(values[name], sort_keys=True) if name in values else None
