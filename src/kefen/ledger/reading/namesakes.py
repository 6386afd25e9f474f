"""Customers of one name with several phones, where the name is all that tells them apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading import texts
from kefen.ledger.reading.model import CUSTOMER_NAME, Notice
from kefen.ledger.reading.normal import normal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kefen.ledger.reading.batch import ColumnRules, Work

_PHONE = re.compile(
    r"(?:客户|买家|会员|顾客|customer|buyer|member)?(?:手机|电话|phone|mobile|tel).{0,8}"
)
_MOST_NAMES = 100_000
_TELLING = 8
"""So many last figures of two phones are compared: one may have a country's number before it."""


@dataclass
class Namesakes:
    """What the rows read so far say; `heading` is that of the phones, if there is one."""

    heading: str | None = None
    _phones: dict[str, str] = field(default_factory=dict)
    _several: dict[str, tuple[str, str]] = field(default_factory=dict)

    def look(self, work: Work, landing: pl.Series) -> None:
        """Take in the rows of a batch that land."""
        names = work.values.get(CUSTOMER_NAME)
        if self.heading is None or names is None or len(self._phones) > _MOST_NAMES:
            return
        phones = texts.trimmed(texts.as_text(work.raw[self.heading]))
        pairs = pl.DataFrame([names.alias("name"), phones.alias("phone")]).filter(landing)
        for name, phone in pairs.drop_nulls().unique(maintain_order=True).iter_rows():
            known = self._phones.setdefault(name, phone)
            if _figures(known) != _figures(phone):
                self._several.setdefault(name, (known, phone))

    def notices(self, rules: ColumnRules) -> list[Notice]:
        """What is to be told at the end."""
        if not self._several:
            return []
        name, phones = next(iter(self._several.items()))
        data = {"count": len(self._several), "name": name, "phones": list(phones)}
        data |= {"heading": self.heading, "names": rules.heading(CUSTOMER_NAME)}
        self._several = {}
        return [Notice("names-with-several-phones", data)]


def phone_heading(mapping: Mapping[str, str], unmapped: Iterable[str]) -> str | None:
    """The heading of phones that are not read, where customers have a name and no number.

    >>> phone_heading({"客户": "customer_name"}, ["手机号", "备注"])
    '手机号'
    """
    columns = mapping.values()
    if CUSTOMER_NAME not in columns or "customer_id" in columns:
        return None
    return next((heading for heading in unmapped if _PHONE.fullmatch(normal(heading))), None)


def _figures(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))[-_TELLING:]
