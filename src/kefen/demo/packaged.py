"""Finds the data files of the packages that the real companies come from."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from kefen.errors import KefenError


def data_file(package: str, relative: str) -> Path:
    """Path of a file inside an installed package, which is not imported.

    Raises:
        KefenError: `demo-data-missing` when the package or the file is not there.
    """
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / relative
        if path.is_file():
            return path
    raise KefenError("demo-data-missing", package=package, file=relative)
