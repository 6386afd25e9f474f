"""What the form's buttons and fields make of a document, to the number; no page, no database."""

import json

import pytest
import yaml
from django.http import QueryDict

from kefen.schemes.limits import CHARACTERS
from kefen_crm.designer import conditions, document_path, documents, working
from kefen_crm.designer.edits import act


def share(*cuts, name="upto"):
    """An ABC document whose classes A, B, C … have these cuts, the last none."""
    classes = [{"key": chr(ord("A") + n), name: cut} for n, cut in enumerate(cuts)]
    return {"method": "share", "classes": [*classes, {"key": chr(ord("A") + len(cuts))}]}


def weighted(*weights):
    named = ("sales", "frequency", "tenure")
    names = [*named, *(f"defined_{n}" for n in range(len(weights)))][: len(weights)]
    pairs = zip(names, weights, strict=True)
    items = [{"indicator": name, "weight": weight} for name, weight in pairs]
    return {"method": "weighted", "classes": [], "indicators": items}


def weights(document):
    return [item["weight"] for item in document["indicators"]]


def read(document=None, **fields):
    posted = QueryDict(mutable=True)
    for name, value in ({"document": json.dumps(document)} | fields).items():
        posted.setlist(name, value if isinstance(value, list) else [value])
    return documents.read(posted)


@pytest.mark.parametrize(
    ("document", "cut"),
    [
        (share(0.7, 0.9), ("upto", 0.95)),  # half way from 90 % to all
        (share(0.7, 0.7777), ("upto", 0.889)),  # 88.885 %, to a tenth of a per cent
        (share(0.2, 0.3, name="share"), ("share", 0.25)),  # half of the 50 % that are left
        (share(0.6, 0.6, name="share"), ("share", 0.0)),  # nothing is left
        (share(0.5, 0.3333, name="share"), ("share", 0.083)),  # half of 16.67 %
        (share(1000, 501, name="at_least"), ("at_least", 250.5)),
        (share(99, 33.33, name="at_least"), ("at_least", 16.66)),
        (share(30, 90, name="at_most"), ("at_most", 150)),  # as far again as from 30 to 90
        (share(30, name="at_most"), ("at_most", 60)),
        (share(30, 30, name="at_most"), ("at_most", 31)),
    ],
)
def test_a_new_class_parts_the_last(document, cut):
    before = len(document["classes"])
    classes = act(document, "add:classes")["classes"]
    fresh = classes[-2]
    assert len(classes) == before + 1
    assert fresh["key"] == chr(ord("A") + before)
    assert fresh["title"] == {"zh": f"{fresh['key']} 类", "en": f"Class {fresh['key']}"}
    assert fresh[cut[0]] == cut[1]
    assert cut[0] not in classes[-1]


def test_a_new_class_where_there_is_no_cut():
    assert "upto" not in act(share("much"), "add:classes")["classes"][1]
    assert act({"method": "share"}, "add:classes")["classes"][0]["key"] == "A"
    letters = [{"key": chr(code)} for code in range(ord("A"), ord("Z") + 1)]
    rfm = act({"method": "rfm", "classes": letters}, "add:classes")["classes"]
    assert rfm[-1]["key"] == "c26"
    assert rfm[-1]["high"] == []
    assert "high" not in act({"method": "rules", "classes": []}, "add:classes")["classes"][0]


def test_the_last_class_that_is_left_has_no_cut():
    assert act(share(0.7, 0.9), "remove:classes[2]")["classes"] == [
        {"key": "A", "upto": 0.7},
        {"key": "B"},
    ]
    document = share(0.7) | {"rules": [{"class": "A"}]}
    assert act(document, "remove:rules[0]")["classes"][0]["upto"] == 0.7


def test_classes_change_places_and_cuts_stay():
    for button in ("up:classes[1]", "down:classes[0]"):
        assert act(share(0.7, 0.9), button)["classes"] == [
            {"key": "B", "upto": 0.7},
            {"key": "A", "upto": 0.9},
            {"key": "C"},
        ]
    for button in (
        *("up:classes[0]", "down:classes[2]", "up:rules[0]", "sing:classes[0]", "down:classes"),
        *("up:classes[3]", "down:classes[x]", "up:classes", "down:classes[-1]"),
    ):
        assert act(share(0.7, 0.9), button) == share(0.7, 0.9)
    rules = {"rules": [{"class": "A", "at_most": 1}, {"class": "B"}]}
    assert act(rules, "down:rules[0]")["rules"] == [{"class": "B"}, {"class": "A", "at_most": 1}]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1, 1, 1), [34, 33, 33]),
        ((0, 0), [50, 50]),
        ((0, 0, 0), [34, 33, 33]),
        # Each of the light ones weighs one, which the heaviest give.
        ((96.1, 2.9, 0.3, 0.3, 0.4), [95, 2, 1, 1, 1]),
        ((998, *[1] * 9), [91, *[1] * 9]),
        ([1] * 101, [1] * 101),
        ((2, 1), [67, 33]),  # 66.7 and 33.3: the larger rest is made up first
        ((998, 1, 1), [98, 1, 1]),  # nobody weighs nothing
        ((True, 3), [1, 99]),  # not a number counts as nothing
        ((0.5, 0.5), [50, 50]),
    ],
)
def test_weights_make_a_hundred_in_whole_numbers(before, after):
    assert weights(act(weighted(*before), "scale")) == after


def test_weights_of_what_is_added_and_taken_away():
    # A third for the new one is 33 of 133: 45.1, 30.1 and 24.8.
    added = act(weighted(60, 40), "add:indicators")
    assert [item["indicator"] for item in added["indicators"]] == ["sales", "frequency", "profit"]
    assert weights(added) == [45, 30, 25]
    assert weights(act(weighted(50, 30, 20), "remove:indicators[0]")) == [60, 40]
    assert weights(act(weighted(90, 10), "equalise")) == [50, 50]
    document = weighted(50, 30) | {"classes": [{"key": "A"}, {"key": "B"}]}
    assert weights(act(document, "remove:classes[0]")) == [50, 30]


def test_judgements_follow_the_indicators():
    judged = act(weighted(60, 40), "weigh:ahp")
    [only] = judged["weights"]["judgements"]
    assert only == {"more": "sales", "than": "frequency", "times": 1}
    assert "weight" not in judged["indicators"][0]
    only["times"] = 3
    turned = act(judged, "turn:weights.judgements[0]")["weights"]["judgements"][0]
    assert (turned["more"], turned["than"], turned["times"]) == ("frequency", "sales", 3)
    more = act(judged, "add:indicators")
    pairs = [(one["more"], one["than"], one["times"]) for one in more["weights"]["judgements"]]
    assert pairs == [("frequency", "sales", 3), ("sales", "profit", 1), ("frequency", "profit", 1)]
    assert all("weight" not in item for item in more["indicators"])
    less = act(more, "remove:indicators[0]")
    assert len(less["weights"]["judgements"]) == 1
    assert less["indicators"] == [{"indicator": "frequency"}, {"indicator": "profit"}]
    by_hand = act(less, "weigh:hand")
    assert "weights" not in by_hand
    assert weights(by_hand) == [50, 50]
    assert act(weighted(1), "weigh:entropy")["weights"] == {"by": "entropy"}


def test_what_is_added_first():
    document = {"classes": [{"key": "A"}, {"key": "B"}]}
    for count in (1, 2, 3, 4, 4):
        assert len(act(document, "add:minimum")["minimum"]) == count
    assert document["minimum"] == {"orders": 1, "frequency": 1, "sales": 1, "tenure": 1}
    test = {"indicator": "orders", "at_least": 1}
    assert act(document, "add:rules")["rules"] == [{"when": {"all": [test]}, "class": "A"}]
    [cap] = act(document, "add:caps")["caps"]
    assert cap["when"] == {"all": [{"indicator": "recency", "above": 180}]}
    assert cap["at_most"] == "B"
    assert act({"classes": [{"key": "A"}]}, "add:caps")["caps"][0]["at_most"] == "A"
    late = act(document, "add:overdue")["caps"][1]
    assert late["when"] == {"all": [{"indicator": "oldest_overdue_days", "above": 90}]}
    assert late["reason"]["en"] == "Overdue by more than 90 days"
    assert act({}, "add:caps")["caps"][0]["at_most"] == ""
    assert act({}, "add:rules")["rules"][0]["class"] == ""
    grouped = act(act({}, "add-test:population"), "add-group:population")
    assert grouped["population"] == {"all": [test, {"any": [test]}]}
    none = {"population": {"not": {"any": [{"attribute": "city", "is": "上海"}]}}}
    assert act(none, "add-test:population")["population"]["not"]["any"][1] == test


def test_fields_become_values():
    found = read(
        share(0.7) | {"value": "sales@12m", "population": {"all": [{"attribute": "city"}]}},
        **{
            "percent:classes[0].upto": "75 %",
            "text:name": " mine ",
            "text:description.en": "   ",
            "number:hysteresis.runs": "2",
            "words:classes[0].tags": "a、b",
            "over:value": "24m",
            "many:classes[0].high": ["", "r", "m"],
            "many:classes[1].high": [""],
            "text:classes[7].key": "nowhere",
            "subject:population.all[0]": "attribute:city",
            "operator:population.all[0]": "is",
            "operand:population.all[0]": "上海",
            "rows:minimum": "1",
            "key:minimum[0]": "orders",
            "least:minimum[0]": "2",
            "key:minimum[1]": "sales",
            "least:minimum[1]": "",
            "key:minimum[2]": "",
            "least:minimum[2]": "9",
        },
    ).document
    assert found == {
        "method": "share",
        "name": "mine",
        "value": "sales@24m",
        "hysteresis": {"runs": 2},
        "population": {"all": [{"attribute": "city", "is": "上海"}]},
        "minimum": {"orders": 2, "sales": 1},
        "classes": [
            {"key": "A", "upto": 0.75, "tags": ["a", "b"], "high": ["r", "m"]},
            {"key": "B", "high": []},  # neither letter is high: a wish, not nothing
        ],
    }


def test_an_empty_field_takes_its_value_away():
    found = read(
        {"value": "sales@12m", "hysteresis": {"runs": 2}, "minimum": {"orders": 1}, "window": "9m"},
        **{"over:value": "", "number:hysteresis.runs": " ", "rows:minimum": "1", "many:window": ""},
    ).document
    assert found == {"value": "sales"}


def test_groups_are_joined_from_the_innermost():
    inner = [{"indicator": "orders", "at_least": 1}]
    found = read(
        {"population": {"all": [{"any": inner}]}},
        **{"join:population": "none", "join:population.all[0]": "all"},
    ).document
    assert found["population"] == {"not": {"any": [{"all": inner}]}}


def test_words_of_one_language_serve_for_both():
    parts = [{"key": "A", "title": {"en": "Best"}}]
    caps = [{"reason": {"zh": "久未购买"}}]
    found = read({"title": {"zh": "甲", "en": "A"}, "classes": parts, "caps": caps}).document
    assert found["title"] == {"zh": "甲", "en": "A"}
    assert found["classes"][0]["title"] == {"zh": "Best", "en": "Best"}
    assert found["caps"][0]["reason"] == {"zh": "久未购买", "en": "久未购买"}


@pytest.mark.parametrize(
    ("text", "code", "facts"),
    [
        ("name: a\nb: [", "yaml-unreadable", {"line"}),
        ("- a", "not-a-document", {"value"}),
        ("a" * (CHARACTERS + 1), "document-long", set()),
        ("a: !!bool x", "yaml-unreadable", {"line", "reason"}),
        ("a: !!timestamp x", "yaml-unreadable", {"line", "reason"}),
    ],
)
def test_yaml_that_cannot_be_taken_leaves_the_document(text, code, facts):
    found = read({"name": "mine"}, source="yaml", yaml=text)
    assert found.document == {"name": "mine"}
    assert found.unreadable["code"] == code
    assert facts <= found.unreadable["data"].keys()


def test_where_the_yaml_breaks_is_told():
    assert read({}, source="yaml", yaml="a: 1\nb: 2: 3\n").unreadable["data"]["line"] == 2
    assert read({}, source="yaml", yaml="- a").unreadable["data"] == {"value": "list"}
    assert read({}, source="yaml", yaml="a: \x00").unreadable["data"]["line"] == 0


def test_a_document_that_is_none_is_empty():
    assert documents.read(QueryDict("document=[1]")).document == {}
    assert documents.read(QueryDict("document={")).document == {}
    with pytest.raises(documents.ForgottenError):
        documents.read(QueryDict("state=unknown"))
    state = working.put({"name": "mine"})
    assert documents.read(QueryDict(f"state={state}")).document == {"name": "mine"}


def test_a_document_is_sent_and_written_as_people_read_it():
    empty = {"method": "share", "population": {"all": []}, "name": "a"}
    assert documents.sent(empty) == {"method": "share", "name": "a"}
    full = empty | {"population": {"all": [{"attribute": "city", "is": "上海"}]}}
    assert documents.sent(full) == full
    written = documents.text(full | {"title": {"zh": "甲"}})
    assert list(yaml.safe_load(written)) == ["name", "title", "method", "population"]
    assert "上海" in written
    told = " ".join(["words"] * 40)
    lines = documents.text({"title": {"en": told}}).splitlines()
    assert 2 < len(lines) < 5, "long words are broken, at a width that can be read"
    assert max(len(line) for line in lines) <= 96


def test_the_form_shows_conditions_as_groups_and_the_last_class_as_the_rest():
    test = {"indicator": "orders", "at_least": 1}
    document = share(0.2, name="share") | {"method": "quantile", "population": test}
    document["rules"] = [{"when": test}, {"class": "A"}]
    document["classes"][-1]["share"] = 0.8
    shown = documents.shaped(document)
    assert shown["population"] == {"all": [test]}
    assert shown["rules"] == [{"when": {"all": [test]}}, {"class": "A"}]
    assert shown["classes"] == [{"key": "A", "share": 0.2}, {"key": "B"}]
    assert document["classes"][-1]["share"] == 0.8, "the document itself is as it was"


@pytest.mark.parametrize(
    ("test", "line"),
    [
        ({"indicator": "orders", "at_least": 2}, ("indicator:orders", "at_least", "2")),
        ({"indicator": "sales", "below": 0}, ("indicator:sales", "below", "0")),
        ({"attribute": "city", "is": "上海"}, ("attribute:city", "is", "上海")),
        ({"attribute": "city", "in": ["上海", "北京"]}, ("attribute:city", "in", "上海, 北京")),
        ({"attribute": "city", "missing": True}, ("attribute:city", "missing", "")),
        ({"attribute": "city", "missing": False}, ("attribute:city", "known", "")),
        ({"indicator": "sales", "in": [1, 2.5]}, ("indicator:sales", "in", "1, 2.5")),
        ({"attribute": "age", "at_least": 18}, ("attribute:age", "at_least", "18")),
    ],
)
def test_a_condition_is_one_line_and_back(test, line):
    shown = conditions.group({"population": {"all": [test]}}, "population")
    [one] = shown.parts
    assert (shown.join, shown.list, shown.group) == ("all", "population.all", True)
    assert (one.subject, one.operator, one.operand) == line
    assert (one.at, one.name) == ("population.all[0]", line[0].split(":")[1])
    assert conditions.written(*line) == test


def test_conditions_in_the_making_and_groups_within_groups():
    assert conditions.written("attribute:", "is", "上海") == {"is": "上海"}
    assert conditions.written("attribute:city", "is", " ") == {"attribute": "city"}
    assert conditions.written("pie:city", "missing", "") == {"missing": True}
    none = {"not": {"any": [{"attribute": "city"}]}}
    outer = conditions.group({"population": {"any": [none, 7]}}, "population")
    inner, broken = outer.parts
    assert (outer.join, inner.join, inner.at) == ("any", "none", "population.any[0]")
    assert inner.parts[0].at == "population.any[0].not.any[0]"
    assert (broken.subject, broken.operator, broken.operand) == ("attribute:", "at_least", "")
    assert conditions.group({}, "population").parts == []


def test_a_condition_is_made_one_that_the_form_can_show():
    both = {"indicator": "sales", "at_least": 1, "below": 9}
    assert conditions.rooted(both) == {
        "all": [{"indicator": "sales", "at_least": 1}, {"indicator": "sales", "below": 9}]
    }
    either = {"attribute": "city", "is": "a", "in": ["b"]}
    assert conditions.rooted(either) == {"all": [either]}
    city = {"attribute": "city", "is": "a"}
    assert conditions.rooted({"not": city}) == {"not": {"any": [city]}}
    assert conditions.rooted({"not": {"any": [city]}}) == {"not": {"any": [city]}}
    assert conditions.rooted({"any": [both]})["any"][0] == conditions.rooted(both)
    assert conditions.rooted(None) == {"all": []}
    document = {"population": {"all": [city]}}
    conditions.joined(document, "population", "sometimes")
    conditions.joined(document, "nowhere", "any")
    assert document == {"population": {"all": [city]}}


def test_places_of_a_document():
    document = {"a": {"b": {"c": 1}}, "classes": [{"key": "A"}]}
    document_path.put(document, "classes[1]", {"key": "B"})
    document_path.put(document, "classes.key", "B")
    document_path.put(document, "classes[0].title.en", "Best")
    document_path.put(document, "x.y", 2)
    assert document_path.get(document, "classes[1].key") is None
    assert document_path.get(document, "classes[0].title.en") == "Best"
    assert document_path.take(document, "a.b.c") == 1
    assert document_path.take(document, "a.b.c") is None
    assert document_path.take(document, "classes[1]") is None
    assert document == {"x": {"y": 2}, "classes": [{"key": "A", "title": {"en": "Best"}}]}
    assert document_path.items(document, "x") == []
    nothing = {"until": None}
    assert document_path.take(nothing, "until") is None
    assert document_path.take(nothing, "until") is None
    assert nothing == {}
    assert document_path.items([1], "") == [1]
    assert document_path.take(document, "classes[0]")["key"] == "A"
    assert document["classes"] == []
