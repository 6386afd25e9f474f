"""A wheel built by us works where there is no Node.js and no checkout.

`python -m benchmarks.fresh_install` does the same with each extra in an empty environment, from the
package registry.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRY = """
import json, kefen, polars as pl
orders = pl.DataFrame({"customer": ["a", "a", "b"], "order date": ["2025-03-01", "2025-12-01",
    "2025-11-11"], "amount": [5000, 3000, 15]})
run = kefen.grade(orders, "abc", as_of="2026-01-01")
kefen.report.write(run, "report.html", "zh")
print(json.dumps({"where": kefen.__file__, "counts": [c["customers"] for c in run.counts]}))
"""
EXTRAS = {
    "ml": "kefen.predict.churn, kefen.predict.pareto_nbd",
    "pdf": "typst",
    "plot": "kefen.plots; kefen.plots.altair()",
    "spark": "kefen.engines.cluster",
    "crm": "kefen_crm.process.supervisor, kefen_crm.site.settings",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a source distribution, without Node.js on the way."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    done = subprocess.run(
        command, env=bare(PATH=str(folder)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Fetching" not in done.stdout
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, and the packages of this one after it."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    install = ["-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    own = next(folder.glob("lib/python*/site-packages"))
    (own / "present.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return python


def bare(**more: str) -> dict[str, str]:
    """The environment without anything that leads back to the checkout."""
    ours = ("PYTHON", "KEFEN_", "DJANGO_")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)} | more


def test_the_wheel_holds_what_is_shown_and_said(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "kefen/report/assets/vendor/echarts.min.js",
        "kefen_crm/static/vendor/tabler.min.css",
        "kefen_crm/static/vendor/tabler.min.js",
        "kefen/wording/core.yaml",
        "kefen/py.typed",
    ):
        assert name in names
    assert any(name.endswith("zh_Hans/LC_MESSAGES/django.mo") for name in names)


def test_it_grades_and_reports(python: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [python, "-c", TRY], env=bare(), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["where"].startswith(str(python.parents[1]))
    assert told["counts"] == [1, 0, 1]
    assert "echarts" in (tmp_path / "report.html").read_text(encoding="utf-8")
    command = python.with_name("kefen")
    version = subprocess.run(
        [command, "version"], env=bare(), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert version.stdout.startswith("kefen ")


@pytest.mark.parametrize("extra", EXTRAS)
def test_each_extra_can_be_imported(python: Path, tmp_path: Path, extra: str) -> None:
    done = subprocess.run(
        [python, "-W", "ignore", "-c", f"import {EXTRAS[extra]}"],
        env=bare(KEFEN_DATA=str(tmp_path / "data")),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
