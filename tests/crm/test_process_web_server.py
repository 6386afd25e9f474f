"""What the web server imports before it makes its processes."""

import os
import subprocess
import sys

SHARED = """
from glob import glob
from pathlib import Path
from kefen_crm.process.web_server import share
share()
print(*(Path(one).read_text().strip() for one in glob("/proc/self/task/*/comm")))
"""


def test_no_worker_of_polars_is_there_before_the_web_processes_are_made(tmp_path):
    """A process made afterwards would wait for workers that it does not have."""
    environment = os.environ | {"KEFEN_DATA": str(tmp_path), "DATABASE_URL": "postgresql:///none"}
    told = subprocess.run(
        [sys.executable, "-c", SHARED], env=environment, capture_output=True, text=True, check=True
    )
    threads = told.stdout.split()
    assert "python" in " ".join(threads)
    assert not [one for one in threads if one.startswith(("polars-0", "tokio"))]
