"""`rfm`: classes by recency, frequency and money."""

from kefen.schemes.methods.rfm.fitting import METHOD
from kefen.schemes.methods.rfm.scores import RfmScheme, RfmStandard

__all__ = ["METHOD", "RfmScheme", "RfmStandard"]
