"""The words of the pictures of evaluations, in both languages."""

from __future__ import annotations

from typing import Final

_WORDS: Final = {
    "all-equal": ("人人相同", "All the same"),
    "as-predicted": ("与预测一致", "As predicted"),
    "by-foresight": ("按实际结果（事后）", "By the outcome itself (hindsight)"),
    "by-past-sales": ("按过去十二个月销售额", "By past twelve months' sales"),
    "calibration": ("预测与实际", "Predicted and realised"),
    "chance": ("随机", "Chance"),
    "changed-class": ("换类客户占比", "Customers who change class"),
    "customers-best-first": ("客户占比（由优到劣）", "Share of customers, best first"),
    "customers-share": ("客户占比", "Share of customers"),
    "future-profit": ("随后毛利占比", "Share of the profit that followed"),
    "future-sales": ("随后销售额占比", "Share of the sales that followed"),
    "anybody": ("不分先后", "Anybody first"),
    "by-response": ("按模型排序", "By the model"),
    "gain-a-customer": ("人均增量", "Gain a customer"),
    "gains": ("增益曲线", "Gain curves"),
    "ginis": ("各日期的排序能力（基尼）", "Ranking power on each date (Gini)"),
    "lorenz": ("洛伦兹曲线", "Lorenz curve"),
    "outcome-mean-profit": ("各类随后 {horizon}的客均毛利", "Profit each in {horizon}"),
    "outcome-mean-sales": ("各类随后 {horizon}的客均销售额", "Sales each in {horizon}"),
    "outcome-overdue-rate": ("{horizon}后各类逾期客户占比", "Overdue after {horizon}"),
    "outcome-retention": ("各类随后 {horizon}内购买的占比", "Who bought in {horizon}"),
    "overlap": ("两种分类的重合", "Overlap of two classifications"),
    "predicted": ("预测", "Predicted"),
    "qini": ("Qini 曲线", "Qini curve"),
    "realised": ("实际", "Realised"),
    "sales-share": ("销售额占比", "Share of sales"),
    "sensitivity": ("权重敏感度", "Sensitivity to weights"),
    "transitions": ("迁移矩阵", "Migration matrix"),
    "uplift": ("各类的试验增量", "Uplift by class"),
    "value-mean-profit": ("客均毛利", "Profit a customer"),
    "value-mean-sales": ("客均销售额", "Sales a customer"),
    "value-overdue-rate": ("逾期客户占比", "Customers overdue"),
    "value-retention": ("购买客户占比", "Customers who bought"),
    "value-uplift": ("增量", "Uplift"),
    "weight-change": ("权重变化", "Change of the weight"),
}  # fmt: skip


def words(code: str, **data: dict[str, str]) -> dict[str, str]:
    """A text of a picture; `data` are words in both languages themselves.

    >>> words("chance")
    {'zh': '随机', 'en': 'Chance'}
    """
    zh, en = _WORDS[code]
    told = {lang: {k: v[lang] for k, v in data.items()} for lang in ("zh", "en")}
    return {"zh": zh.format_map(told["zh"]), "en": en.format_map(told["en"])}
