"""The price list: twelve categories, each in economy, standard and premium brands."""

from __future__ import annotations

from functools import cache

import polars as pl

from kefen.demo.trade.vocabulary import words

# Brand tier: factor on the standard list price, and cost as a share of the list price.
_TIERS = {-1: (0.74, 0.70), 0: (1.0, 0.62), 1: (1.62, 0.53)}


@cache
def products() -> pl.DataFrame:
    """Some 200 products: id, name, category, brand, specification, tier, list price and cost.

    `list_cents` and `cost_cents` are hundredths of a yuan in 2023.
    """
    rows = []
    for category_no, (category, entry) in enumerate(words("products").items(), start=1):
        families = enumerate(entry["families"].items())
        articles = [
            (family, spec, price, tier, unit)
            for family_no, (family, specs) in families
            for spec_no, (spec, price, unit) in enumerate(_specifications(specs))
            for tier in _offered(family_no, spec_no)
        ]
        for number, (family, spec, price, tier, unit) in enumerate(articles, start=1):
            factor, cost_share = _TIERS[tier]
            list_cents = round(price * factor * 100)
            rows.append(
                {
                    "product_id": f"P{category_no:02d}{number:03d}",
                    "product_name": family,
                    "category": category,
                    "brand": entry["brands"][tier + 1],
                    "specification": f"{spec}/{unit}",
                    "tier": tier,
                    "list_cents": list_cents,
                    "cost_cents": max(1, round(list_cents * cost_share)),
                }
            )
    return pl.DataFrame(rows)


def _specifications(specs: dict[str, float | str]) -> list[tuple[str, float, str]]:
    unit = str(specs["unit"])
    return [(spec, float(price), unit) for spec, price in specs.items() if spec != "unit"]


def _offered(family_no: int, spec_no: int) -> tuple[int, ...]:
    """The first family of a category comes in all brands, the others in two of the three."""
    if family_no == 0:
        return (-1, 0, 1)
    return (0, 1) if (family_no + spec_no) % 2 else (-1, 0)
