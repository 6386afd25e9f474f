"""Values in more than one room of the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Field, Header, Path
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError


def read_from(response: HttpResponse, version: int | None) -> None:
    """Say in the answer which version of the ledger it is of, or of a later one."""
    if version is not None:
        response["Kefen-Ledger-Version"] = str(version)


def _written(value: Any) -> date:
    """A day as it is written in JSON; numbers and moments are none."""
    try:
        if isinstance(value, str) and len(value) == len("2026-01-31"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("date", "not a date")


Day = Annotated[
    date, BeforeValidator(_written), WithJsonSchema({"type": "string", "format": "date"})
]
"""A date that came in: `2026-01-31` and nothing else."""

Clock = Annotated[
    str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["14:30"], description="Of the day.")
]
"""A time of the day in the company's zone: `14:30` and nothing else."""


def _counted(value: Any) -> Any:
    """A number as it is written in JSON; true and false are none, nor are digits in a text."""
    if isinstance(value, bool | str):
        raise PydanticCustomError("int", "not a whole number")
    return value


Whole = Annotated[int, BeforeValidator(_counted)]
"""A whole number in a body."""

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=255,
        pattern=r"^[\x20-\x7e]*$",
        description="A name of your own for this change: sent again, it is answered as the first "
        "time and nothing is done twice.",
    ),
]

TOOL = {"x-kefen-tool": True}
"""`openapi_extra` of an operation that assistants may use; its body, if any, is one object."""

READING_TOOL = {"x-kefen-tool": "reads"}
"""The same for an operation that changes nothing, though it is not asked by `GET`."""

Id = Annotated[int, Path(ge=1, le=2**62)]
Code = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])]
Short = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Long = Annotated[str, Field(max_length=5_000, pattern=r"^[^\x00]*$")]
Version = Annotated[Whole | None, Field(ge=1, description="Refused when it is another by now.")]


def _possible(moment: datetime) -> datetime:
    if not 1900 <= moment.year <= 2200:  # what calendars and databases take
        raise ValueError("year")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_possible)]
"""A moment with its zone."""
