"""`python -m kefen` is `kefen`."""

from __future__ import annotations

from kefen.cli import main

if __name__ == "__main__":
    main()
