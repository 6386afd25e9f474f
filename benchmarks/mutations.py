"""Deliberate changes of code, and the share of them that the tests notice.

    python -m benchmarks.mutations engine|designer|foundations|site|acting [CHANGES] [SEED]

One function after another is changed in memory, and the tests that run the changed lines run again,
the quickest first, until one fails. Which lines a test runs is noted once, and again when its file
has changed; the notes are in the user's cache folder. What passed unnoticed is listed, by file and
line: each wants a test, or is no change of behaviour.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import random
import signal
import sys
from contextlib import contextmanager
from functools import _lru_cache_wrapper
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from time import process_time
from types import FunctionType
from typing import TYPE_CHECKING, Any

import coverage
import platformdirs
import pytest
from _pytest.runner import runtestprotocol

from benchmarks.changes_of_code import Change, changes, names_of_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

ROOT = Path(__file__).parents[1]
MODULES: dict[str, list[str]] = {
    "engine": [
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
    "designer": [
        *("kefen_crm/designer/documents.py", "kefen_crm/designer/edits.py"),
        *("kefen_crm/designer/conditions.py", "kefen_crm/designer/document_path.py"),
    ],
    "foundations": [
        *("kefen_crm/platform/clock.py", "kefen_crm/platform/rules.py"),
        *("kefen_crm/platform/scoped_rules.py", "kefen_crm/platform/calendar.py"),
        *("kefen_crm/rules/actions.py", "kefen_crm/rules/document.py"),
    ],
    "site": [
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
    "acting": [
        *("kefen_crm/activities/planner.py", "kefen_crm/activities/escalation.py"),
        *("kefen_crm/activities/rhythm.py", "kefen_crm/activities/actions/tasks.py"),
        *("kefen_crm/holdings/pool_rules.py", "kefen_crm/holdings/handover.py"),
        *("kefen_crm/leads/actions.py", "kefen_crm/leads/grading.py"),
        *("kefen_crm/opportunities/actions.py", "kefen_crm/opportunities/forecast.py"),
        *("kefen_crm/receivables/applying.py", "kefen_crm/receivables/queries.py"),
        *("kefen_crm/dunning/planner.py", "kefen_crm/dunning/actions.py"),
        *("kefen_crm/credit/reckoning.py", "kefen_crm/tickets/clocks.py"),
        *("kefen_crm/surveys/results.py", "kefen_crm/duplicates/comparing.py"),
        *("kefen_crm/duplicates/moving.py", "kefen_crm/privacy/actions.py"),
        *("kefen_crm/notifications/actions.py", "kefen_crm/tickets/actions.py"),
    ],
}
TESTS: dict[str, list[str]] = {
    "engine": [
        *("tests/engine/test_examples.py", "tests/engine/test_numbers.py"),
        *("tests/engine/test_explain.py", "tests/engine/test_holds.py"),
        *("tests/engine/test_methods_*.py", "tests/engine/test_weights.py"),
        *("tests/engine/test_lapse.py", "tests/engine/test_differences.py"),
        *("tests/engine/test_shown.py", "tests/engine/test_degenerate.py"),
        *("tests/engine/test_schemes_conditions.py", "tests/engine/test_run_overrides.py"),
        *("tests/engine/test_wording.py", "tests/cli/test_grade*.py"),
    ],
    "designer": ["tests/crm/test_designer_documents.py", "tests/crm/test_site_examples.py"],
    "foundations": [
        "tests/crm/test_clock.py",
        "tests/crm/test_calendar.py",
        "tests/crm/test_rules.py",
    ],
    "site": [
        *("tests/crm/test_clock.py", "tests/crm/test_calendar.py", "tests/crm/test_rules.py"),
        *("tests/crm/test_designer_*.py", "tests/crm/test_site_examples.py"),
        "tests/crm/test_grading_*.py",
        *("tests/crm/test_api_versions.py", "tests/crm/test_api_overrides.py"),
        "tests/crm/test_live_classes.py",
    ],
    "acting": [
        *("tests/crm/test_activities.py", "tests/crm/test_rhythm.py"),
        *("tests/crm/test_holdings.py", "tests/crm/test_pool_rules.py"),
        *("tests/crm/test_leads.py", "tests/crm/test_opportunities.py"),
        *("tests/crm/test_receivables.py", "tests/crm/test_dunning.py"),
        *("tests/crm/test_credit.py", "tests/crm/test_tickets.py", "tests/crm/test_surveys.py"),
        *("tests/crm/test_duplicates.py", "tests/crm/test_privacy.py"),
        *("tests/crm/test_notifications.py", "tests/crm/test_access.py"),
    ],
}
"""Patterns of the files whose tests go through these modules."""
LONGEST = 120
"""Seconds; a test that takes longer has noticed."""
TESTED = 30
"""Seconds of the processor, as the tests took unchanged; then a change has passed unnoticed."""


class LinesOfTests:
    """Which lines of these modules each test runs, and how long it takes; kept in a file."""

    def __init__(self, file: Path, sources: Path, modules: list[str]) -> None:
        self._file, self._paths = file, {str(sources / one): one for one in modules}
        self._notes: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}

    def fresh(self, tests: Path) -> bool:
        """Whether the notes on a file of tests are of that file as it is."""
        note = self._notes.get(str(tests.relative_to(ROOT)), {})
        return bool(note.get("digest") == self._digest(tests))

    def note(
        self, tests: Path, items: list[pytest.Item], run: Callable[[pytest.Item], bool]
    ) -> None:
        """Run tests of a file once, beside those noted already; those that fail are not noted."""
        watch = coverage.Coverage(data_file=None, include=list(self._paths), config_file=False)
        # Some tests of a file go through none of these modules.
        watch.set_option("run:disable_warnings", ["no-data-collected"])
        took: dict[str, float] = {}
        watch.start()
        for item in items:
            watch.switch_context(item.nodeid)
            began = process_time()
            if run(item):
                took[item.nodeid] = round(process_time() - began, 3)
        watch.stop()
        data = watch.get_data()
        lines: dict[str, list[str]] = {one: [] for one in took}
        for path in self._paths:
            named = names_of_lines(Path(path))
            for line, contexts in data.contexts_by_lineno(path).items():
                for test in set(contexts) & took.keys() if line in named else ():
                    lines[test].append(self._paths[path] + named[line])
        name, digest = str(tests.relative_to(ROOT)), self._digest(tests)
        noted = self._notes[name]["tests"] if self.fresh(tests) else {}
        noted |= {one: {"took": took[one], "lines": lines[one]} for one in took}
        self._notes[name] = {"digest": digest, "tests": noted}
        self._file.write_text(json.dumps(self._notes))

    def of(self, change: Change) -> list[tuple[str, float]]:
        """The tests that run a changed line and how long each takes, the quickest first."""
        module, named = self._paths[str(change.path)], names_of_lines(change.path)
        lines = {module + named[line] for line in change.lines}
        found = [
            (test, float(noted["took"]))
            for note in self._notes.values()
            for test, noted in note["tests"].items()
            if not lines.isdisjoint(noted["lines"])
        ]
        return sorted(found, key=itemgetter(1))

    def _digest(self, tests: Path) -> str:
        return hashlib.sha256(tests.read_bytes()).hexdigest()


class Mutations:
    """A plug-in of pytest that changes code and runs tests again."""

    def __init__(self, found: list[Change], lines: LinesOfTests) -> None:
        self._found, self._lines = found, lines
        self._items: list[pytest.Item] = []
        self.noticed: list[Change] = []
        self.passed: list[Change] = []
        self.untested: list[Change] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Note what is not noted, then try the changes; the shared fixtures stay to the end."""
        self._items = list(session.items)
        stale = {one.path for one in self._items if not self._lines.fresh(one.path)}
        # Tests that need no database stand apart from the others of their file.
        for tests, items in groupby(self._items, attrgetter("path")):
            if tests in stale:
                print(f"noting the lines of {tests.relative_to(ROOT)}", flush=True)
                self._lines.note(tests, list(items), lambda item: not self._fails(item, 0))
        for change in self._found:
            self._try(change)
        session._setupstate.teardown_exact(None)  # noqa: SLF001
        return True

    def _try(self, change: Change) -> None:
        items = {item.nodeid: item for item in self._items}
        tests = [(items[test], took) for test, took in self._lines.of(change) if test in items]
        began = process_time()
        if not tests:
            self.untested.append(change)
            print(f"no test runs it: {change}", flush=True)
            return
        by = ""
        with changed(change):
            spent = 0.0
            for item, took in tests:
                if spent > TESTED:
                    break
                if self._fails(item, LONGEST):
                    by = item.nodeid
                    break
                spent += took
        (self.noticed if by else self.passed).append(change)
        told = f"noticed by {by}" if by else f"PASSED {len(tests)} tests"
        print(f"{told} in {process_time() - began:.1f} s: {change}", flush=True)

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
        failed = next((one for one in reports if one.failed), None)
        if failed and not longest:
            print(f"fails as it is: {item.nodeid}: {str(failed.longrepr).splitlines()[-1]}")
        return failed is not None


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
    _forget()
    for one in found:
        if len(one.__code__.co_freevars) == len(change.code.co_freevars):
            one.__code__ = change.code
    try:
        yield
    finally:
        for one, code in zip(found, before, strict=True):
            one.__code__ = code
        _forget()


def _forget() -> None:
    """Have what Kefen's functions remember worked out anew."""
    for one in gc.get_objects():
        if type(one) is _lru_cache_wrapper and one.__module__.startswith("kefen"):
            one.cache_clear()


def main() -> None:
    """Change, test, and tell."""
    name, *more = sys.argv[1:] or ["engine"]
    count, seed = (int(one) for one in (*more, *("30", "1")[len(more) :]))
    sources = Path(os.environ.get("PYTHONPATH", str(ROOT / "src")).partition(":")[0])
    folder = Path(platformdirs.user_cache_dir("kefen-mutations", appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    lines = LinesOfTests(folder / f"{name}.json", sources, MODULES[name])
    found = _picked([sources / one for one in MODULES[name]], count, random.Random(seed))
    plugin = Mutations(found, lines)
    files = [str(file) for pattern in TESTS[name] for file in sorted(ROOT.glob(pattern))]
    pytest.main(["-q", "-s", "-p", "no:cacheprovider", *files], plugins=[plugin])
    tried = len(plugin.noticed) + len(plugin.passed) + len(plugin.untested)
    print(f"\n{len(plugin.noticed)} of {tried} changes were noticed (seed {seed}).")
    for change in (*plugin.passed, *plugin.untested):
        print(f"unnoticed: {change}")


def _picked(paths: list[Path], count: int, chance: random.Random) -> list[Change]:
    """So many changes, of all modules alike."""
    share = count // len(paths) + 1
    found = [one for path in paths for one in changes(path, share, chance)]
    chance.shuffle(found)
    return found[:count]


if __name__ == "__main__":
    main()
