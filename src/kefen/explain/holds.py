"""What a scheme says beside its classes: where weights come from, hysteresis and caps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.explain.conditions import phrase
from kefen.explain.numbers import percent, points
from kefen.explain.words import step_text
from kefen.schemes.methods.weighted import WeightedStandard
from kefen.schemes.methods.weighted.reason import weighting
from kefen.wording import sentence

if TYPE_CHECKING:
    from kefen.schemes import Scheme, Standard


def beside(scheme: Scheme, standard: Standard | None = None, lang: str = "en") -> list[str]:
    """Sentences about what may hold a class, and where fitted weights come from.

    >>> from kefen import schemes
    >>> beside(schemes.load(schemes.load("abc").dump() | {"hysteresis": {"runs": 2}}))
    ['A class is lowered only when 2 runs in a row compute a worse one.']
    """
    steps = weighting(standard) if isinstance(standard, WeightedStandard) else []
    return [
        *(step_text(step, lang) for step in steps),
        *_hysteresis(scheme, lang),
        *_caps(scheme, lang),
    ]


def _hysteresis(scheme: Scheme, lang: str) -> list[str]:
    found = scheme.hysteresis
    if found is None:
        return []
    if found.margin is None:
        return [sentence("beside-runs", {"runs": found.runs}, lang)]
    share = found.margin < 1
    facts = {"margin": percent(found.margin) if share else points(found.margin)}
    return [sentence("beside-share" if share else "beside-margin", facts, lang)]


def _caps(scheme: Scheme, lang: str) -> list[str]:
    return [
        sentence(
            "beside-cap",
            {
                "class": scheme.class_(cap.at_most).title.of(lang),
                "reason": cap.reason.of(lang),
                "condition": phrase(scheme, cap.when, lang),
            },
            lang,
        )
        for cap in scheme.caps
    ]
