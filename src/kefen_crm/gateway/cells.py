"""Cells of CSV files that spreadsheets open."""

from kefen.cells import safe, safe_row

__all__ = ["safe", "safe_row"]
