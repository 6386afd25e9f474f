"""A data directory that is as it was, whatever was written to it meanwhile."""

import shutil


class Snapshot:
    """The data directory, as it was before the requests."""

    def __init__(self, data, copy):
        self.data, self.copy = data, copy
        shutil.copytree(data, copy)
        self.before = self.listed()

    def listed(self):
        return {str(one): one.stat().st_mtime_ns for one in self.data.rglob("*") if one.is_file()}

    def restore(self):
        if self.listed() != self.before:
            shutil.rmtree(self.data)
            shutil.copytree(self.copy, self.data)
