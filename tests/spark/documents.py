"""Schemes of every method: the ready-made ones, and one that asks for much."""

from __future__ import annotations

import yaml

from kefen import schemes

NASTY = """
name: nasty
method: weighted
title: {zh: 刁钻, en: Nasty}
minimum: {orders: 1}
define:
  - name: sold_online
    title: {zh: 线上件数, en: Sold online}
    fact: order_lines
    where: {any: [{attribute: channel, is: 线上}, {attribute: channel, contains: web}]}
    aggregate: sum
    column: amount
    unit: money
  - name: level
    title: {zh: 等级, en: Level}
    fact: customers
    aggregate: last
    column: attributes.客户等级
    unit: text
  - name: usual_order
    title: {zh: 常见单额, en: Usual order}
    fact: sales
    where: {attribute: ordered_on.weekday, in: [1, 2, 3, 4, 5, 7]}
    aggregate: quantile
    at: 30%
    column: amount
    per: order_id
    unit: money
  - name: online_order
    title: {zh: 每单线上金额, en: Online by order}
    formula: max(coalesce(sold_online / orders, 0), min(usual_order, share_of_sales * sales@24m))
    unit: money
population:
  any:
    - {attribute: region, in: [华东, East]}
    - {attribute: "it's a key", is: "yes"}
    - not: {indicator: sales, at_least: 100}
indicators:
  - {indicator: usual_order, weight: 15, better: higher, missing: skip, normalise: {by: minmax}}
  - {indicator: online_order, weight: 15, better: higher, missing: skip, normalise: {by: minmax}}
  - {indicator: sold_online, weight: 20, better: higher, missing: zero, normalise: {by: zscore}}
  - {indicator: margin, weight: 25, better: higher, missing: skip, normalise: {by: minmax}}
  - {indicator: recency, weight: 25, better: lower, normalise: {by: percentile}}
caps:
  - when: {indicator: level, is: 普通}
    at_most: B
    reason: {zh: 普通客户, en: ordinary}
cut: customers
classes:
  - {key: A, title: {zh: A 类, en: A}, upto: 20%}
  - {key: B, title: {zh: B 类, en: B}, upto: 60%}
  - {key: C, title: {zh: C 类, en: C}}
"""


ALIKE = {"lead-stage", "lead-grade", "region", "key-account", "value-tiers"}
"""Ready-made schemes that ask the engine for nothing the others do not; each takes seconds."""


def documents() -> dict[str, schemes.Scheme]:
    ready = [scheme for scheme in schemes.builtin() if scheme.name not in ALIKE]
    found = [*ready, schemes.load(yaml.safe_load(NASTY))]
    return {scheme.name: scheme for scheme in found}
