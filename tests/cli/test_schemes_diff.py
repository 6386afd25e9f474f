"""`kefen schemes diff`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kefen import schemes

if TYPE_CHECKING:
    from pathlib import Path


def changed(folder: Path) -> str:
    document = schemes.load("abc").dump() | {"window": "6m"}
    path = folder / "abc.yaml"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def test_it_says_what_is_different(shell: Any, tmp_path: Path) -> None:
    assert shell("schemes", "diff", "abc", changed(tmp_path)).stdout == (
        "Window: 12 months → 6 months\n"
    )
    told = shell("schemes", "diff", "abc", changed(tmp_path), "--lang", "zh").stdout
    assert told == "统计周期：12 个月 → 6 个月\n"


def test_the_same_says_so(shell: Any) -> None:
    assert shell("schemes", "diff", "abc", "abc").stdout == "They say the same.\n"


def test_as_json(shell: Any, tmp_path: Path) -> None:
    [step] = json.loads(shell("schemes", "diff", "abc", changed(tmp_path), "--json").stdout)
    assert step == {
        "code": "change-window",
        "data": {"before": "12m", "after": "6m"},
        "text": "Window: 12 months → 6 months",
    }
