"""Indicators that others bring: by a provider, by an entry point, by the request itself."""

from __future__ import annotations

import importlib
from datetime import date
from typing import Any

import polars as pl
import pytest

import kefen
from kefen import indicators
from kefen.indicators import Indicator, Provider, Request, compute, measured
from kefen.period import Window
from kefen.wording import sentence

catalogue_module: Any = importlib.import_module("kefen.indicators.catalogue")
AS_OF = date(2025, 1, 1)
CALLS: list[str] = []


def counted(ledger: Any, as_of: date, window: Window) -> Any:
    """Orders of the window and their channel; bob, who has none, is left out."""
    CALLS.append(str(window))
    orders, start = ledger.table("orders"), window.start(as_of)
    inside = orders.ordered_on < as_of
    rows = orders.filter(inside if start is None else inside & (orders.ordered_on >= start))
    return rows.group_by("customer_id").aggregate(
        visits=rows.count(), place=rows.channel.min(), met_on=rows.ordered_on.max()
    )


PROVIDER = Provider("counted", counted)


def indicator(name: str, unit: Any = "count", kind: Any = "number", **other: Any) -> Indicator:
    words = {"zh": "拜访", "en": "Visits"}
    values: dict[str, Any] = {"label": words, "formula": words, "needs": {"orders": ("amount",)}}
    values |= {"windowed": True, "higher_is_better": True, "source": "", "provider": PROVIDER}
    return Indicator(name=name, unit=unit, kind=kind, **(values | other))


VISITS = indicator("visits", absent=0)
PLACE = indicator("place", "text", "label")
MET = indicator("met_on", "date", "date", windowed=False)


@pytest.fixture
def ledger() -> kefen.Ledger:
    """Ann bought twice, once of it in the window; bob never."""
    return kefen.from_frames(
        customers=pl.DataFrame({"customer_id": ["ann", "bob"]}),
        orders=pl.DataFrame(
            {"customer_id": ["ann", "ann"], "ordered_on": ["2023-01-01", "2024-06-11"]}
            | {"amount": ["10", "20"], "order_id": ["1", "2"], "channel": ["web", "shop"]}
        ),
    )


def rows(table: Any) -> list[dict[str, Any]]:
    return list(table.order_by("customer_id").to_polars().to_dicts())


def test_a_provider_gives_numbers_labels_and_dates(ledger: kefen.Ledger) -> None:
    asked = [Request(i.name, Window.parse("12m"), i.name, i) for i in (VISITS, PLACE, MET)]
    asked += [Request("visits", Window.parse("all"), "ever", VISITS)]
    asked += [Request("sales", Window.parse("12m"))]
    CALLS.clear()
    ann, bob = rows(compute(ledger, asked, AS_OF))
    told = {"visits": 1, "place": "shop", "met_on": date(2024, 6, 11), "ever": 2, "sales": 20}
    assert ann == {"customer_id": "ann"} | told
    none = {"visits": 0, "place": None, "met_on": None, "ever": 0, "sales": 0}
    assert bob == {"customer_id": "bob"} | none
    # One call for a window; what has no window is computed over all history, with `ever`.
    assert sorted(CALLS) == ["12m", "all"]


def test_without_its_facts_a_provider_is_not_asked(ledger: kefen.Ledger) -> None:
    lonely = indicator("visits", absent=0, needs={"payments": ("amount",)})
    CALLS.clear()
    found = rows(compute(ledger, [Request("visits", Window.parse("12m"), "", lonely)], AS_OF))
    assert [row["visits"] for row in found] == [None, None]
    assert CALLS == []


def test_two_indicators_of_one_name_do_not_mix(ledger: kefen.Ledger) -> None:
    """As two schemes may each define their own."""
    other = Provider(
        "other", lambda ledger, *_: ledger.table("customers").select("customer_id", visits=7)
    )
    mine, theirs = VISITS, indicator("visits", provider=other)
    both = [
        Request("visits", Window.parse("12m"), f"v{n}", i) for n, i in enumerate((mine, theirs))
    ]
    facts = measured(ledger, both, AS_OF)
    assert [(row["v0"], row["v1"]) for row in rows(facts.indicators(both))] == [(1, 7), (0, 7)]
    assert measured(ledger, both[:1], AS_OF) is facts


def test_a_provider_that_lacks_its_column(ledger: kefen.Ledger) -> None:
    odd = indicator("odd")
    with pytest.raises(kefen.KefenError) as refused:
        compute(ledger, [Request("odd", Window.parse("12m"), "", odd)], AS_OF)
    assert refused.value.code == "provider-lacks-column"
    assert refused.value.data["missing"] == ["odd"]


class Entry:
    """What a package says it brings."""

    def __init__(self, name: str, brings: Any) -> None:
        self.name, self.value, self.brings = name, name, brings

    def load(self) -> Any:
        return self.brings() if callable(self.brings) else self.brings


def broken() -> Any:
    raise ImportError("no such thing")


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(**entries: Any) -> None:
        listed = [Entry(name, brings) for name, brings in entries.items()]
        monkeypatch.setattr(catalogue_module, "entry_points", lambda group: listed)
        catalogue_module._loaded.cache_clear()

    yield install
    monkeypatch.undo()
    catalogue_module._loaded.cache_clear()


def test_plugins_join_the_catalogue(plugins: Any, ledger: kefen.Ledger) -> None:
    plugins(one=VISITS, many=lambda: [PLACE, MET])
    assert {"visits", "place", "met_on", "sales"} <= set(indicators.catalogue())
    found = rows(compute(ledger, [Request("visits", Window.parse("12m"))], AS_OF))
    assert [row["visits"] for row in found] == [1, 0]
    assert indicators.refused() == ()


def test_a_broken_plugin_leaves_the_rest_working(plugins: Any) -> None:
    unworded = indicator("unworded", label={"zh": "", "en": ""})
    plugins(
        bad=broken,
        odd=lambda: [42, unworded, indicator("Upper"), indicator("bare", provider=None)],
        needy=indicator("needy", needs={"orders": ("colour",)}),
        taken=[indicator("sales"), VISITS],
    )
    assert "visits" in indicators.catalogue()
    assert indicators.find("sales").provider is None
    told = [(r.plugin, r.code) for r in indicators.refused()]
    bad = ("odd", "plugin-bad-indicator")
    assert told == [
        ("bad", "plugin-broken"),
        ("needy", "plugin-needs-unknown"),
        *(("odd", "plugin-not-indicator"), bad, bad, bad),
        ("taken", "plugin-name-taken"),
    ]
    for refusal in indicators.refused():
        for lang in ("zh", "en"):
            assert refusal.plugin in sentence(refusal.code, dict(refusal.data), lang)
