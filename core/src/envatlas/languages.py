"""Languages: what envatlas and its plugins say, in the language of whoever reads it.

Everything is declared in English. A package that has a folder ``locale`` brings translations in gettext's form, as
``locale/<language>/LC_MESSAGES/<package>.mo``: this package its own words, a plugin's package the plugin's.
What no catalogue translates stays English.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from gettext import GNUTranslations, NullTranslations
from typing import Final

import attrs

from envatlas.messages import Message, fill

SOURCE: Final = "en"
"""The language in which everything is declared."""
_CORE: Final = "envatlas"
_NO_LOCALE: Final = frozenset({"", "C", "POSIX"})
_TRADITIONAL: Final = frozenset(
    ["TW", "HK", "MO", "AU", "BN", "GB", "GF", "ID", "PA", "PF", "PH", "SR", "TH", "US", "VN"]
)
"""Where Unicode's locale data expects Chinese in its traditional script, unless a locale says otherwise."""


@attrs.frozen(eq=False)
class Words:
    """The words of one language. A catalogue is read when something is first looked up in it.

    Args:
        language: The language, as one of `languages`, or as any locale that one of them matches.

    >>> words = Words("zh_CN")
    >>> words("VALUE"), words("No variable matches."), words("no catalogue has this")
    ('值', '没有匹配的变量。', 'no catalogue has this')
    """

    language: str
    _catalogues: dict[str, NullTranslations | None] = attrs.field(
        factory=dict[str, NullTranslations | None], init=False, repr=False
    )

    def __call__(self, text: str, /, **arguments: object) -> str:
        """Return one of envatlas's own texts, a literal, with its arguments in their places."""
        return self._say([_CORE], text, arguments)

    def plural(self, one: str, many: str, count: int, /, **arguments: object) -> str:
        """Return the one of two texts that a number asks for, or what a language has for that number.

        >>> Words("en").plural("{count} file", "{count} files", 2, count=2)
        '2 files'
        """
        found = self._look_up(_CORE, lambda catalogue: catalogue.ngettext(one, many, count))
        template = one if count == 1 else many
        return _filled(found or template, template, arguments)

    def of_plugin(self, module: str, text: str, /) -> str:
        """Return a text of the plugin whose module this is: its help, or anything else that it says.

        Args:
            module: The plugin's module, as its entry point names it; empty for what is a registry's own.
            text: The text, or a message.

        >>> Words("zh_CN").of_plugin("envatlas_vllm_rocm", "Pads FP8 weights to 256 bytes; unset, they are padded.")
        '将 FP8 权重填充到 256 字节；未设置时填充。'
        """
        return self._say([module.partition(".")[0] or _CORE, _CORE], text, {})

    def _say(self, packages: Iterable[str], text: str, arguments: Mapping[str, object]) -> str:
        template = str(text)
        if isinstance(text, Message):
            template, arguments = text.template, text.arguments
        if self.language == SOURCE or not template:
            return fill(template, arguments)
        found = (self._look_up(package, lambda catalogue: catalogue.gettext(template)) for package in packages)
        said = {name: self._argument(packages, value) for name, value in arguments.items()}
        return _filled(next((each for each in found if each not in {"", template}), template), template, said)

    def _argument(self, packages: Iterable[str], value: object) -> object:
        return self._say(packages, value, {}) if isinstance(value, Message) else value

    def _look_up(self, package: str, look_up: Callable[[NullTranslations], str]) -> str:
        """Return what a package's catalogue has; empty where it has none, or none that can be read."""
        if package not in self._catalogues:
            self._catalogues[package] = None if self.language == SOURCE else _read(package, self.language)
        catalogue = self._catalogues[package]
        try:
            return "" if catalogue is None else look_up(catalogue)
        except ArithmeticError:  # a catalogue has a formula for its plurals, which can divide by zero
            return ""


def languages(modules: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the languages that envatlas has words in, and plugins.

    Args:
        modules: The modules of the plugins, as their entry points name them.

    >>> languages()
    ('en', 'zh_CN')
    """
    packages = dict.fromkeys([_CORE, *(module.partition(".")[0] for module in modules)])
    return tuple(sorted({SOURCE, *(language for package in packages for language in _languages_of(package))}))


def best_language(
    environ: Mapping[str, str], available: Iterable[str], more: Callable[[], Iterable[str]] = tuple
) -> str:
    """Return the language that an environment asks for, by the rules of GNU gettext; English where it has none.

    The locale is what ``LC_ALL`` says, or else ``LC_MESSAGES``, or else ``LANG``; ``LANGUAGE``, a list that begins
    with the most wanted, counts in its place, but not where the locale is ``C``: that is how scripts ask for English.

    Args:
        environ: The environment.
        available: The languages that there are, besides English.
        more: Returns those that count only where none of these is asked for.

    >>> best_language({"LANG": "zh_CN.UTF-8"}, ["zh_CN"]), best_language({"LC_ALL": "C", "LANGUAGE": "zh"}, ["zh_CN"])
    ('zh_CN', 'en')
    """
    locales = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, locales), "")
    if locale in _NO_LOCALE:
        return SOURCE
    wanted = (environ.get("LANGUAGE") or locale).split(":")
    return _first_match(wanted, [SOURCE, *available]) or _first_match(wanted, [*more()]) or SOURCE


def _first_match(wanted: Iterable[str], offered: Sequence[str]) -> str | None:
    return next(filter(None, (match_language(each, offered) for each in wanted)), None)


def match_language(wanted: str, available: Iterable[str]) -> str | None:
    """Return the language, of those that there are, that a locale asks for; None if there is none.

    That is one of the same language and script: called the same rather than otherwise, of the same territory rather
    than of no territory, and of that rather than of another.

    >>> [match_language(each, ["en", "zh_CN"]) for each in ("zh", "zh-Hans-SG", "zh_TW.UTF-8", "en_GB", "de")]
    ['zh_CN', 'zh_CN', None, 'en', None]
    """
    asked = _Locale.parse(wanted)
    offered = {name: _Locale.parse(name) for name in available}
    near = [name for name, each in offered.items() if (each.language, each.script) == (asked.language, asked.script)]

    def rank(name: str) -> tuple[object, ...]:
        territory = offered[name].territory
        return _plain(name) != _plain(wanted), territory != asked.territory, bool(territory), name

    return min(near, key=rank, default=None)


def locale_folders(package: str) -> list[str]:
    """Return the folders ``locale`` of a top-level package: none, or one; several only where it has several parts.

    >>> [os.path.basename(folder) for folder in locale_folders("envatlas")]
    ['locale']
    """
    return [*filter(os.path.isdir, (os.path.join(folder, "locale") for folder in package_folders(package)))]


def package_folders(package: str) -> list[str]:
    """Return the folders of a top-level package, importing nothing of it; a module that is no package has none.

    >>> [os.path.basename(folder) for folder in package_folders("envatlas")], package_folders("this")
    (['envatlas'], [])
    """
    try:
        spec = importlib.util.find_spec(package) if "." not in package else None
        folders = [*((spec and spec.submodule_search_locations) or ())]
    except Exception:  # noqa: BLE001  a finder is anybody's code
        return []
    else:
        return folders


@attrs.frozen
class _Locale:
    """A locale's parts; the script only where it is not the one that everybody expects."""

    language: str
    script: str
    territory: str

    @classmethod
    def parse(cls, text: str) -> _Locale:
        language, *rest = _plain(text).split("_")
        script = next((each.title() for each in rest if len(each) == len("Hans")), "")
        territory = next((each.upper() for each in rest if len(each) in {len("CN"), len("419")}), "")
        if language == "zh" and not script:
            script = "Hant" if territory in _TRADITIONAL else "Hans"
        return cls(language, script, territory)


def _plain(locale: str) -> str:
    """Return what a locale is called without its encoding and its variant, in one way to write it."""
    return locale.partition(".")[0].partition("@")[0].replace("-", "_").lower()


def _languages_of(package: str) -> Iterator[str]:
    """Yield the languages of a package's catalogues."""
    for folder in locale_folders(package):
        with contextlib.suppress(OSError):  # it may be anybody's
            names = os.listdir(folder)
            yield from (name for name in names if os.path.isfile(_catalogue(folder, name, package)))


def _catalogue(folder: str, language: str, package: str) -> str:
    return os.path.join(folder, language, "LC_MESSAGES", f"{package}.mo")


def _read(package: str, language: str) -> NullTranslations | None:
    """Return a package's catalogue in a language; one that cannot be read is logged, and is none."""
    for folder in locale_folders(package):
        try:
            name = match_language(language, os.listdir(folder))
            path = _catalogue(folder, str(name), package)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    return GNUTranslations(file)
        except Exception as error:  # noqa: BLE001  its bytes can be any
            _log(folder, error)
    return None


def _log(folder: str, error: Exception) -> None:
    import logging  # noqa: PLC0415  only a catalogue that is damaged needs it

    kind = type(error).__name__
    logging.getLogger("envatlas").warning("a catalogue in %s cannot be read (%s: %s)", folder, kind, error)


def _filled(text: str, template: str, arguments: Mapping[str, object]) -> str:
    """Return a translation with its arguments in their places; the template with them if it has other places."""
    return fill(text if not arguments or places(text) == places(template) else template, arguments)


def places(template: str) -> list[tuple[str, str | None, str | None]] | None:
    """Return the places of a template's arguments, sorted; None where a brace is on its own.

    >>> places("{count} of {total:>5}"), places("}")
    ([('count', '', None), ('total', '>5', None)], None)
    """
    import string  # noqa: PLC0415  English needs none

    try:
        parsed = [*string.Formatter().parse(template)]
    except ValueError:
        return None
    found = [(name, form, conversion) for _, name, form, conversion in parsed if name is not None]
    return sorted(found, key=str)
