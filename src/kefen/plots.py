"""Charts of results for notebooks, by Altair: https://altair-viz.github.io/"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


COLOURS: Final = (
    *("#5570e6", "#1aa9bf", "#5da548", "#d9a800", "#cc6414"),
    *("#ee9aa2", "#b84796", "#986adb", "#857a70", "#6b7f96"),
)
VERDICTS: Final = {"good": "#5da548", "fair": "#d9a800", "poor": "#cc4040", "unknown": "#a9b1bc"}
_STEP: Final = 34
_WIDE: Final = 420


def altair() -> Any:
    """Altair.

    Raises:
        KefenError: `plot-needs-extra` when it is not installed.
    """
    try:
        import altair as alt
    except ImportError:
        raise KefenError("plot-needs-extra") from None
    return alt


def bars(rows: Sequence[Mapping[str, Any]], of: str, values: Sequence[str], title: str) -> Any:
    """One bar for each row and value side by side; `of` names the rows, in their order."""
    alt = altair()
    tall = [{of: row[of], "measure": name, "share": row[name]} for row in rows for name in values]
    chart = alt.Chart(alt.Data(values=tall), title=title, width=_WIDE).mark_bar()
    return chart.encode(
        y=alt.Y(f"{of}:N", sort=None, title=None),
        yOffset=alt.YOffset("measure:N", sort=list(values)),
        x=alt.X("share:Q", axis=alt.Axis(format="%"), title=None),
        color=alt.Color("measure:N", sort=list(values), scale=alt.Scale(range=list(COLOURS))),
        tooltip=[f"{of}:N", "measure:N", alt.Tooltip("share:Q", format=".1%")],
    )


def intervals(rows: Sequence[Mapping[str, Any]], of: str, value: str, title: str) -> Any:
    """A point with its interval (`low`, `high`) for each row and `scheme`."""
    alt = altair()
    base = alt.Chart(alt.Data(values=list(rows)), title=title, width=_WIDE)
    place = {
        "y": alt.Y(f"{of}:N", sort=None, title=None),
        "yOffset": alt.YOffset("scheme:N", sort=None),
        "color": alt.Color("scheme:N", sort=None, scale=alt.Scale(range=list(COLOURS))),
    }
    rules = base.mark_rule().encode(x=alt.X("low:Q", title=value), x2="high:Q", **place)
    tips = [f"{of}:N", "scheme:N", *(f"{name}:Q" for name in (value, "low", "high"))]
    points = base.mark_point(filled=True, size=60).encode(x=f"{value}:Q", tooltip=tips, **place)
    return rules + points


def curves(rows: Sequence[Mapping[str, Any]], x: str, y: str, title: str) -> Any:
    """A line for each `scheme` through shares `x` and `y`, beside the diagonal of chance."""
    alt = altair()
    share = alt.Axis(format="%")
    line = alt.Chart(alt.Data(values=list(rows)), title=title, width=_WIDE).mark_line()
    drawn = line.encode(
        x=alt.X(f"{x}:Q", axis=share),
        y=alt.Y(f"{y}:Q", axis=share),
        color=alt.Color("scheme:N", sort=None, scale=alt.Scale(range=list(COLOURS))),
        order=f"{x}:Q",
    )
    ends = alt.Data(values=[{x: 0, y: 0}, {x: 1, y: 1}])
    chance = alt.Chart(ends).mark_line(strokeDash=[4, 4], color="#a9b1bc")
    return drawn + chance.encode(x=f"{x}:Q", y=f"{y}:Q")


def heatmap(
    rows: Sequence[Mapping[str, Any]], down: str, across: str, value: str, title: str
) -> Any:
    """A square for each pair, the darker the more, with its number."""
    alt = altair()
    base = alt.Chart(alt.Data(values=list(rows)), title=title).encode(
        y=alt.Y(f"{down}:N", sort=None), x=alt.X(f"{across}:N", sort=None)
    )
    squares = base.mark_rect().encode(
        color=alt.Color(f"{value}:Q", scale=alt.Scale(scheme="blues"), legend=None),
        tooltip=[f"{down}:N", f"{across}:N", alt.Tooltip(f"{value}:Q", format=",")],
    )
    numbers = base.mark_text().encode(text=alt.Text(f"{value}:Q", format=","))
    return (squares + numbers).properties(width=alt.Step(2 * _STEP))


def verdicts(rows: Sequence[Mapping[str, Any]], title: str) -> Any:
    """A coloured row for each finding, by `criterion`, `finding`, `verdict` and `told`."""
    alt = altair()
    scale = alt.Scale(domain=list(VERDICTS), range=list(VERDICTS.values()))
    chart = alt.Chart(alt.Data(values=list(rows)), title=title, width=2 * _STEP).mark_rect()
    return chart.encode(
        y=alt.Y("finding:N", sort=None, title=None, axis=alt.Axis(labelLimit=320)),
        row=alt.Row("criterion:N", sort=None, title=None),
        color=alt.Color("verdict:N", scale=scale),
        tooltip=["criterion:N", "finding:N", "verdict:N", "told:N"],
    ).resolve_scale(y="independent")
