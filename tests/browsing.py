"""A browser for the tests that look at a page as readers do: the system's own Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs
import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Page, Request, sync_playwright

if TYPE_CHECKING:
    import pathlib

    from playwright.sync_api import Browser

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUIRED: Final = "ENVATLAS_REQUIRE_BROWSER"
"""The variable by which a missing browser is a failure, rather than a reason to leave the tests out."""
OPTIONS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
"""A test may run as root, without a display, and must not ask for updates."""
PHONE: Final = {"width": 390, "height": 844}
SIDEWAYS: Final = {"width": 844, "height": 390}
TABLET: Final = {"width": 700, "height": 800}
DESK: Final = {"width": 1200, "height": 900}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give the system's Chromium."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        missing = f"no browser is on the path; there is none of: {', '.join(NAMES)}"
        pytest.fail(missing) if os.environ.get(REQUIRED) else pytest.skip(missing)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield launched
        launched.close()


@attrs.frozen(eq=False)
class Visit:
    """A page that is open, and what it did that no page of ours should: errors, dialogs, requests of other files."""

    page: Page
    faults: list[str] = attrs.field(factory=list[str])

    def open(self, file: pathlib.Path, suffix: str = "") -> Page:
        """Open a file, noting from then on what happens."""
        url = file.as_uri()

        def on_console(message: ConsoleMessage) -> None:
            self.faults.append(f"console: {message.text}")

        def on_error(error: Exception) -> None:
            self.faults.append(f"error: {error}")

        def on_dialog(dialog: Dialog) -> None:
            self.faults.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        def on_request(request: Request) -> None:
            if request.url.partition("#")[0].partition("?")[0] != url:
                self.faults.append(f"request: {request.url}")

        self.page.on("console", on_console)
        self.page.on("pageerror", on_error)
        self.page.on("dialog", on_dialog)
        self.page.on("request", on_request)
        self.page.goto(url + suffix)
        return self.page


def names(page: Page) -> list[str]:
    """Return the names of the variables that are shown."""
    found: list[str] = page.eval_on_selector_all(
        "main article", "all => all.filter(each => !each.closest('[hidden]')).map(each => each.id)"
    )
    return found
