"""Pages: what opening the page of thousands of variables costs, and a keystroke in it, as the browser measures it."""

from __future__ import annotations

import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
from typing import Final

import attrs
import click

from benchmarks.results import Ratio
from benchmarks.sites import add_plugins

_GROUP: Final = "envatlas.scale"
_PLUGINS: Final = 100
_VARIABLES: Final = 50
_UNNOTICED: Final = 50.0
"""In milliseconds: a keystroke's work that no reader notices."""
_UNBROKEN: Final = 1000.0
"""In milliseconds: a wait that breaks no reader's train of thought."""
_SHORTEST: Final = 16.0
"""In milliseconds: what is shorter, a browser does not tell."""
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_TYPED: Final = "size of buffer 4"
_PAUSE: Final = 120
"""In milliseconds, between two keys."""

_RENDER: Final = f"""
import sys
from envatlas import Registry
from envatlas.formats.pages import render_page
from envatlas.languages import Words
registry = Registry("scale", group={_GROUP!r}, prefix="SCALE_")
assert len(registry) == {_PLUGINS * _VARIABLES}
open(sys.argv[1], "w", encoding="utf-8").write(render_page(registry, [Words("en"), Words("zh_CN")]))
"""
_OBSERVE: Final = f"""() => {{
  window.entries = [];
  const keep = (list) => entries.push(...list.getEntries().map((each) => each.toJSON()));
  new PerformanceObserver(keep).observe({{ type: "event", durationThreshold: {_SHORTEST} }});
}}"""
_ENTRIES: Final = "entries.filter((each) => ['keydown', 'input'].includes(each.name))"
_OPENING: Final = "performance.getEntriesByType('navigation')[0].loadEventEnd"


@attrs.frozen
class _Visit:
    """What one visit cost, in milliseconds.

    Attributes:
        opening: From the start to the end of the load, from when on the page does what it is asked.
        scripts: The slowest keystroke's work in scripts.
        painted: The slowest keystroke from the key to the paint of what it changed, in steps of 8 ms.
    """

    opening: float
    scripts: float
    painted: float


def measure(rounds: int) -> list[Ratio]:
    """Return what opening and searching the page of 5000 variables in 100 plugins costs; nothing without a browser."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        click.echo(f"the page is not measured: there is none of {', '.join(_BROWSERS)}", err=True)
        return []
    with tempfile.TemporaryDirectory() as folder:
        page, site = pathlib.Path(folder, "page.html"), pathlib.Path(folder, "site")
        site.mkdir()
        add_plugins(site, _PLUGINS, _VARIABLES, _GROUP)
        command = [sys.executable, "-c", _RENDER, str(page)]
        subprocess.run(command, env={"PYTHONPATH": str(site)}, check=True)  # noqa: S603  a program of this file
        visits = [_visit(browser, page) for _ in range(rounds)]
    return [
        _ratio("opening", [visit.opening for visit in visits], _UNBROKEN, 1.0),
        _ratio("slowest keystroke, to the paint", [visit.painted for visit in visits], _UNNOTICED, 1.0),
        _ratio("slowest keystroke, its script", [visit.scripts for visit in visits], _UNNOTICED, None),
    ]


def _ratio(name: str, times: list[float], most: float, bar: float | None) -> Ratio:
    middle = statistics.median(times)
    topic = f"page of {_PLUGINS * _VARIABLES} variables in {_PLUGINS} plugins"
    return Ratio(topic, name, middle / most, f"{most:.0f} ms", bar, f"{middle:.0f} ms")


def _visit(browser: str, file: pathlib.Path) -> _Visit:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser, args=_OPTIONS)
        page = launched.new_page()
        page.goto(file.as_uri())
        opening: float = page.evaluate(_OPENING)
        page.evaluate(_OBSERVE)
        page.focus("#the-search")
        for key in [*_TYPED, *["Backspace"] * len(_TYPED)]:
            page.keyboard.press(key)
            page.wait_for_timeout(_PAUSE)
        shown = page.inner_text("#the-count")
        entries: list[dict[str, float]] = page.evaluate(_ENTRIES)
        launched.close()
    if shown != f"{_PLUGINS * _VARIABLES} of {_PLUGINS * _VARIABLES} shown":
        sys.exit(f"the page did not follow the keys: {shown}")
    return _Visit(
        opening,
        max((each["processingEnd"] - each["processingStart"] for each in entries), default=0.0),
        max((each["duration"] for each in entries), default=_SHORTEST),
    )
