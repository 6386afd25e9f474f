"""A scorecard in words, ready for the template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.evaluate import CRITERIA
from kefen.wording import sentence

if TYPE_CHECKING:
    from kefen.evaluate import Scorecard


def judged(scorecard: Scorecard, lang: str) -> dict[str, Any]:
    """The criteria with their findings."""
    criteria = [
        {
            "title": sentence(f"criterion-{criterion}", {}, lang),
            "findings": [
                {
                    "title": finding.title(lang),
                    "verdict": finding.verdict,
                    "word": sentence(f"verdict-{finding.verdict}", {}, lang),
                    "told": finding.text(lang),
                    "todo": finding.todo(lang),
                }
                for finding in scorecard.of(criterion)
            ],
        }
        for criterion in CRITERIA
    ]
    return {"told": scorecard.title(lang), "criteria": criteria}
