"""The web server: `python -m kefen_crm.process.web_server`, with granian's arguments.

Where web processes are made by forking, the site is imported before, once for all of them: they
start at once and share the memory of it.
"""

from __future__ import annotations

import gc
import multiprocessing
import os


def main() -> None:
    """Import the site where that can be shared, then serve it."""
    if multiprocessing.get_start_method() == "fork":
        share()
    # Only now: what it starts of its own must come after.
    from granian.cli import entrypoint

    entrypoint()  # type: ignore[no-untyped-call]  # granian's own


def share() -> None:
    """Import all that pages need, and have the collector leave it where it is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kefen_crm.site.settings")
    # Only now, where it is of use.
    from django.core.wsgi import get_wsgi_application
    from django.db import connections
    from django.urls import get_resolver

    from kefen.engines.compilers import import_for_duckdb

    get_wsgi_application()  # with its middleware
    get_resolver().url_patterns  # noqa: B018  # reading it is what imports every page
    import_for_duckdb()
    connections.close_all()  # each process has its own
    # A collection would write to every object, and so give each process a copy of it.
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
