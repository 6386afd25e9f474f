"""One customer's explanation in full, as data and in the words of this request's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.run import open_run
from kefen_crm.gateway import language
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    pass


def explanation(code: str, run_id: str) -> dict[str, Any]:
    """Why a customer has its class in a run.

    Keys: `class`, `state`, `last_purchase`, `past_worth`, `window`, `title`, `score`, `cut`,
    `steps`, `next_class`, `next_title`, `to_next`, `notes`; a step is `{"code", "data", "text"}`.

    Raises:
        RunError: `unknown-run`, `unknown-customer`.
    """
    lang = language()
    with opened() as ledger:
        found = open_run(ledger, run_id).explain(code)
    plain = found.to_dict()
    for name in ("title", "next_title"):
        plain[name] = (plain[name] or {}).get(lang)
    words = {
        "steps": found.sentences(lang),
        "to_next": found.way(lang),
        "notes": found.remarks(lang),
    }
    for name, texts in words.items():
        plain[name] = [
            {"code": step["code"], "data": step["data"], "text": text}
            for step, text in zip(plain[name], texts, strict=True)
        ]
    if found.window:
        plain["window"] |= {"text": found.counted(lang)}
    del plain["scheme"], plain["method"]
    return plain
