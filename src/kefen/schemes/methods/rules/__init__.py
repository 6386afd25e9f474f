"""`rules`: classes by ordered conditions; the first that holds decides."""

from kefen.schemes.methods.rules.fitting import METHOD
from kefen.schemes.methods.rules.model import RulesScheme, RulesStandard

__all__ = ["METHOD", "RulesScheme", "RulesStandard"]
