"""Where the next hour and the next yuan bring most: `plan(steps, hours=…, money=…)`.

Steps are of groups, such as classes or single customers: each takes hours and money and brings a
value. Within a group the first step brings most for what it takes, so that taking the best next
step again and again is the optimum. What is promised is taken first.

Who should look after whom: `balance(customers, people)` keeps promised hours within those there
are and moves the least.
"""

from __future__ import annotations

from kefen.plan.allocation import Allocation, allocate
from kefen.plan.assumptions import Assumption, read_held, read_people, read_steps
from kefen.plan.planning import GroupPlan, Plan, plan
from kefen.plan.steps import PlanError, Step
from kefen.plan.territories import Held, Load, Move, Person, Territories, balance

__all__ = [
    "Allocation",
    "Assumption",
    "GroupPlan",
    "Held",
    "Load",
    "Move",
    "Person",
    "Plan",
    "PlanError",
    "Step",
    "Territories",
    "allocate",
    "balance",
    "plan",
    "read_held",
    "read_people",
    "read_steps",
]
