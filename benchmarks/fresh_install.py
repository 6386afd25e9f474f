"""Installs a freshly built wheel, with each extra, into an empty environment, and uses it there.

    python -m benchmarks.fresh_install            # all of them
    python -m benchmarks.fresh_install plot ml

Packages come from the registry pip is set to, so this takes minutes. There is no Node.js on the
path of any command.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
USES = {
    "": """
import kefen, polars as pl
orders = pl.DataFrame({"customer": ["a", "b"], "order date": ["2025-03-01", "2025-11-11"],
    "amount": [5000, 15]})
run = kefen.grade(orders, "abc", as_of="2026-01-01")
kefen.report.write(run, "report.html")
assert [count["customers"] for count in run.counts] == [1, 0, 1]
""",
    "ml": "import kefen.predict.churn, sklearn; from kefen.predict import ParetoNBD",
    "pdf": "import typst; typst.compile(b'#sys.version', format='pdf')",
    "plot": "from kefen import plots; plots.altair()",
    "spark": "import kefen.engines.cluster, pyspark",
    "crm": "import kefen_crm.process.supervisor, kefen_crm.site.settings",
}
"""What is done with each extra; the empty one is `pip install kefen`."""


def main(extras: list[str]) -> int:
    """Build, install and use; how many extras failed."""
    with tempfile.TemporaryDirectory(prefix="kefen-fresh-") as folder:
        home = Path(folder)
        run([sys.executable, "-m", "build", "--outdir", home / "dist", ROOT], home, os.environ)
        wheel = next((home / "dist").glob("*.whl"))
        return sum(not tried(extra, wheel, home / (extra or "engine")) for extra in extras)


def tried(extra: str, wheel: Path, home: Path) -> bool:
    """Whether the wheel with this extra installs and works in an environment of its own."""
    began = perf_counter()
    venv.create(home / "venv")  # this environment's pip installs there, which saves a pip each
    python = home / "venv" / "bin" / "python"
    ours = ("PYTHON", "KEFEN_", "DJANGO_")
    bare = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    bare |= {"PATH": str(python.parent), "KEFEN_DATA": str(home / "data")}
    wanted = f"{wheel}[{extra}]" if extra else str(wheel)
    try:
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
        run([*pip, "--no-compile", wanted], home, bare)
        installed = perf_counter() - began
        run([python, "-c", USES[extra]], home, bare)
    except subprocess.CalledProcessError as error:
        print(f"kefen[{extra}]: failed\n{error.stdout}{error.stderr}")
        return False
    took = perf_counter() - began
    print(f"kefen[{extra}]: works, {took:.0f} s, {installed:.0f} of them to install", flush=True)
    return True


def run(command: list[object], folder: Path, environment: Mapping[str, str]) -> None:
    """Run a command there; its talk is shown only when it fails."""
    subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )


if __name__ == "__main__":
    asked = sys.argv[1:] or list(USES)
    sys.exit(main(["" if extra == "engine" else extra for extra in asked]))
