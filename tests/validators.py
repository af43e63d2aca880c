"""Validators of JSON Schemas, of two languages, for the tests of whatever makes a schema."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol, cast

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from envatlas import Schema

Invalid = Callable[[Schema, object], set[str]]


def invalid_in_python(schema: Schema, instance: object) -> set[str]:
    """Return the properties that jsonschema finds invalid; an empty name stands for the whole."""
    return {str((*error.absolute_path, "")[0]) for error in _python(json.dumps(schema)).iter_errors(instance)}


def invalid_in_rust(schema: Schema, instance: object) -> set[str]:
    """Return the properties that jsonschema-rs finds invalid, which has ECMA 262's patterns."""
    return {str((*error.instance_path, "")[0]) for error in _rust(json.dumps(schema)).iter_errors(instance)}


class _Error(Protocol):
    """What is told of an error of jsonschema's, whose own types are not all known."""

    @property
    def absolute_path(self) -> Iterable[str | int]: ...


class _Validator(Protocol):
    """A validator of jsonschema's."""

    def iter_errors(self, instance: object) -> Iterable[_Error]: ...


@functools.cache
def _python(schema: str) -> _Validator:
    read: Mapping[str, object] = json.loads(schema)
    Draft202012Validator.check_schema(read)
    return cast("_Validator", Draft202012Validator(read))


@functools.cache
def _rust(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schema))


VALIDATORS: Final[list[Invalid]] = [invalid_in_python, invalid_in_rust]
by_each_validator: Final = pytest.mark.parametrize("invalid", VALIDATORS)
