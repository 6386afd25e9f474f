"""`matrix`: two schemes crossed; each cell belongs to a class."""

from kefen.schemes.methods.matrix.fitting import METHOD
from kefen.schemes.methods.matrix.model import MatrixScheme, MatrixStandard

__all__ = ["METHOD", "MatrixScheme", "MatrixStandard"]
