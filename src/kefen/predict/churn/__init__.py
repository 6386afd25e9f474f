"""Churn (流失): how likely each active customer buys nothing in a time to come, and why."""

from kefen.predict.churn.model import Churn, Evaluation, Reason
from kefen.predict.churn.risk import Risk, at_risk
from kefen.predict.churn.table import churn_reasons, churn_table, fitted

__all__ = [
    "Churn",
    "Evaluation",
    "Reason",
    "Risk",
    "at_risk",
    "churn_reasons",
    "churn_table",
    "fitted",
]
