"""`cluster`: classes by likeness, k-means on scaled indicators."""

from kefen.schemes.methods.cluster.fitting import METHOD
from kefen.schemes.methods.cluster.model import ClusterScheme, ClusterStandard

__all__ = ["METHOD", "ClusterScheme", "ClusterStandard"]
