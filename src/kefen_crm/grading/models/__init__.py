"""What the grading room keeps: schemes and their versions, runs, classes, a person's decisions."""

from __future__ import annotations

from kefen_crm.grading.models.classes import CustomerClass, LivePosition, RunInForce
from kefen_crm.grading.models.following import Following
from kefen_crm.grading.models.measures import FurtherMeasure
from kefen_crm.grading.models.overrides import Override
from kefen_crm.grading.models.runs import Run
from kefen_crm.grading.models.schedules import Schedule
from kefen_crm.grading.models.schemes import (
    Draft,
    GradeClass,
    Scheme,
    SchemeVersion,
    in_language,
    scheme_name,
)

__all__ = [
    "CustomerClass",
    "Draft",
    "Following",
    "FurtherMeasure",
    "GradeClass",
    "LivePosition",
    "Override",
    "Run",
    "RunInForce",
    "Schedule",
    "Scheme",
    "SchemeVersion",
    "in_language",
    "scheme_name",
]
