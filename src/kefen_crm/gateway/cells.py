"""Cells of CSV files that spreadsheets open."""

from kefen.cells import safe

__all__ = ["safe"]
