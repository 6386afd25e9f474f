"""A run as one HTML file: figures, pictures, tables and the standard in words.

The file carries everything it needs, so it opens offline, can be mailed, and prints on A4.
"""

from kefen.report.write import write

__all__ = ["write"]
