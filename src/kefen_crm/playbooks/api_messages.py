"""What became of the messages of plays, for programs: counted by play, and who got none and why."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from ninja import Field, Query, Router
from pydantic import BaseModel

from kefen_crm.customers.models import Customer
from kefen_crm.platform.api.paging import Page, Paged, after, link, split
from kefen_crm.platform.api.values import TOOL
from kefen_crm.playbooks import unsent
from kefen_crm.playbooks.permits import SPEND
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Playbooks"])


class UnsentReasonOut(BaseModel):
    why: str = Field(examples=["no-consent"])
    words: str = Field(examples=["did not agree to be written to"])
    count: int


class PlayMessagesOut(BaseModel):
    """The messages of a play of a playbook, of the customers that you see."""

    playbook: str
    play: Literal["rising", "falling", "at_risk"]
    sent: int
    waiting: int
    unsent: int
    reasons: list[UnsentReasonOut] = Field(description="Why not, the most first.")


class UnsentPlayMessageOut(BaseModel):
    """A customer to whom a play did not write, and why."""

    customer: str = Field(examples=["C0001"])
    playbook: str
    play: Literal["rising", "falling", "at_risk"]
    on: date = Field(description="When the play began.")
    why: str = Field(examples=["no-consent"])
    words: str
    until: datetime | None = Field(description="When one that waits may be sent.")


class UnsentPlayMessagePage(Page[UnsentPlayMessageOut]):
    pass


class UnsentQuery(Paged):
    playbook: str = Field("", max_length=80, pattern=r"^[^\x00]*$")
    play: Literal["", "rising", "falling", "at_risk"] = ""
    state: Literal["unsent", "waiting"] = Field(
        "unsent", description="`waiting`: those that wait, such as for the end of quiet hours."
    )
    why: str = Field("", max_length=40, pattern=r"^[^\x00]*$")


@router.get("", response=list[PlayMessagesOut], summary="Messages of plays", openapi_extra=TOOL)
def list_play_messages(request: Asked) -> list[PlayMessagesOut]:
    """How many of the last 90 days were sent, wait, or were not sent and why."""
    require(request.user, SPEND)
    return [
        PlayMessagesOut(
            playbook=one.rule, play=one.play, sent=one.sent, waiting=one.waiting,
            unsent=one.unsent,
            reasons=[
                UnsentReasonOut(why=why, words=words, count=count)
                for why, words, count in one.most_first
            ],
        )
        for one in unsent.counted(unsent.play_messages(request.user))
    ]  # fmt: skip


@router.get("/unsent", response=UnsentPlayMessagePage, summary="Whom plays did not write to")
def list_unsent_play_messages(request: Asked, query: Query[UnsentQuery]) -> UnsentPlayMessagePage:
    """The newest first, with the reason; consent, limits and holdouts hold for plays, too."""
    require(request.user, SPEND)
    every = unsent.play_messages(request.user)
    found = unsent.narrowed(
        every, state=query.state, rule=query.playbook, play=query.play, why=query.why
    )
    place = (after(query.cursor, int) or [0])[0]
    items, more = split(found[place : place + query.limit + 1], query.limit)
    customers = Customer.objects.in_bulk([one.customer for one in items])
    return UnsentPlayMessagePage(
        items=[
            UnsentPlayMessageOut(
                customer=customers[one.customer].code, playbook=one.rule, play=one.play,
                on=one.on, why=one.why, words=one.words,
                until=one.until,
            )
            for one in items
            if one.customer in customers
        ],
        next=link(request, [place + query.limit]) if more else None,
    )  # fmt: skip
