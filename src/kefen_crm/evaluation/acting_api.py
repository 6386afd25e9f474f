"""What money, service and selling came to by class, for programs."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import Http404
from ninja import Field, Path, Router
from pydantic import BaseModel

from kefen_crm.evaluation import acting
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Proofs"])

Name = Annotated[str, Path(max_length=80, pattern="^[a-z_]+$", description="The name of a proof.")]


class ProofNamed(BaseModel):
    """A part of the page."""

    name: str = Field(examples=["overdue"])
    title: str
    text: str = Field(description="How it is counted.")


class ProofFinding(BaseModel):
    """Whether classes differ: as the standard says (`good`), not shown, the other way, too few."""

    tone: Literal["good", "even", "bad", "few"]
    text: str


class ProofLine(BaseModel):
    """A class by its key, or something else by its title, and what was counted, in words."""

    class_key: str
    title: str
    cells: list[str]


class ProofTableOut(BaseModel):
    """What was counted."""

    heading: str
    columns: list[str]
    rows: list[ProofLine]
    findings: list[ProofFinding]


class ProofOut(ProofNamed):
    tables: list[ProofTableOut]


@router.get("", response=list[ProofNamed], summary="List proofs of acting")
def list_proofs(request: Asked) -> list[ProofNamed]:
    """What is told of money, service and selling."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    return [
        ProofNamed(name=one.name, title=str(one.title), text=str(one.text))
        for one in acting.proofs()
    ]


@router.get("/{name}", response=ProofOut, summary="One proof of acting")
def get_proof(request: Asked, name: Name) -> ProofOut:
    """By the classes of the leading scheme; without tables where nothing is to be counted yet."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    one = acting.called(name)
    if one is None:
        raise Http404
    tables = [
        ProofTableOut(
            heading=table.heading,
            columns=list(table.columns),
            rows=[
                ProofLine(class_key=row.key, title=row.title, cells=list(row.cells))
                for row in table.rows
            ],
            findings=[ProofFinding(tone=each.tone, text=each.text) for each in table.findings],
        )
        for table in acting.read(request, one)
    ]
    return ProofOut(name=one.name, title=str(one.title), text=str(one.text), tables=tables)
