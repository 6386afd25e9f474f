"""`weighted`: classes by a score of several indicators."""

from kefen.schemes.methods.weighted.fitting import METHOD
from kefen.schemes.methods.weighted.model import WeightedScheme, WeightedStandard

__all__ = ["METHOD", "WeightedScheme", "WeightedStandard"]
