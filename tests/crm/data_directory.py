"""A data directory that is as it was, whatever was written to it meanwhile."""

import os
import shutil
from pathlib import Path


class Snapshot:
    """The data directory, as it was before the requests."""

    def __init__(self, data, copy):
        self.data, self.copy = data, copy
        shutil.copytree(data, copy)
        self.before = self.listed()

    def listed(self):
        files = ((folder, name) for folder, _, names in os.walk(self.data) for name in names)
        return {(folder, name): Path(folder, name).stat().st_mtime_ns for folder, name in files}

    def restore(self):
        if self.listed() != self.before:
            shutil.rmtree(self.data)
            shutil.copytree(self.copy, self.data)
