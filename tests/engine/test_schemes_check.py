"""Every fault of a scheme document at once, with its path."""

import copy

import pytest
from classing import words

from kefen import schemes
from kefen.errors import SchemeError
from kefen.wording import catalogue, sentence

SHARE = schemes.load("abc").dump()
RFM = schemes.load("rfm").dump()
SEGMENTS = schemes.load("rfm-segments").dump()
WEIGHTED = schemes.load("weighted").dump()
TIERS = schemes.load("value-tiers").dump()
SALES = schemes.load("single-sales").dump()


def changed(document, path, value):
    """The document with one thing set (or removed, when the value is ...)."""
    fresh = copy.deepcopy(document)
    place = fresh
    for piece in path[:-1]:
        place = place[piece]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return fresh


def test_all_faults_at_once():
    document = {
        "method": "share",
        "name": "My ABC",
        "titel": "x",
        "window": "12x",
        "indicator": "slaes",
        "minimum": {"orders": "one"},
        "classes": [
            {"key": "A", "title": {"zh": "甲"}, "upto": 0.9},
            {"key": "A", "title": words("A"), "upto": 0.5},
            {"key": "C", "title": words("C"), "color": "red", "upto": 0.99},
        ],
        "population": {"all": [{"attribute": "region"}]},
    }
    found = {(fault.path, fault.code) for fault in schemes.check(document)}
    assert found == {
        ("name", "bad-name"),
        ("titel", "unknown-field"),
        ("title", "missing-field"),
        ("window", "bad-window"),
        ("indicator", "unknown-indicator"),
        ("minimum.orders", "wrong-type"),
        ("classes[0].title.en", "missing-field"),
        ("classes[1].key", "duplicate-class"),
        ("classes[1].upto", "cuts-not-increasing"),
        ("classes[2].color", "bad-color"),
        ("classes[2].upto", "last-class-open"),
        ("population.all[0]", "condition-open"),
    }


BOX = [{"r": [1, 5]}]
ONE_FAULT = [
    (SHARE, ["method"], "shares", "method", "unknown-method"),
    (SHARE, ["method"], ..., "method", "missing-field"),
    (SHARE, ["value"], "main_channel", "value", "indicator-not-number"),
    (SHARE, ["indicator"], "sales@5q", "indicator", "bad-window"),
    (SHARE, ["minimum"], {"ordres": 1}, "minimum.ordres", "unknown-indicator"),
    (SHARE, ["classes", 0, "upto"], ..., "classes[0]", "cut-missing"),
    (SHARE, ["classes", 0, "upto"], 75, "classes[0].upto", "out-of-range"),
    (SHARE, ["classes", 0, "upto"], "most", "classes[0].upto", "not-a-share"),
    (SHARE, ["classes", 0, "share"], 0.1, "classes[0].share", "unknown-field"),
    (SHARE, ["classes", 0, "key"], "a b", "classes[0].key", "bad-key"),
    (SHARE, ["classes"], [], "classes", "too-few"),
    (SHARE, ["title"], "ABC", "title", "wrong-type"),
    (SHARE, ["population"], {"is": "x"}, "population", "condition-unclear"),
    (TIERS, ["classes", 0, "share"], 0.9, "classes", "shares-sum"),
    (TIERS, ["classes", 2, "share"], 0.4, "classes", "shares-sum"),
    (TIERS, ["better"], "lowest", "better", "not-allowed"),
    (SALES, ["classes", 1, "at_least"], 200_000, "classes[1].at_least", "cuts-not-decreasing"),
    (SALES, ["classes", 0, "at_most"], 5, "classes[0].at_most", "wrong-cut"),
    (RFM, ["classes", 7, "high"], ["r", "m"], "classes[7].high", "combination-taken"),
    (RFM, ["split"], {"by": "mode"}, "split.by", "not-allowed"),
    (RFM, ["classes", 2, "high"], ..., "classes[2]", "cut-missing"),
    (SEGMENTS, ["classes", 9, "scores"], [{"r": 1}], "classes", "scores-uncovered"),
    (SEGMENTS, ["classes", 0, "scores"], [{"r": 6}], "classes[0].scores[0].r", "bad-scores"),
    (SEGMENTS, ["classes", 8, "scores"], BOX, "classes[9]", "class-unreachable"),
    (WEIGHTED, ["indicators", 0, "weight"], 35, "indicators", "weights-sum"),
    (WEIGHTED, ["indicators", 0, "weight"], -30, "indicators[0].weight", "out-of-range"),
    (WEIGHTED, ["indicators", 1, "indicator"], "sales", "indicators[1].indicator",
     "duplicate-indicator"),
    (WEIGHTED, ["indicators", 4], {"indicator": "recency", "weight": 15},
     "indicators[4].better", "direction-missing"),
    (WEIGHTED, ["indicators", 5, "normalise", "bands", 1, "at_least"], 0.9,
     "indicators[5].normalise.bands[1].at_least", "cuts-not-decreasing"),
    (WEIGHTED, ["indicators", 2, "normalise", "clip"], [0.9, 0.1],
     "indicators[2].normalise.clip", "clip-order"),
    (WEIGHTED, ["indicators", 0, "normalise"], {"by": "percentile", "clip": [0.1, 0.9]},
     "indicators[0].normalise.clip", "wrong-normalise"),
    (WEIGHTED, ["indicators", 0, "normalise"], {"by": "bands"},
     "indicators[0].normalise.bands", "missing-field"),
    (WEIGHTED, ["cut"], "value", None, None),
    (WEIGHTED, ["classes", 0, "at_least"], 5, "classes[0].at_least", "wrong-cut"),
]  # fmt: skip


def test_weights_make_one_within_rounding():
    twelve = [{"indicator": f"sales@{n}m", "weight": 1 / 12} for n in range(1, 13)]
    document = WEIGHTED | {"indicators": twelve}
    assert "weights-sum" not in {fault.code for fault in schemes.check(document)}
    twelve[0]["weight"] = 0.08
    [fault] = [fault for fault in schemes.check(document) if fault.code == "weights-sum"]
    assert fault.data["total"] == "0.996666666667"


@pytest.mark.parametrize(
    ("test", "bad"),
    [
        ({"attribute": "ordered_on.weekday", "in": [1, 9]}, "in"),
        ({"attribute": "ordered_on.weekday", "at_least": 8}, "at_least"),
        ({"attribute": "ordered_on.month", "is": "December"}, "is"),
        ({"attribute": "ordered_on.month", "is": 13}, "is"),
        ({"attribute": "ordered_on.quarter", "below": 1}, "below"),
        ({"attribute": "ordered_on.month", "in": ["12", 1], "at_most": 12}, None),
        ({"attribute": "ordered_on.year", "at_least": 2025}, None),
    ],
)
def test_parts_of_dates_that_no_day_has(test, bad):
    own = {"name": "own", "title": {"zh": "a", "en": "a"}, "fact": "orders", "aggregate": "count"}
    for where, path in ((test, "define[0].where"), ({"any": [test]}, "define[0].where.any[0]")):
        document = SHARE | {"define": [own | {"where": where}]}
        found = [
            fault.path for fault in schemes.check(document) if fault.code == "part-out-of-range"
        ]
        assert found == ([f"{path}.{bad}"] if bad else [])


@pytest.mark.parametrize(("document", "where", "value", "path", "code"), ONE_FAULT)
def test_one_fault(document, where, value, path, code):
    found = [(f.path, f.code) for f in schemes.check(changed(document, where, value))]
    assert ((path, code) in found) if path else not found


def test_faults_say_what_would_be_right():
    [fault] = schemes.check(changed(SHARE, ["indicator"], "slaes"))
    assert "sales" in fault.data["near"]
    [fault] = schemes.check(changed(SHARE, ["windw"], "12m"))
    assert fault.data["near"][0] == "window"
    [fault] = schemes.check(changed(SHARE, ["method"], "shar"))
    assert fault.data["near"][0] == "share"
    assert len(fault.data["near"]) == 3


def test_the_hole_in_a_score_map_is_shown():
    document = changed(SEGMENTS, ["classes", 9, "scores"], [{"r": 1}])
    [fault] = [f for f in schemes.check(document) if f.code == "scores-uncovered"]
    # Left over with r = 2: frequency 1 and money 1.
    assert fault.data == {"count": 1, "examples": ["211"]}


def test_a_missing_combination_of_eight_is_shown():
    document = changed(RFM, ["classes"], RFM["classes"][:-1])
    [fault] = schemes.check(document)
    assert (fault.path, fault.code) == ("classes", "scores-uncovered")
    assert fault.data["examples"] == ["---"]


@pytest.mark.parametrize("document", [None, 5, "abc", [], [{}], {}, {"classes": {"a": 1}},
                                      {"method": "rfm", "classes": ["x", None]},
                                      {"method": "weighted", "indicators": [3], "classes": 1},
                                      {"method": ["share"], "population": {"all": 3}}])  # fmt: skip
def test_any_document_is_borne(document):
    assert schemes.check(document)


def test_loading_a_faulty_document_tells_all():
    document = changed(changed(SHARE, ["name"], "No Good"), ["window"], "x")
    with pytest.raises(SchemeError) as refused:
        schemes.load(document)
    assert refused.value.code == "scheme-faulty"
    assert [fault.path for fault in refused.value.faults] == ["name", "window"]


def test_every_fault_is_worded():
    codes = {code for *_, code in ONE_FAULT if code} | {"bad-color", "share-zero", "too-many"}
    codes |= {"condition-open", "duplicate-class", "last-class-open", "bad-window"}
    for code in codes:
        assert set(catalogue()[code]) == {"en", "zh"}, code


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_fault_leaves_a_gap_in_its_sentence(lang):
    for document, where, value, _, _ in ONE_FAULT:
        for fault in schemes.check(changed(document, where, value)):
            assert "{" not in sentence(fault.code, fault.data, lang)


def test_an_error_tells_every_fault_in_words() -> None:
    """A notebook shows what `str` gives: the sentence, then a line for each fault."""
    document = {"name": "x", "method": "share", "title": {"zh": "甲", "en": "A"}, "window": "soon"}
    with pytest.raises(SchemeError) as caught:
        schemes.load(document)
    assert str(caught.value).splitlines() == [
        "The scheme x has 2 faults. [scheme-faulty]",
        "  classes: The field classes is missing.",
        "  window: soon is not a window. Write 90d, 4w, 12m, 2y, fy (fiscal year to date) or all.",
    ]
    assert "12m、" in caught.value.text("zh") or "12m" in caught.value.text("zh")
    assert str(caught.value.faults[0]) == "classes: The field classes is missing."


def test_a_wrong_name_is_told_with_the_three_nearest() -> None:
    with pytest.raises(SchemeError, match=r"Near it: abc, [a-z-]+, [a-z-]+\. "):
        schemes.load("abd")
    document = {"name": "x", "method": "threshold", "indicator": "qwertz"}
    faults = {fault.code: fault for fault in schemes.check(document)}
    assert len(faults["unknown-indicator"].data["near"]) == 3


def test_one_thing_is_told_in_the_singular() -> None:
    assert sentence("scheme-faulty", {"value": "x", "count": 1}) == "The scheme x has 1 fault."
    assert sentence("scheme-faulty", {"value": "x", "count": 2}) == "The scheme x has 2 faults."


def test_shares_are_told_in_per_cent_as_the_form_writes_them():
    """A to 97 % and B to 95.5 %; B to 120 %; the first share 90 % instead of 20 %."""
    told = {}
    for base, name, values in (
        (SHARE, "upto", (0.97, 0.955)),
        (SHARE, "upto", (0.5, 1.2)),
        (TIERS, "share", (0.9,)),
    ):
        document = copy.deepcopy(base)
        for number, value in enumerate(values):
            document["classes"][number][name] = value
        with pytest.raises(SchemeError) as caught:
            schemes.load(document)
        told |= {(name, *values): caught.value.text("en")}
    assert "95.5% must be greater than 97% before it." in told["upto", 0.97, 0.955]
    assert "120% is out of range: it must be at most 100%." in told["upto", 0.5, 1.2]
    assert "they must make 100%." in told["share", 0.9]
