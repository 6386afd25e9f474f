"""The designer in a browser: how soon what a scheme would do stands on the page.

    python -m benchmarks.designer FOLDER [--customers 500000] [--turns 9] [--workers 2]

In the company of `benchmarks.site`, graded by `weighted` too, a manager opens the designer of a
scheme in Chromium and moves a cut and a weight, as a slider does, compared with the run in force.
`opened` counts from the click that opens the page, a move from the slider's event, both until the
new figures stand in the page's table, and again until the pictures are drawn too. Told are medians
of the moves in milliseconds on the clock, the processor time of all web processes, and the ratio of
the figures to the goal; `first` is the first time after the web processes began.
"""

from __future__ import annotations

import argparse
import os
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.crowd import cookie_of, served
from benchmarks.site_company import AS_OF, MANAGER, site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

OPENED, CUT, WEIGHT = 1000, 200, 300
"""Goals in milliseconds."""
PATIENCE = 120_000
READY = "#kf-design[data-state=ready]"
WATCH = """() => {
  window.stood = 0;
  new MutationObserver(() => { window.stood = window.stood || performance.now(); })
    .observe(document.getElementById("kf-effect"), { childList: true });
}"""
MOVE = """([place, value]) => {
  const slider = document.querySelector(`[data-slides="${place}"]`);
  window.stood = 0;
  window.began = performance.now();
  slider.value = String(value);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""
STOOD = "() => [window.stood - window.began, performance.now() - window.began]"


@dataclass
class Row:
    """What one kind of move took."""

    what: str
    goal: float
    figures: list[float] = field(default_factory=list)
    drawn: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        figures, drawn, processor = (
            statistics.median(one) for one in (self.figures, self.drawn, self.processor)
        )
        return (
            f"{self.what:34} goal {self.goal:5.0f} | figures {figures:7.0f} "
            f"({min(self.figures):.0f}–{max(self.figures):.0f}) drawn {drawn:7.0f} "
            f"processor {processor:7.0f} ratio {figures / self.goal:5.2f}"
        )


class Designer:
    """A browser with the designer open, and the processor time behind it."""

    def __init__(self, page: Page, server: psutil.Process) -> None:
        self.page = page
        self._server = server

    def spent(self) -> float:
        """Milliseconds of the processor of all web processes so far."""
        every = [self._server, *self._server.children(recursive=True)]
        return 1000 * sum(sum(one.cpu_times()[:2]) for one in every)

    def open(self, row: Row, scheme: str) -> None:
        before = self.spent()
        self.page.goto(f"/schemes/{scheme}/design/", wait_until="commit")
        self.page.wait_for_selector(READY, timeout=PATIENCE)
        row.figures.append(self.page.evaluate("window.stood"))
        row.drawn.append(self.page.evaluate("performance.now()"))
        row.processor.append(self.spent() - before)

    def move(self, row: Row, place: str, values: Iterator[float], turns: int) -> None:
        for _turn in range(turns):
            before = self.spent()
            self.page.evaluate(MOVE, [place, next(values)])
            self.page.wait_for_selector(READY, timeout=PATIENCE, state="attached")
            figures, drawn = self.page.evaluate(STOOD)
            row.figures.append(figures)
            row.drawn.append(drawn)
            row.processor.append(self.spent() - before)


def values(start: float, step: float) -> Iterator[float]:
    """Values that a slider comes by, none of them twice."""
    while True:
        start += step
        yield round(start, 3)


def measure(designer: Designer, turns: int) -> None:
    for scheme, moves in MOVES.items():
        for what in ("first", "again"):
            opened = Row(f"{scheme}: opened, {what}", OPENED)
            designer.open(opened, scheme)
            print(opened, flush=True)
        for what, goal, place, start, step in moves:
            row = Row(f"{scheme}: {what}", goal)
            designer.move(row, place, values(start, step), turns)
            print(row, flush=True)


MOVES: dict[str, list[tuple[str, float, str, float, float]]] = {
    "abc": [("a moved cut", CUT, "percent:classes[0].upto", 75, -0.5)],
    "weighted": [
        ("a moved weight", WEIGHT, "number:indicators[0].weight", 30, 1),
        ("a moved cut", CUT, "percent:classes[0].upto", 20, 0.5),
    ],
}


def graded() -> None:
    """Grade by `weighted`, unless that was done."""
    from kefen_crm.grading.actions import execute_runs, request_runs
    from kefen_crm.grading.models import Run, Scheme

    scheme = Scheme.objects.get(name="weighted")
    done = Run.objects.filter(version__scheme=scheme, status=Run.Status.FINISHED)
    if not done.exists():
        execute_runs([run.pk for run in request_runs(None, [scheme], AS_OF)])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.designer", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=500_000)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--chromium", default=os.environ.get("KEFEN_CHROMIUM"))
    asked = parser.parse_args()
    with site(asked.folder, asked.customers) as data:
        graded()
        signed_in = dict(zip(("name", "value"), cookie_of(MANAGER).split("=", 1), strict=True))
        with served(data, asked.workers) as port:
            browse(port, signed_in, asked)


def browse(port: int, signed_in: dict[str, str], asked: argparse.Namespace) -> None:
    from playwright.sync_api import sync_playwright

    address = f"http://127.0.0.1:{port}"
    me = psutil.Process(os.getpid())
    [server] = [one for one in me.children() if str(port) in " ".join(one.cmdline())]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=asked.chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        context: Any = browser.new_context(
            base_url=address, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        context.add_cookies([signed_in | {"url": address}])
        context.add_init_script(
            f"addEventListener('DOMContentLoaded', () => "
            f"document.getElementById('kf-effect') && ({WATCH})())"
        )
        page = context.new_page()
        page.goto("/schemes/")  # what every page has is in the browser's cache, as it is
        measure(Designer(page, server), asked.turns)
        browser.close()


if __name__ == "__main__":
    main()
