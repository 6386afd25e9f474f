"""What was measured, as the tables that are printed and kept in the docs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.__main__ import Contender

GOALS = {
    "sql": ("at most 1.0 times the hand-written SQL", 1),
    "polars": ("ahead of Polars' streaming engine", 1),
    "pandas": ("at least 3.5 times faster than pandas", 3.5),
    "lifetimes": ("lifetimes' summary at least 5 times faster than lifetimes", 5),
}
"""The rival's time, divided by Kefen's, is to be at least this."""
AGAINST = {"lifetimes": "kefen-summary"}
"""What of Kefen does the same as a rival that does not do the whole task."""
PEAK_GIB = 1
LARGE = 10**8
LARGE_GOALS = {"sql": ("at most 1.1 times the hand-written SQL", 1 / 1.1)}
LARGE_PEAK_GIB = 6


def machine(facts: Mapping[str, Any]) -> str:
    """One paragraph about the machine."""
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    return (
        f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, "
        f"{facts['system']}, Python {facts['python']}, load {facts['load']:.1f}\n{packages}"
    )


def table(size: Mapping[str, Any], contenders: Mapping[str, Contender]) -> str:
    """Times, memory and ratios of one size as Markdown, then Kefen's stages and the goals."""
    results = size["results"]
    ours = results.get("kefen")
    low, high = size["load"]
    rows = [
        f"\n{size['lines']:,} order lines (load {low:.1f}-{high:.1f} while measuring)\n",
        "| | median | runs | time / Kefen's | processor time | peak memory |",
        "|---|---:|---|---:|---:|---:|",
    ]
    for name, one in results.items():
        runs = " ".join(f"{seconds:.1f}" for seconds in one["runs"])
        times = f"{one['seconds'] / ours['seconds']:.2f}" if ours else ""
        rows.append(
            f"| {contenders[name].title} | {one['seconds']:.2f} s | {runs} | "
            f"{times} | {one['cpu_seconds']:.1f} s | {one['peak_mib']:,.0f} MiB |"
        )
    rows += [f"\nnot installed: {name}" for name in size["skipped"]]
    if size["kefen_shares"]:
        each = ", ".join(f"{stage} {share:.0%}" for stage, share in size["kefen_shares"].items())
        rows.append(f"\nKefen's time: {each}")
    return "\n".join([*rows, *_goals(results, size["lines"])]) if ours else "\n".join(rows)


def _goals(results: Mapping[str, Any], lines: int) -> list[str]:
    ours, large = results["kefen"], lines >= LARGE
    goals, peak = (LARGE_GOALS, LARGE_PEAK_GIB) if large else (GOALS, PEAK_GIB)
    told = ["", f"Goals, set for {LARGE if large else 10**7:,} lines:"]
    for name, (goal, least) in goals.items():
        like = results.get(AGAINST.get(name, "kefen"))
        if name in results and like:
            times = results[name]["seconds"] / like["seconds"]
            spent = results[name]["cpu_seconds"] / like["cpu_seconds"]
            told.append(
                f"  {'yes' if times >= least else 'NO ':3}  {goal}: its time is {times:.2f} "
                f"of Kefen's, its processor time {spent:.2f}"
            )
    gib = ours["peak_mib"] / 1024
    told.append(f"  {'yes' if gib <= peak else 'NO ':3}  peak memory at most {peak} GiB: {gib:.2f}")
    return told


def growth(sizes: Sequence[Mapping[str, Any]], contenders: Mapping[str, Contender]) -> str:
    """Time and memory of each contender by the number of order lines."""
    if len(sizes) < 2:
        return ""
    names = dict.fromkeys(name for size in sizes for name in size["results"])
    lines = [f"{size['lines']:,}" for size in sizes]
    rows = [f"\n| | {' | '.join(lines)} |", f"|---|{'---:|' * len(lines)}"]
    for name in names:
        cells = []
        for size in sizes:
            one = size["results"].get(name)
            cells.append(
                f"{one['seconds']:.1f} s, {one['cpu_seconds']:.1f} s of processor, "
                f"{one['peak_mib']:,.0f} MiB"
                if one
                else "-"
            )
        rows.append(f"| {contenders[name].title} | {' | '.join(cells)} |")
    return "\n".join(rows)
