"""Distributions: what is installed, found by a quick look at folders, by the library, and by anybody's finder."""

from __future__ import annotations

import contextlib
import email
import os
import pathlib
import shutil
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NoReturn, Protocol, cast

import importlib_metadata
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envatlas.discovery import Candidate, Discovery, discover
from envatlas.distributions import Distribution, describe, header, installed, normalize
from envatlas.owner import Owner
from envatlas.problems import DamagedMetadataError

if TYPE_CHECKING:
    from tests.conftest import Site

GROUP: Final = "envatlas.test"
ENTRY_POINTS: Final = f"[{GROUP}]\nacme = acme_vllm\n"
METADATA: Final = "Metadata-Version: 2.1\nName: acme-vllm\nVersion: 1.2\n"


def plugins(found: Discovery) -> list[str]:
    """Return the names of the plugins that were found, sorted."""
    return sorted(candidate.owner.plugin for candidate in found.candidates)


class InMemory(importlib_metadata.Distribution):
    """A distribution that is on no file system."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def read_text(self, filename: str) -> str | None:
        """Return the text of a metadata file."""
        return self.texts.get(filename)

    def locate_file(self, path: str | os.PathLike[str]) -> NoReturn:
        """Refuse: there is no file."""
        raise FileNotFoundError(path)


class Raising(InMemory):
    """A distribution whose entry points cannot be read."""

    def __init__(self, error: BaseException) -> None:
        super().__init__({"METADATA": METADATA})
        self.error = error

    def read_text(self, filename: str) -> str | None:
        """Raise, if it is asked for the entry points."""
        if filename == "entry_points.txt":
            raise self.error
        return super().read_text(filename)


IN_MEMORY: Final = InMemory({"entry_points.txt": ENTRY_POINTS, "METADATA": METADATA})


class NoDistributionsFinder:
    """A finder of modules alone."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Find no module."""


class Finder(NoDistributionsFinder):
    """A finder that gives distributions, and then raises, if it is told to."""

    def __init__(self, *distributions: importlib_metadata.Distribution, error: BaseException | None = None) -> None:
        self.distributions = distributions
        self.error = error

    def find_distributions(
        self, context: importlib_metadata.DistributionFinder.Context | None = None
    ) -> Iterator[importlib_metadata.Distribution]:
        """Give the distributions, and raise the error."""
        yield from self.distributions
        if self.error is not None:
            raise self.error


class AskingFinder(NoDistributionsFinder):
    """A finder that wants to know where it is to look."""

    def find_distributions(
        self, context: importlib_metadata.DistributionFinder.Context
    ) -> Iterator[importlib_metadata.Distribution]:
        """Give a distribution if the whole path is to be searched."""
        if context.path == sys.path:
            yield IN_MEMORY


class NoAttributeFinder(NoDistributionsFinder):
    """A finder of which not even the methods can be asked for."""

    @property
    def find_distributions(self) -> NoReturn:
        """Raise."""
        raise ValueError


class NoMessageError(Exception):
    """An error that cannot be shown."""

    def __str__(self) -> str:
        raise ValueError


class InterruptingError(Exception):
    """An error that the operator interrupts while it is shown."""

    def __str__(self) -> str:
        raise KeyboardInterrupt


class EntryPoint(Protocol):
    """An entry point of the library, with the types that it leaves out."""

    name: str
    group: str
    value: str


class Library(Protocol):
    """The library, with the types that it leaves out."""

    def distributions(self, *, path: list[str]) -> Iterable[importlib_metadata.Distribution]:
        """Return what is installed in folders and archives."""
        ...


def by_the_library(*groups: str, path: list[str] | None = None) -> set[Candidate]:
    """Return the plugins as importlib_metadata gives them, of each distribution the first copy."""
    every = [*cast("Library", importlib_metadata).distributions(path=sys.path if path is None else path)]
    first = {normalize(found.metadata["Name"]): found for found in reversed(every)}
    return {
        Candidate(Owner(point.name, found.metadata["Name"], found.version), point.group, point.value)
        for found in first.values()
        for point in cast("Iterable[EntryPoint]", found.entry_points)
        if point.group in groups
    }


SPACE: Final = st.sampled_from(["", " ", "\t", "  "])
NAME: Final = st.text("abcz\u00e9\u4e2d09_-.", min_size=1, max_size=6)
TARGET: Final = st.sampled_from(
    ["acme_vllm", "acme.vllm:plugin", "acme.vllm : a.b", "acme [gpu]", "acme:b [gpu, tpu]", "a=b", "acm\u00e9", ""]
)
POINT: Final = st.tuples(NAME, SPACE, st.just("="), SPACE, TARGET, SPACE).map("".join)
LINE: Final = st.one_of(
    POINT,
    st.sampled_from(["", "  ", "# a comment", "  # name = module", "; no comment = x"]),
    st.sampled_from([f"[{GROUP}]", f"  [{GROUP}]  ", "[console_scripts]", f"[{GROUP}.more]", "[other]"]),
)
END: Final = st.sampled_from(["\n", "\r\n"])


def lines_of(texts: list[str], end: str) -> str:
    """Return a file with a section of the group and these lines."""
    return end.join([f"[{GROUP}]", *texts])


POINTS: Final = st.builds(lines_of, st.lists(LINE, max_size=8), END)
TEXTS: Final = st.one_of(POINTS, st.sampled_from(["", f"# {GROUP}\n[other]\nx = y\n"]))
STEMS: Final = ["acme", "acme_vllm", "Other.Vllm", "z\u00e9ta"]
SITES: Final = st.dictionaries(
    st.sampled_from(STEMS), st.tuples(st.sampled_from(["dist-info", "egg-info"]), TEXTS, st.booleans()), max_size=4
)
SiteFiles = dict[str, tuple[str, str, bool]]


def install(folder: pathlib.Path, files: SiteFiles) -> None:
    """Write the metadata folders of a site: the kind of each, its entry points, and whether its lines end in CRLF."""
    for stem, (kind, points, is_crlf) in files.items():
        info = folder / f"{stem}-1.2.{kind}"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {stem}", "Version: 1.2", "Summary: \u00fcber", "", "Name: no header"]
        end = "\r\n" if is_crlf else "\n"
        name = "METADATA" if kind == "dist-info" else "PKG-INFO"
        (info / name).write_bytes(end.join([*lines, ""]).encode())
        (info / "entry_points.txt").write_bytes(points.encode())


@settings(max_examples=150, deadline=None)
@given(files=SITES)
def test_a_quick_look_finds_what_the_library_finds(tmp_path_factory: pytest.TempPathFactory, files: SiteFiles) -> None:
    """Whatever whole distributions are in a folder, the candidates are those of importlib_metadata."""
    folder = tmp_path_factory.mktemp("site")
    install(folder, files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(folder)])
        found = discover(GROUP, "console_scripts")
    assert set(found.candidates) == by_the_library(GROUP, "console_scripts", path=[str(folder)])
    assert len(set(found.candidates)) == len(found.candidates)
    assert found.problems == ()


BROKEN_LINE: Final = st.sampled_from(["acm", "[envatlas.te", "a,b = c", "= c", "a\x07 = c", "\ufeff"])
BROKEN: Final = st.tuples(st.sampled_from(["", "\ufeff"]), POINTS, END, BROKEN_LINE, END).map("".join)


@settings(max_examples=100, deadline=None)
@given(files=SITES, broken=st.dictionaries(st.sampled_from(STEMS), BROKEN))
def test_an_archive_of_a_folder_offers_what_the_folder_offers(
    tmp_path_factory: pytest.TempPathFactory, files: SiteFiles, broken: dict[str, str]
) -> None:
    """Whole or damaged, a distribution gives the same candidates and the same problems from either."""
    folder = tmp_path_factory.mktemp("site")
    install(folder, {**files, **{stem: ("dist-info", text, False) for stem, text in broken.items()}})
    archive = shutil.make_archive(str(folder), "zip", root_dir=folder)
    results: list[tuple[set[Candidate], set[str]]] = []
    for entry in (str(folder), archive):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "path", [entry])
            found = discover(GROUP)
        results.append((set(found.candidates), set(map(str, found.problems))))
    assert results[0] == results[1]


@pytest.mark.parametrize("group", ["envatlas.vllm", "console_scripts", "pytest11"])
def test_the_environment_of_these_tests_is_found_as_the_library_finds_it(group: str) -> None:
    """Real installers wrote what is here."""
    found = discover(group)
    assert set(found.candidates) == by_the_library(group)
    assert found.problems == ()


def test_a_byte_order_mark_is_no_part_of_the_first_section(site: Site) -> None:
    """Some editors of Windows write one; the library loses the section behind it."""
    info = site.add(plugins={"acme": "acme_vllm"})
    (info / "entry_points.txt").write_text("\ufeff" + ENTRY_POINTS, encoding="utf-8")
    assert plugins(discover(GROUP)) == ["acme"]


def key(location: str) -> str:
    """Return by what the distribution of a metadata folder is told from others."""
    return Distribution(location, {"METADATA": METADATA}.get).key


@pytest.mark.parametrize("name", ["acme_vllm-1.2.dist-info", "acme_vllm-1.2-py3.11.egg-info", "acme_vllm.egg-info"])
def test_a_metadata_folder_tells_its_distributions_name(name: str) -> None:
    """An egg-info folder of a checkout has no version in its name."""
    assert key(name) == key("Acme.VLLM-0.1.dist-info")


def test_a_checkout_and_its_installation_are_one_distribution(site: Site) -> None:
    """An editable installation has a dist-info folder, and an egg-info folder where its sources are."""
    site.add(plugins={"acme": "acme_vllm"})
    info = site.another("checkout").folder / "acme_vllm.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text(METADATA)
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    assert plugins(discover(GROUP)) == ["acme"]


def test_a_finder_without_files_is_asked_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on ``sys.meta_path`` finds distributions wherever they are."""
    monkeypatch.setattr(sys, "meta_path", [Finder(IN_MEMORY), *sys.meta_path])
    (candidate,) = discover(GROUP).candidates
    assert candidate.owner == Owner("acme", "acme-vllm", "1.2")


def test_a_finder_is_told_what_to_find(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own look at what is installed hands over a context, and finders rely on it."""
    monkeypatch.setattr(sys, "meta_path", [AskingFinder(), *sys.meta_path])
    assert plugins(discover(GROUP)) == ["acme"]


def test_a_finder_of_modules_alone_finds_no_distribution(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most finders know nothing of distributions, which is no problem."""
    site.add(plugins={"acme": "acme_vllm"})
    monkeypatch.setattr(sys, "meta_path", [NoDistributionsFinder(), *sys.meta_path])
    found = discover(GROUP)
    assert (plugins(found), found.problems) == (["acme"], ())


def test_distributions_without_a_path_are_told_apart_by_their_names(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name with a hyphen is not cut at it: two of one vendor are two."""
    other = InMemory({"entry_points.txt": f"[{GROUP}]\nother = o\n", "METADATA": METADATA.replace("-vllm", "-tpu")})
    monkeypatch.setattr(sys, "meta_path", [Finder(IN_MEMORY, other), *sys.meta_path])
    assert plugins(discover(GROUP)) == ["acme", "other"]


def test_a_distribution_without_a_path_and_one_in_a_folder_can_be_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is compared with the names of all others; the first that is found counts."""
    site.add("acme-vllm", version="7", plugins={"acme": "acme_vllm"})
    monkeypatch.setattr(sys, "meta_path", [Finder(IN_MEMORY), *sys.meta_path])
    assert [each.owner.version for each in discover(GROUP).candidates] == ["1.2"]


def test_a_damaged_distribution_without_a_path_is_named_by_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no folder to name, its metadata does."""
    damaged = InMemory({"entry_points.txt": ENTRY_POINTS, "METADATA": "Name: acme-vllm\n"})
    monkeypatch.setattr(sys, "meta_path", [Finder(damaged), *sys.meta_path])
    (problem,) = discover(GROUP).problems
    assert "acme" in problem.location


@pytest.mark.parametrize("error", [OSError("no network"), SystemExit("no network"), GeneratorExit("no network")])
def test_a_finder_that_raises_ends_only_its_own_search(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """What it found before counts, what others find counts, and it is reported."""
    site.add("other-vllm", plugins={"other": "other_vllm"})
    monkeypatch.setattr(sys, "meta_path", [Finder(IN_MEMORY, error=error), *sys.meta_path])
    found = discover(GROUP)
    assert plugins(found) == ["acme", "other"]
    (problem,) = found.problems
    assert (problem.location, problem.reason) == (f"a finder of {__name__}", f"{type(error).__name__}: no network")


@pytest.mark.parametrize("error", [OSError("no network"), SystemExit("no network")])
def test_a_distribution_that_raises_hides_no_other(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """What reads its files is a finder's code, and ends neither the process nor the search."""
    site.add("other-vllm", plugins={"other": "other_vllm"})
    monkeypatch.setattr(sys, "meta_path", [Finder(Raising(error)), *sys.meta_path])
    found = discover(GROUP)
    assert plugins(found) == ["other"]
    assert [problem.reason for problem in found.problems] == [f"{type(error).__name__}: no network"]


@pytest.mark.parametrize(
    "finder", [Finder(error=NoMessageError()), NoAttributeFinder()], ids=["no message", "no attribute"]
)
def test_a_finder_that_cannot_be_shown_is_contained(
    site: Site, monkeypatch: pytest.MonkeyPatch, finder: Finder | NoAttributeFinder
) -> None:
    """A finder is anybody's code, and so are its errors and their texts."""
    site.add("other-vllm", plugins={"other": "other_vllm"})
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    found = discover(GROUP)
    assert plugins(found) == ["other"]
    assert len(found.problems) == 1


def test_an_interrupt_in_a_finder_is_the_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    """KeyboardInterrupt passes."""
    monkeypatch.setattr(sys, "meta_path", [Finder(error=KeyboardInterrupt()), *sys.meta_path])
    with pytest.raises(KeyboardInterrupt):
        discover(GROUP)


def test_a_search_can_be_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has found enough asks no further finder, and that is no problem."""
    site.add(plugins={"acme": "acme_vllm"})
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder(IN_MEMORY)])
    problems: list[DamagedMetadataError] = []
    with contextlib.closing(cast("Generator[Distribution]", installed(problems))) as found:
        assert next(found).location == "acme_vllm-1.2.dist-info"
    assert problems == []


@pytest.mark.parametrize("text", [b"", b"no archive"])
def test_a_file_on_the_path_that_is_no_archive_is_no_problem(site: Site, text: bytes) -> None:
    """It holds nothing, and hides nothing."""
    (site.folder / "file").write_bytes(text)
    site.search_first(site.folder / "file")
    site.add(plugins={"acme": "acme_vllm"})
    found = discover(GROUP)
    assert (plugins(found), found.problems) == (["acme"], ())


def test_a_path_entry_that_does_not_exist_is_no_problem(site: Site) -> None:
    """Paths often name folders that are not there."""
    site.search_first(site.folder / "missing")
    site.add(plugins={"acme": "acme_vllm"})
    found = discover(GROUP)
    assert (plugins(found), found.problems) == (["acme"], ())


def test_a_path_entry_that_is_no_text_is_passed_over(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python imports nothing from there, and what is behind counts."""
    site.add(plugins={"acme": "acme_vllm"})
    monkeypatch.setattr(sys, "path", [site.folder.with_name("object"), site.folder.parent, 5, *sys.path])
    found = discover(GROUP)
    assert (plugins(found), found.problems) == (["acme"], ())


def test_an_empty_path_entry_is_the_current_folder(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python puts one first where it runs code that is in no file."""
    here = site.another("here")
    here.add(plugins={"acme": "acme_vllm"})
    monkeypatch.chdir(here.folder)
    monkeypatch.setattr(sys, "path", [""])
    assert plugins(discover(GROUP)) == ["acme"]


def test_a_folder_that_is_on_the_path_twice_counts_once(site: Site) -> None:
    """Repeating an entry of the path repeats no plugin."""
    site.add(plugins={"acme": "acme_vllm"})
    site.search_first(site.folder)
    assert plugins(discover(GROUP)) == ["acme"]


def test_metadata_that_is_a_file_hides_no_other(site: Site) -> None:
    """A file where a folder should be, as distutils wrote, offers nothing."""
    (site.folder / "acme_vllm-1.2.dist-info").write_text("")
    (site.folder / "old_vllm-1.2.egg-info").write_text(METADATA)
    site.add("other-vllm", plugins={"other": "other_vllm"})
    found = discover(GROUP)
    assert (plugins(found), found.problems) == (["other"], ())


@pytest.mark.parametrize("name", ["acme-vllm", "Acme_VLLM", "acme.vllm", "ACME-_.vllm"])
def test_a_distribution_has_one_name_however_it_is_written(name: str) -> None:
    """Case, and which and how many separators, make no difference."""
    assert normalize(name) == "acme-vllm"


@given(name=st.text())
def test_normalising_twice_changes_nothing_more(name: str) -> None:
    """A normalised name is its own normal form."""
    once = normalize(name)
    assert normalize(once) == once


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Name: acme", "acme"),
        ("name :\tno", ""),
        ("NAME:acme", "acme"),
        ("Name: a: b", "a: b"),
        ("Name: first\nName: second", "first"),
        ("Summary: x\nno header\nName: acme", "acme"),
        ("Summary: x\n\nName: body", ""),
        ("Summary: x\r\nName: acme\r\n\r\nName: body", "acme"),
        ("", ""),
    ],
)
def test_a_header_is_what_stands_behind_its_name(text: str, value: str) -> None:
    """The first of that name counts, in any case, and none of the body."""
    assert header(text, "Name") == value


@given(name=st.from_regex(r"[A-Za-z0-9._-]+", fullmatch=True), summary=st.text("ab \u00e9:#=", max_size=9))
def test_a_header_is_what_the_standard_library_reads(name: str, summary: str) -> None:
    """A parser of mail, which is what metadata was modelled on, says the same."""
    text = f"Metadata-Version: 2.1\nSummary: {summary}\nName: {name}\n\nName: body\n"
    assert header(text, "Name") == email.message_from_string(text)["Name"]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("no number"), "ValueError: no number"),
        (SystemExit(3), "SystemExit: 3"),
        (ValueError(), "ValueError"),
        (NoMessageError(), "NoMessageError, and its message could not be made"),
    ],
)
def test_an_exception_is_described_by_its_class_and_message(error: BaseException, text: str) -> None:
    """A message that is empty, or cannot be made, leaves the class."""
    assert describe(error) == text


def test_a_message_that_interrupts_is_passed_on() -> None:
    """KeyboardInterrupt is the operator's, wherever it comes from."""
    with pytest.raises(KeyboardInterrupt):
        describe(InterruptingError())


def test_an_interrupt_while_metadata_is_read_is_the_operators(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """KeyboardInterrupt passes, whatever file is being read, and whatever for."""
    monkeypatch.setattr(sys, "meta_path", [Finder(Raising(KeyboardInterrupt())), *sys.meta_path])
    with pytest.raises(KeyboardInterrupt):
        discover(GROUP)


def test_an_interrupt_while_an_earlier_copy_is_looked_at_is_the_operators(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that offers nothing is looked at only where another of the same name offers something."""

    class Interrupting(InMemory):
        def read_text(self, filename: str) -> str | None:
            if filename == "METADATA" and self.is_found:
                raise KeyboardInterrupt
            self.is_found = filename == "entry_points.txt"
            return super().read_text(filename)

        is_found = False

    site.add("acme-vllm", plugins={"acme": "acme_vllm"})
    earlier = Interrupting({"METADATA": "Name: acme-vllm\nVersion: 1.0\n"})
    monkeypatch.setattr(sys, "meta_path", [Finder(earlier), *sys.meta_path])
    with pytest.raises(KeyboardInterrupt):
        discover(GROUP)


@pytest.mark.parametrize("length", [(1 << 16) - 1, 1 << 16, (1 << 16) + 1, 3 << 16])
def test_a_file_is_read_to_its_end(site: Site, length: int) -> None:
    """Metadata can be longer than what the system gives at once."""
    info = site.add(plugins={"acme": "acme_vllm"})
    text = METADATA + "x" * (length - len(METADATA))
    (info / "METADATA").write_text(text)
    assert Distribution.of(str(info)).metadata() == text
