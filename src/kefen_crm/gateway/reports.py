"""A run as one HTML file to keep, print or send."""

from __future__ import annotations

import tempfile
from pathlib import Path

from kefen import report
from kefen.run import open_run
from kefen_crm.gateway import language
from kefen_crm.gateway.ledger import opened


def page(run: str, previous: str | None = None) -> bytes:
    """The report of a saved run in this request's language; with `previous`, who moved since.

    Raises:
        RunError: `unknown-run`, `run-not-finished`, `report-assets-missing`.
    """
    with opened() as ledger, tempfile.TemporaryDirectory(prefix="kefen-report-") as folder:
        earlier = open_run(ledger, previous) if previous else None
        file = Path(folder) / "report.html"
        return report.write(open_run(ledger, run), file, language(), earlier).read_bytes()
