"""Writes the report file."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kefen.errors import RunError
from kefen.ledger.settings import Settings
from kefen.report.content import content
from kefen.report.figures import figure
from kefen.storage import written_file
from kefen.wording import sentence

if TYPE_CHECKING:
    from kefen.evaluate import Scorecard
    from kefen.run import Run

SCRIPTS = ("vendor/echarts.min.js", "charts.js", "pictures.js", "proof.js", "report.js")
TONES = 10
"""Colours of classes in charts.css; more classes begin again."""
STYLES = ("charts.css", "report.css")


def write(
    run: Run,
    path: str | Path,
    lang: str | None = None,
    previous: Run | None = None,
    scorecard: Scorecard | None = None,
) -> Path:
    """Write the report of a run to `path` and give the path back.

    Args:
        run: a finished run.
        path: the HTML file; an older one is replaced.
        lang: `zh` or `en`; without one, the company's language, else `zh`.
        previous: an earlier run of the same scheme, to show who moved since.
        scorecard: of this run, to show what it proved to be worth.

    Raises:
        RunError: `run-not-finished`; `report-assets-missing` when Kefen was not built whole.
        StorageError: `file-not-writable`, `disk-full`.
    """
    if run.status != "finished":
        reason = (run.reason or {}).get("code", "")
        raise RunError("run-not-finished", run=run.id, reason=reason)
    company = run.ledger.settings if run.ledger is not None else Settings()
    lang = "en" if (lang or company.language or "zh").startswith("en") else "zh"
    page = _environment(lang).get_template("report.html.j2")
    text = page.render(
        lang=lang,
        company=company.company,
        written=company.local(run.started_at or datetime.now(UTC)),
        scripts=[Markup(_asset(name)) for name in SCRIPTS],  # noqa: S704  # our own files
        styles=[Markup(_asset(name)) for name in STYLES],  # noqa: S704  # our own files
        **content(run, lang, previous, scorecard),
    )
    target = Path(path)
    with written_file(target):
        target.write_text(text, encoding="utf-8")
    return target


def _environment(lang: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("kefen.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def say(code: str, **data: Any) -> str:
        return sentence(f"report-{code}", data, lang)

    environment.globals["say"] = say
    environment.filters["figure"] = partial(figure, lang=lang)
    environment.filters["told"] = lambda words: words[lang]
    environment.filters["tone"] = lambda index: (index - 1) % TONES + 1 if index else 0
    return environment


def _asset(name: str) -> str:
    asset = files("kefen.report") / "assets" / name
    if not asset.is_file():
        raise RunError("report-assets-missing", name=name)
    return asset.read_text(encoding="utf-8")
