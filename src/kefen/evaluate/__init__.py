"""What classifications came to: evaluation works on runs alone."""

from kefen.evaluate.migration import ABSENT, Comparison, compare

__all__ = ["ABSENT", "Comparison", "compare"]
