"""The site in this process, with a database of its own in a folder."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def site_in(folder: str | Path, *, keep: bool) -> Iterator[None]:
    """The site over a folder, as it is; unless it is kept, its database goes at the end."""
    from kefen_crm.process.postgres import Embedded

    server = Embedded(folder)
    os.environ["DATABASE_URL"] = server.start()
    os.environ["KEFEN_DATA"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "kefen_crm.site.settings"
    try:
        import django

        django.setup()
        yield
    finally:
        (server.stop if keep else server.remove)()
