"""A person's decision on the class of one customer (人工调整), with reason, author and expiry."""

from __future__ import annotations

from csv import DictReader
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kefen.errors import SchemeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

    from kefen.schemes.model import Scheme


@dataclass(frozen=True)
class Override:
    """One customer is in one class because a person says so.

    Attributes:
        customer_id: whose class is set.
        class_: the key of the class.
        reason: why, in the person's words.
        by: who decided.
        since: when it was decided. It is told, not tested: a decision of today holds in a run of
            the latest facts, whose as-of date may be earlier.
        until: the last as-of date on which it holds; None without end.
    """

    customer_id: str
    class_: str
    reason: str
    by: str
    since: date
    until: date | None = None

    def holds(self, as_of: date) -> bool:
        """Whether it has not expired.

        >>> one = Override("c1", "A", "new contract", "ann", date(2025, 1, 1), date(2025, 3, 31))
        >>> one.holds(date(2025, 3, 31)), one.holds(date(2025, 4, 1))
        (True, False)
        """
        return self.until is None or as_of <= self.until

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; dates as `2025-03-31`."""
        return {
            "customer_id": self.customer_id,
            "class": self.class_,
            "reason": self.reason,
            "by": self.by,
            "since": self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Override:
        """What `to_dict` wrote."""
        until = plain["until"]
        return cls(
            customer_id=plain["customer_id"],
            class_=plain["class"],
            reason=plain["reason"],
            by=plain["by"],
            since=date.fromisoformat(plain["since"]),
            until=date.fromisoformat(until) if until else None,
        )


_COLUMNS = ("customer_id", "class", "reason", "by", "since")


def read_overrides(path: str | PathLike[str]) -> list[Override]:
    """Overrides from a CSV file: `customer_id`, `class`, `reason`, `by`, `since`, `until`.

    Dates as `2025-03-31`; without `until`, or where it is empty, they hold without end.

    Raises:
        SchemeError: `overrides-unreadable` with the line at fault, when the file cannot be read so.
    """
    found: list[Override] = []
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = DictReader(file)
            lacking = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if lacking:
                raise ValueError(", ".join(lacking))  # noqa: TRY301  one place says all
            for row in reader:
                plain = {name: (row[name] or "").strip() for name in _COLUMNS}
                if not all(plain.values()):
                    raise ValueError(", ".join(n for n in _COLUMNS if not plain[n]))  # noqa: TRY301
                found.append(
                    Override.from_dict(plain | {"until": (row.get("until") or "").strip()})
                )
    except (OSError, ValueError) as error:
        line = len(found) + 2
        raise SchemeError(
            "overrides-unreadable", value=str(path), line=line, reason=str(error), needed=_COLUMNS
        ) from error
    return found


def in_force(scheme: Scheme, overrides: Iterable[Override], as_of: date) -> list[Override]:
    """Those that hold at a date, one a customer: of several, the latest decided.

    Raises:
        SchemeError: `override-unknown-class` when one sets a class the scheme does not have.
    """
    found: dict[str, Override] = {}
    for one in sorted(overrides, key=lambda one: one.since):
        if one.holds(as_of):
            found[one.customer_id] = one
    keys = scheme.keys()
    for one in found.values():
        if one.class_ not in keys:
            raise SchemeError(
                "override-unknown-class",
                value=one.class_,
                customer=one.customer_id,
                scheme=scheme.name,
                allowed=keys,
            )
    return list(found.values())
