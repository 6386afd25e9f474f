"""What all tests share. Tests of the engine need nothing else: no Django, no database."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

settings.register_profile("kefen", deadline=None)  # no test is timed: machines are busy
settings.load_profile("kefen")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_finish() -> None:
    """Look for garbage among what tests make: modules and tests themselves stay to the end.

    Going through them again and again takes a tenth of the whole.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """What a test, or a command it runs, puts into the environment goes with it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium that `make chromium` found or fetched, or else one of this machine."""
    note = Path(sys.prefix) / ".kefen-chromium"
    noted = note.read_text().strip() if note.exists() else ""
    told = os.environ.get("KEFEN_CHROMIUM") or (noted if Path(noted).is_file() else "")
    found = told or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if not found:
        pytest.fail("No Chromium: run `make chromium`, or set KEFEN_CHROMIUM.")
    return found


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """One Chromium for all browser tests: Playwright runs once in a process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _nothing_stays_registered() -> Iterator[None]:
    """Indicators that a test registers go with it, and so does the data directory it opened."""
    if settings_of := sys.modules.get("kefen.ledger.settings"):
        settings_of.opened(Path("no-such-directory"))
    yield
    if catalogue := sys.modules.get("kefen.indicators.catalogue"):
        catalogue._REGISTERED.clear()
