"""Deliberate changes of code, and the share of them that the tests notice.

    python -m benchmarks.mutations engine|site [CHANGES] [SEED]

The tests run once as they are, and which function each of them calls is noted. Then one function
after another is changed in memory, and the quickest tests that call it run again, until one fails.
What passed unnoticed is listed, by file and line: each wants a test, or is no change of behaviour.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import threading
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from benchmarks.changes_of_code import Change, changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

ROOT = Path(__file__).parents[1]
SETS: dict[str, tuple[list[str], list[str]]] = {
    "engine": (
        [
            *("kefen/schemes/adjustments.py", "kefen/schemes/rows.py", "kefen/schemes/rating.py"),
            *("kefen/schemes/comparisons.py", "kefen/schemes/condition_forms.py"),
            *("kefen/schemes/methods/one_indicator.py", "kefen/schemes/methods/rfm/reason.py"),
            *("kefen/schemes/methods/rfm/scores.py", "kefen/schemes/methods/weighted/scoring.py"),
            *("kefen/schemes/methods/weighted/reason.py", "kefen/schemes/methods/weighted/ahp.py"),
            *("kefen/schemes/methods/rules/reason.py", "kefen/schemes/methods/rules/ways.py"),
            *("kefen/schemes/methods/matrix/reason.py", "kefen/schemes/methods/cluster/reason.py"),
            *("kefen/explain/__init__.py", "kefen/explain/numbers.py", "kefen/formats.py"),
            *("kefen/schemes/lapse.py", "kefen/schemes/overrides.py", "kefen/period.py"),
        ],
        [
            *("test_holds", "test_explain", "test_methods_rfm", "test_methods_rules"),
            *("test_methods_matrix", "test_methods_cluster", "test_methods_single", "test_weights"),
            *("test_methods_weighted", "test_schemes_conditions", "test_lapse", "test_differences"),
            *("test_run_overrides", "test_degenerate", "test_wording"),
        ],
    ),
    "site": (
        [
            *("kefen_crm/designer/documents.py", "kefen_crm/designer/edits.py"),
            *("kefen_crm/designer/conditions.py", "kefen_crm/designer/document_path.py"),
            *("kefen_crm/designer/preview_result.py", "kefen_crm/designer/views.py"),
            *("kefen_crm/platform/clock.py", "kefen_crm/platform/rules.py"),
            *("kefen_crm/platform/scoped_rules.py", "kefen_crm/platform/calendar.py"),
            *("kefen_crm/rules/actions.py", "kefen_crm/rules/document.py"),
            *("kefen_crm/grading/actions/schedules.py", "kefen_crm/grading/actions/versions.py"),
            *("kefen_crm/grading/actions/overrides.py", "kefen_crm/grading/actions/runs.py"),
            *("kefen_crm/grading/classes.py", "kefen_crm/grading/queries.py"),
        ],
        [
            *("test_designer_pages", "test_clock", "test_rules", "test_calendar"),
            *("test_grading_schedules", "test_grading_versions", "test_grading_overrides"),
            *("test_grading_runs",),
        ],
    ),
}
FOLDERS = {"engine": "tests/engine", "site": "tests/crm"}
TESTS_OF_EACH = 40
LONGEST = 60
"""Seconds; a test that takes longer has noticed."""


class Mutations:
    """A plug-in of pytest that changes code and runs tests again."""

    def __init__(self, paths: list[Path], count: int, chance: random.Random) -> None:
        self._paths, self._count, self._chance = paths, count, chance
        self._items: list[pytest.Item] = []
        self._files = {str(path) for path in paths}
        self._tests: dict[tuple[str, int], list[pytest.Item]] = defaultdict(list)
        self._took: dict[pytest.Item, float] = {}
        self._calls: set[tuple[str, int]] = set()
        self._why = ""
        self.noticed: list[Change] = []
        self.passed: list[Change] = []
        self.untested: list[Change] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run all once, then the changes; the shared fixtures stay to the end."""
        self._items = list(session.items)
        for item in self._items:
            self._first(item)
        share = self._count / len(self._paths)
        found = [one for path in self._paths for one in changes(path, int(share) + 1, self._chance)]
        self._chance.shuffle(found)
        for change in found[: self._count]:
            self._try(change)
        session._setupstate.teardown_exact(None)  # noqa: SLF001
        return True

    def _first(self, item: pytest.Item) -> None:
        self._calls = set()
        began = perf_counter()
        sys.settrace(self._note)
        threading.settrace(self._note)
        try:
            failed = self._fails(item, 0)
        finally:
            sys.settrace(None)
            threading.settrace(None)
        self._took[item] = perf_counter() - began
        if failed:
            print(f"fails as it is: {item.nodeid}: {self._why}", flush=True)
            return
        for place in self._calls:
            self._tests[place].append(item)

    def _note(self, frame: FrameType, _event: str, _arg: Any) -> None:
        """Take in a call; its lines are not followed."""
        if frame.f_code.co_filename in self._files:
            self._calls.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

    def _try(self, change: Change) -> None:
        tests = self._tests.get((str(change.path), change.first_line), [])
        tests = sorted(tests, key=self._took.__getitem__)[:TESTS_OF_EACH]
        if not tests:
            self.untested.append(change)
            print(f"no test runs it: {change}", flush=True)
            return
        with changed(change):
            noticed = any(self._fails(item, LONGEST) for item in tests)
        (self.noticed if noticed else self.passed).append(change)
        print(f"{'noticed' if noticed else 'PASSED'}: {change}", flush=True)

    def _fails(self, item: pytest.Item, longest: int) -> bool:
        """Run a test, from its fixtures on; whether it fails, or does not end in so many seconds.

        Without end, 0 seconds.
        """
        item._initrequest()  # type: ignore[attr-defined]  # noqa: SLF001  as pytest-rerunfailures
        # Of another file, so that no more than what the session shares is left standing.
        after = next((one for one in self._items if one.path != item.path), None)

        def stop(*_: object) -> None:
            raise TimeoutError(item.nodeid)

        signal.signal(signal.SIGALRM, stop)
        signal.alarm(longest)
        try:
            reports = runtestprotocol(item, log=False, nextitem=after)
        except Exception:  # a plug-in could not tell of the failure
            item.session._setupstate.teardown_exact(after)  # noqa: SLF001
            return True
        finally:
            signal.alarm(0)
        self._why = next((str(one.longrepr).splitlines()[-1] for one in reports if one.failed), "")
        return any(report.failed for report in reports)


@contextmanager
def changed(change: Change) -> Iterator[None]:
    """Every function of this code does what the change says."""
    gc.unfreeze()  # what is frozen is not among the objects
    found = [
        one
        for one in gc.get_objects()
        if type(one) is FunctionType  # `isinstance` would wake what waits to be made
        and one.__code__.co_filename == str(change.path)
        and one.__code__.co_firstlineno == change.first_line
        and one.__code__.co_name == change.code.co_name
    ]
    before: list[CodeType] = [one.__code__ for one in found]
    for one in found:
        if len(one.__code__.co_freevars) == len(change.code.co_freevars):
            one.__code__ = change.code
    try:
        yield
    finally:
        for one, code in zip(found, before, strict=True):
            one.__code__ = code


def main() -> None:
    """Change, test, and tell."""
    name, *more = sys.argv[1:] or ["engine"]
    count, seed = (int(one) for one in (*more, *("30", "1")[len(more) :]))
    sources = Path(os.environ.get("PYTHONPATH", str(ROOT / "src")).partition(":")[0])
    modules, tests = SETS[name]
    plugin = Mutations([sources / one for one in modules], count, random.Random(seed))
    files = [str(ROOT / FOLDERS[name] / f"{one}.py") for one in tests]
    pytest.main(["-q", "-s", "-p", "no:cacheprovider", *files], plugins=[plugin])
    tried = len(plugin.noticed) + len(plugin.passed) + len(plugin.untested)
    print(f"\n{len(plugin.noticed)} of {tried} changes were noticed.")
    for change in (*plugin.passed, *plugin.untested):
        print(f"unnoticed: {change}")


if __name__ == "__main__":
    main()
