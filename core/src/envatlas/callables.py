"""Callables: variables as applications have kept them before, in a dict of functions that read `os.environ`.

`from_callables` makes a plugin of such a dict as it is. What is known of a variable then is its name, the names that
its function looks up, its value, and its type where the module has stubs; what it means waits for a declaration,
which ``envatlas adopt`` helps to write.
"""

from __future__ import annotations

import ast
import functools
import os
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import attrs

from envatlas.defaults import Computed
from envatlas.errors import DeclarationError, ProcessOnlyError
from envatlas.hookspecs import hookimpl
from envatlas.kinds import ANY_TEXT, Schema
from envatlas.rebinding import RebindingError, mentions, names_behind, names_read, rebound
from envatlas.secret_names import looks_secret
from envatlas.values import Moment
from envatlas.variable import Variable

Function = Callable[[], object]

_HELP: Final = "Is not declared yet, so what it does is not known; unset, it reads as its function in {module} says."
_DEFAULT: Final = "what its function in {module} returns"
_OF_THE_PROCESS: Final = re.compile(
    r"HOME|HOSTNAME|LD_.*|LOGNAME|PATH|PWD|PYTHONPATH|TE?MP|TMPDIR|USER|XDG_.*|(?:.*_)?RANK(?:_.*)?"
)
"""Names that each process has for itself, by its user, its machine, or its place among others."""
_WRITTEN: Final = {True: ("1", "true", "True", "on"), False: ("0", "false", "False", "")}


def from_callables(
    callables: Mapping[str, Function],
    *,
    secrets: Iterable[str] = (),
    public: Iterable[str] = (),
    uncompiled: Iterable[str] = (),
) -> CallablesPlugin:
    """Return a plugin whose variables are read by functions without arguments.

    An entry point names it: ``acme = "acme_vllm.envs:plugin"``. The functions read `os.environ`; over any other
    mapping copies of them are run that look there, and one that nobody can redirect is an error that says why.

    Args:
        callables: The functions by the names of their variables; they are looked up in it when the plugin loads.
        secrets: The names of secrets, beyond those that look like one.
        public: The names that look like a secret's, and are none.
        uncompiled: The names of variables that no compiled graph depends on, and that the fingerprint leaves out.

    Raises:
        DeclarationError: It is no mapping of functions, or one of the other names is none that it has or looks up.

    >>> plugin = from_callables({"ACME_PORT": lambda: int(os.getenv("ACME_PORT", "80"))})
    >>> [port] = plugin.envatlas_variables()
    >>> port.name, port.kind.name, port.default.compute({})
    ('ACME_PORT', 'callable', 80)
    """
    _require_mapping(callables)
    given = {"secrets": secrets, "public": public, "uncompiled": uncompiled}
    plugin = CallablesPlugin(callables, **{parameter: _names(parameter, names) for parameter, names in given.items()})
    plugin.require_sound()
    return plugin


def _require_mapping(callables: object) -> None:
    if not isinstance(callables, Mapping):
        rule, remedy = "functions come in a mapping, by the names of their variables", "give it the dict"
        raise DeclarationError("from_callables", rule, type(callables).__name__, remedy)


def _names(parameter: str, names: Iterable[str]) -> frozenset[str]:
    if isinstance(names, str):
        rule = f"{parameter} has names, and is none itself"
        raise DeclarationError("from_callables", rule, repr(names), f"write {parameter}=[{names!r}]")
    return frozenset(names)


@attrs.frozen(repr=False)
class CallablesPlugin:
    """A plugin whose variables are read by functions.

    Attributes:
        callables: The functions by the names of their variables.
        secrets: The names of secrets, beyond those that look like one.
        public: The names that look like a secret's, and are none.
        uncompiled: The names of variables that no compiled graph depends on.
    """

    callables: Mapping[str, Function]
    secrets: frozenset[str]
    public: frozenset[str]
    uncompiled: frozenset[str]

    @hookimpl
    def envatlas_variables(self) -> Iterable[Variable[object]]:
        """Return a variable for each function.

        >>> [each.secret for each in from_callables({"ACME_KEY": lambda: None}).envatlas_variables()]
        [True]
        """
        self.require_sound()  # there may be more of them than when it was made
        return [self._variable(name, function) for name, function in self.callables.items()]

    def require_sound(self) -> None:
        """Refuse what is no function, and what is said of names that are not there.

        >>> from_callables({"ACME_PORT": lambda: 80}).require_sound()
        """
        given: Mapping[str, object] = self.callables
        for name, function in given.items():
            if not callable(function):
                got = f"{name!r}: {type(function).__name__}"
                raise DeclarationError(str(name), "a variable is read by a function", got, "put lambda: before it")
        unknown = (self.secrets | self.public).difference(self.callables)
        if unknown:
            unknown = unknown.difference(*map(names_behind, self.callables.values()))
        for name in sorted(unknown, key=str):
            rule = "a name that is said to be a secret, or none, is one that the functions have or look up"
            raise DeclarationError(
                str(name), rule, "one that no function has or looks up", "correct it, or leave it out"
            )
        for name in sorted(self.uncompiled.difference(self.callables), key=str):
            rule = "a variable that no graph is said to depend on is one that has a function"
            raise DeclarationError(str(name), rule, "one that has none", "correct it, or leave it out")

    def _variable(self, name: str, function: Function) -> Variable[object]:
        behind = names_behind(function)
        sources = self._sources(name, function)
        kind = CallableKind(name, function, sources, tuple(each for each in behind if each not in sources))
        unset = functools.partial(kind.unset_in)  # which, unlike a method, leaves its type to the kind
        module = kind.module
        return Variable(
            name,
            kind,
            default=Computed(unset, _DEFAULT.format(module=module)),
            help=_HELP.format(module=module),
            secret=any(map(self._is_secret, (name, *behind))),
            affects_compilation=name not in self.uncompiled,  # for all that is known
            reads=sources if sources != (name,) else (),
        )

    def _sources(self, name: str, function: Function) -> tuple[str, ...]:
        """Return the names under which a function looks for a variable's text; others than these it depends on.

        What it looks up itself is one, unless it is another variable's name, or one that every process has.
        """
        own = tuple(each for each in names_read(function) if not _OF_THE_PROCESS.fullmatch(each))
        if own and not mentions(function, name):
            return own
        return (name, *(each for each in own if each not in self.callables))

    def _is_secret(self, name: str) -> bool:
        return name in self.secrets or (looks_secret(name) and name not in self.public)


@attrs.frozen
class CallableKind:
    """What a function reads, which nobody has declared yet.

    Attributes:
        variable: The variable's name.
        function: The function, which reads `os.environ`.
        sources: The names under which it looks for the variable's text.
        depends: The other names that it looks up.

    >>> kind = CallableKind("ACME_PORT", lambda: int(os.getenv("ACME_PORT", "80")), ("ACME_PORT",))
    >>> kind.parse("8080"), kind.parse_in("8080", {"ACME_PORT": "8080"})
    (8080, 8080)
    """

    variable: str
    function: Function = attrs.field(repr=False)
    sources: tuple[str, ...]
    depends: tuple[str, ...] = ()

    name = "callable"
    empty_is_unset = False

    @property
    def module(self) -> str:
        """The name of the module that has the function."""
        return str(getattr(self.function, "__module__", None) or type(self.function).__module__)

    @property
    def expected(self) -> str:
        """Where to look for what it reads.

        >>> CallableKind("ACME_PORT", os.getcwd, ("ACME_PORT",)).expected
        'what a function in posix reads, which is not declared yet'
        """
        return f"what a function in {self.module} reads, which is not declared yet"

    @property
    def value_form(self) -> object:
        """The type of its values, as the stubs in the function's module have it; `object` where they do not."""
        namespace: Mapping[str, object] = getattr(self.function, "__globals__", {})
        text = _stubs(self.module).get(self.variable, "object")
        holder = types.SimpleNamespace(__annotations__={"value": text})
        return typing.get_type_hints(holder, {**vars(typing), **namespace})["value"]

    def parse(self, text: str) -> object:
        """Return what the function makes of a text where nothing else is set.

        >>> CallableKind("ACME_PORT", lambda: os.environ["ACME_PORT"], ("ACME_PORT",)).parse("80")
        '80'
        """
        return self.parse_in(text, {self.sources[0]: text})

    def parse_in(self, text: str, environ: Mapping[str, str]) -> object:
        """Return what the function reads in an environment; in one that has the text, where this one has another.

        Raises:
            ProcessOnlyError: The environment is not `os.environ`, and the function cannot read another.

        >>> CallableKind("A_PORT", lambda: os.environ["A_PORT"], ("A_PORT",)).parse_in("80", {"A_PORT": "8080"})
        '80'
        """
        len(environ)  # whoever remembers values by the texts that were looked at hears that this may be any
        if any(environ.get(name) == text for name in self.sources):
            return self._read(environ, is_process=_is_process(environ))
        return self._read(Moment(environ, {**dict.fromkeys(self.sources), self.sources[0]: text}), is_process=False)

    def unset_in(self, environ: Mapping[str, str]) -> object:
        """Return what the function reads while the variable is unset, and all else is as in an environment.

        >>> CallableKind("A_PORT", lambda: os.getenv("A_PORT", "80"), ("A_PORT",)).unset_in({"A_PORT": "8080"})
        '80'
        """
        if any(name in environ for name in self.sources):
            return self._read(Moment(environ, dict.fromkeys(self.sources)), is_process=False)
        return self._read(environ, is_process=_is_process(environ))

    def render(self, value: object) -> str:
        """Return a text that the function reads as the value, found by trying what is usual.

        >>> CallableKind("A_FLAG", lambda: os.getenv("A_FLAG") == "true", ("A_FLAG",)).render(True)
        'true'
        """
        for text in _texts_for(value):
            if self._reads_as(text, value):
                return text
        raise ValueError(f"no usual text is read as a value of type {type(value).__name__} by {self.variable}")

    def schema(self) -> Schema:
        """Return the schema of any text, because nothing is known of it.

        >>> CallableKind("A_PORT", os.getcwd, ("A_PORT",)).schema()
        {'type': 'string'}
        """
        return ANY_TEXT

    def _read(self, environ: Mapping[str, str], *, is_process: bool) -> object:
        if is_process:
            return self.function()
        try:
            return rebound(self.function, environ)()
        except RebindingError as error:
            means = _DEFAULT.format(module=self.module)
            raise ProcessOnlyError(self.variable, self.variable, None, str(error), means) from error

    def _reads_as(self, text: str, value: object) -> bool:
        try:
            read = self.parse(text)
        except Exception:  # noqa: BLE001  the function is anybody's
            return False
        return type(read) is type(value) and read == value


def _is_process(environ: Mapping[str, str]) -> bool:
    """Return whether an environment is the process's own, which is what a function reads as it stands."""
    return (environ.environ if isinstance(environ, Moment) else environ) is os.environ


def _texts_for(value: object) -> Iterator[str]:
    """Yield the texts that usually stand for a value."""
    if isinstance(value, bool):
        yield from _WRITTEN[value]
    elif isinstance(value, list | tuple | set | frozenset):
        yield ",".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType]  anything has a text
    else:
        yield str(value)


@functools.cache
def _stubs(module: str) -> Mapping[str, str]:
    """Return the annotations of a module's names, as they are written in its source."""
    from envatlas.sources import source_text  # noqa: PLC0415  only who asks for a type needs it

    try:
        tree = ast.parse(source_text(module))
    except (SyntaxError, ValueError):
        return {}
    annotated = (node for node in ast.walk(tree) if isinstance(node, ast.AnnAssign))
    return {each.target.id: ast.unparse(each.annotation) for each in annotated if isinstance(each.target, ast.Name)}
