"""`KEFEN_ENGINE` decides for the shell and for the site's worker, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import nasty

from kefen.run import Frame


def test_the_shell_grades_on_the_cluster(folder, cluster, duck):
    environment = os.environ | {
        "KEFEN_ENGINE": cluster.master,
        "KEFEN_SPARK": cluster.settings,
        "KEFEN_DATA": str(folder),
        "KEFEN_LANG": "en",
        "TZ": "America/New_York",
    }
    command = [sys.executable, "-m", "kefen", "grade", "abc", "--as-of", str(nasty.AS_OF), "--json"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "WARN" not in said.stderr
    told = json.loads(said.stdout)
    classes = Frame(folder / "runs" / told["run"] / "classes.parquet")
    assert classes.to_polars().height == nasty.CUSTOMERS
    environment["KEFEN_ENGINE"] = "duckdb"
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    again = json.loads(said.stdout)
    assert again["counts"] == told["counts"]
