"""The designer: who may open it, what a change would do, what its buttons do to a document."""

import json
import re

import pytest
import yaml
from django.urls import reverse

from kefen_crm.designer import preview_result
from kefen_crm.gateway import previewing
from kefen_crm.grading.models import Draft, Run, Scheme

NEW = reverse("designer:new")
EDIT = reverse("designer:edit", args=["abc"])
PREVIEW = reverse("designer:preview")
EDITOR = reverse("designer:editor")
MEMBERS = reverse("designer:members")
KEEP = reverse("designer:keep")


@pytest.fixture(autouse=True)
def no_bench_left(monkeypatch):
    """Nothing is measured ahead, and no bench outlives its test."""
    monkeypatch.setattr(previewing, "MANY", -1)
    yield
    previewing.release()


@pytest.fixture
def page(graded, bob, sign_in):
    return sign_in(bob)


@pytest.fixture
def form(graded):
    """What the form of the ABC scheme sends; `form(**{"percent:classes[0].upto": "85"})`."""

    def filled(document=None, **fields):
        document = document or graded["abc"].version.document
        sent = {"document": json.dumps(document), "source": "form"}
        return sent | {"against": str(graded["abc"].pk)} | fields

    return filled


def counts(answer):
    return {kind["key"]: kind["customers"] for kind in answer["pictures"]["pyramid"]["classes"]}


def test_of_many_customers_the_rest_is_measured_after_the_first_preview(page, form, monkeypatch):
    """On an engine of its own, by a timer; an indicator added then brings all others along."""
    timed = []
    monkeypatch.setattr(previewing, "MANY", 1_000_000)
    monkeypatch.setattr(previewing, "FEW", -1)
    monkeypatch.setattr(previewing, "_later", lambda *work: timed.append(work))
    first = page.post(PREVIEW, form()).json()
    [(work, *arguments)] = timed
    work(*arguments)
    document = json.loads(form()["document"]) | {"indicator": "orders"}
    other = page.post(PREVIEW, form(document)).json()
    assert sum(counts(other).values()) == sum(counts(first).values())
    assert counts(page.post(PREVIEW, form()).json()) == counts(first)
    assert len(timed) == 1


@pytest.mark.parametrize("url", [NEW, EDIT, f"{NEW}?template=rfm", f"{NEW}?method=weighted"])
def test_who_may_open_it(url, graded, bob, carol, erin, client, sign_in):
    assert sign_in(bob).get(url).status_code == 200
    assert sign_in(carol).get(url).status_code == 403
    assert sign_in(erin).get(url).status_code == 403
    assert client.get(url).status_code == 302


@pytest.mark.parametrize("url", [PREVIEW, EDITOR, MEMBERS, KEEP])
def test_who_may_use_it(url, form, carol, erin, client, sign_in):
    assert sign_in(carol).post(url, form()).status_code == 403
    assert sign_in(erin).post(url, form()).status_code == 403
    assert client.post(url, form()).status_code == 302


def test_nothing_of_that_name(page):
    assert page.get(f"{NEW}?template=pie").status_code == 404
    assert page.get(reverse("designer:edit", args=["pie"])).status_code == 404
    assert page.get(reverse("designer:draft", args=[1])).status_code == 404


def test_every_ready_made_scheme_and_method_opens(page):
    start = page.get(NEW)
    for one in start.context["templates"]:
        opened = page.get(NEW, {"template": one["name"]})
        assert opened.status_code == 200
        assert opened.context["document"]["name"].startswith(one["name"])
    for name, _title in start.context["methods"]:
        opened = page.get(NEW, {"method": name})
        assert opened.status_code == 200, name


def test_a_moved_cut_shows_who_moves(page, form):
    # C1 has 80 % of the sales, C2 95 %: with 96 % both are A; C3 and C5 stay.
    answer = page.post(PREVIEW, form(**{"percent:classes[0].upto": "94"})).json()
    assert answer["faults"] == []
    assert counts(answer) == {"A": 1, "B": 1, "C": 2, "none": 1}
    moved = form(**{"percent:classes[0].upto": "96", "percent:classes[1].upto": "99"})
    answer = page.post(PREVIEW, moved).json()
    assert counts(answer) == {"A": 2, "B": 1, "C": 1, "none": 1}
    links = {
        (one["from"], one["to"]): one["customers"] for one in answer["pictures"]["moves"]["links"]
    }
    assert links == {
        ("A", "A"): 1,
        ("B", "A"): 1,
        ("C", "B"): 1,
        ("C", "C"): 1,
        ("none", "none"): 1,
    }
    assert "Class A" in answer["effect"]
    rows = re.findall(r'data-class="(\w+)".*?</tr>', answer["effect"], re.DOTALL)
    changes = re.findall(
        r'kf-effect-change">(?:<span[^>]*>([+−]\d)</span>)?</td>', answer["effect"]
    )
    assert list(zip(rows, changes, strict=True)) == [
        ("A", "+1"), ("B", ""), ("C", "−1"), ("none", ""),
    ]  # fmt: skip
    nothing = re.search(r'data-class="none".*?</tr>', answer["effect"], re.DOTALL)[0]
    assert re.findall(r">\s*([^<>\s][^<>]*?)\s*<", nothing) == ["Unrated", "1", "0"]
    tones = re.findall(r'class="kf-swatch kf-tone-(\w+)"', answer["effect"])
    assert tones == ["1", "2", "3", "0"]
    assert answer["told"].startswith("5 customers as of 2026-01-01, ")
    assert "upto: 0.96" in page.post(PREVIEW, moved | {"wants": "yaml"}).json()["yaml"]


def test_faults_name_their_field(page, form):
    answer = page.post(PREVIEW, form(**{"percent:classes[0].upto": "much"})).json()
    assert [one["path"] for one in answer["faults"]] == ["classes[0].upto"]
    assert "pictures" not in answer
    crossed = form(**{"percent:classes[0].upto": "97"})
    [fault] = page.post(PREVIEW, crossed).json()["faults"]
    assert fault["path"] == "classes[1].upto"


def test_yaml_and_form_are_one_document(page, form, graded):
    document = graded["abc"].version.document
    text = yaml.safe_dump(document | {"window": "24m"}, allow_unicode=True)
    answer = page.post(PREVIEW, form(source="yaml", yaml=text, wants="yaml")).json()
    assert "window: 24m" in answer["yaml"]
    editor = page.post(EDITOR, form(source="yaml", yaml=text)).content.decode()
    assert '<option value="24m" selected>' in editor
    [fault] = page.post(PREVIEW, form(source="yaml", yaml="a: [")).json()["faults"]
    assert "line" in fault["text"].lower()
    told = page.post(PREVIEW, form(source="yaml", yaml="a: [")).json()["told"]
    assert told == "1 thing to mend before the effect can be shown"


def test_without_facts_it_says_so(ledger, bob, sign_in):
    document = json.dumps({"name": "x"})
    answer = sign_in(bob).post(PREVIEW, {"document": document, "source": "form"}).json()
    assert "no sales" in answer["faults"][0]["text"]


def test_only_what_changed_is_sent(page, form, graded):
    whole = {"percent:classes[0].upto": "96", "percent:classes[1].upto": "99"}
    first = page.post(PREVIEW, form(**{"percent:classes[0].upto": "94"})).json()
    changed = {"against": str(graded["abc"].pk), "source": "form", "state": first["state"]} | whole
    answer = page.post(PREVIEW, changed).json()
    assert counts(answer) == {"A": 2, "B": 1, "C": 1, "none": 1}
    assert answer["state"] == page.post(PREVIEW, form(**whole)).json()["state"]
    # What did not change since stays: only the name is sent.
    named = changed | {"state": answer["state"], "text:title.en": "Mine", "act": ""}
    del named["percent:classes[0].upto"], named["percent:classes[1].upto"]
    document = page.post(EDITOR, named).context["document"]
    assert (document["title"]["en"], document["classes"][0]["upto"]) == ("Mine", 0.96)
    # Another process, or one that started anew, asks for all of it.
    for url in (PREVIEW, EDITOR, MEMBERS):
        assert page.post(url, changed | {"state": "unknown"}).status_code == 409


def test_the_list_behind_a_class_and_a_move(page, form):
    behind = page.post(MEMBERS, form(who="class=abc:C")).content.decode()
    assert behind.index("Acme Tools") < behind.index("=1+1")
    assert "2 customers" in behind
    moved = form(
        who="moved=abc:B>A", **{"percent:classes[0].upto": "96", "percent:classes[1].upto": "99"}
    )
    behind = page.post(MEMBERS, moved).content.decode()
    assert "重庆机电厂" in behind
    assert "上海明达" not in behind
    behind = page.post(MEMBERS, moved).context
    assert (behind["from_title"], behind["title"], behind["total"]) == ("Class B", "Class A", 1)
    assert (behind["members"][0]["before_title"], behind["against"]) == ("Class B", True)
    for who, total in {"": 5, "class=abc:none": 1, "moved=abc:absent>A": 0}.items():
        assert page.post(MEMBERS, form(who=who)).context["total"] == total


def test_the_list_behind_has_pages(page, form, monkeypatch):
    monkeypatch.setattr(preview_result, "PAGE", 1)
    for asked, shown in {"1": 1, "2": 2, "0": 1, "first": 1}.items():
        context = page.post(MEMBERS, form(who="class=abc:C", page=asked)).context
        assert [row["customer_id"] for row in context["members"]] == [["C3"], ["C5"]][shown - 1]
        assert (context["page"], context["first"], context["last"]) == (shown, shown, shown)
        assert context["more"] is (shown == 1)


def test_population_and_minimum(page, form):
    only = {
        "subject:population.all[0]": "attribute:industry",
        "operator:population.all[0]": "in",
        "operand:population.all[0]": "机械制造、批发",
        "rows:minimum": "1",
        "key:minimum[0]": "orders",
        "least:minimum[0]": "2",
    }
    document = {"population": {"all": [{"indicator": "orders", "at_least": 1}]}}
    answer = page.post(PREVIEW, form(form_document(document, form), **only)).json()
    assert answer["faults"] == []
    asked = form(form_document(document, form), **only, wants="yaml")
    written = yaml.safe_load(page.post(PREVIEW, asked).json()["yaml"])
    assert written["population"] == {"all": [{"attribute": "industry", "in": ["机械制造", "批发"]}]}
    # C1 alone bought twice; C2 and C3 are left, and C4 and C5 are out.
    assert counts(answer) == {"A": 1, "B": 0, "C": 0, "none": 2}


def test_a_group_is_joined_in_another_way(page, form):
    tests = [{"indicator": "orders", "at_least": 1}, {"indicator": "sales", "at_least": 5}]
    document = form_document({"population": {"all": tests}}, form)
    for join, joined in {"none": {"not": {"any": tests}}, "any": {"any": tests}}.items():
        changed = page.post(EDITOR, form(document, **{"join:population": join}))
        assert changed.context["document"]["population"] == joined


def form_document(more, form):
    return json.loads(form()["document"]) | more


def test_buttons(page, form):
    def after(act, **fields):
        return page.post(EDITOR, form(act=act, **fields)).context["document"]

    added = after("add:classes")["classes"]
    assert [one["key"] for one in added] == ["A", "B", "D", "C"]
    assert added[2]["upto"] == 0.975
    removed = after("remove:classes[2]")["classes"]
    assert [(one["key"], "upto" in one) for one in removed] == [("A", True), ("B", False)]
    swapped = after("up:classes[1]")["classes"]
    assert [(one["key"], one.get("upto")) for one in swapped] == [
        ("B", 0.75), ("A", 0.95), ("C", None),
    ]  # fmt: skip
    assert after("add:minimum")["minimum"] == {"orders": 1, "frequency": 1}
    assert after("add-test:population")["population"] == {
        "all": [{"indicator": "orders", "at_least": 1}]
    }
    capped = after("add:caps")["caps"]
    assert capped[0]["at_most"] == "B"
    (late,) = after("add:overdue")["caps"]
    assert late["when"] == {"all": [{"indicator": "oldest_overdue_days", "above": 90}]}


def test_another_method_keeps_who_and_which_classes(page, form):
    weighted = page.post(EDITOR, form(act="method:weighted")).context["document"]
    assert [one["title"]["en"] for one in weighted["classes"]] == ["Class A", "Class B", "Class C"]
    assert sum(one["weight"] for one in weighted["indicators"]) == 100
    assert page.post(PREVIEW, form(weighted)).json()["faults"] == []
    more = page.post(EDITOR, form(weighted, act="add:indicators")).context["document"]
    assert sum(one["weight"] for one in more["indicators"]) == 100
    pairs = page.post(EDITOR, form(weighted, act="weigh:ahp")).context["document"]
    assert len(pairs["weights"]["judgements"]) == 3
    assert page.post(PREVIEW, form(pairs)).json()["faults"] == []


def test_draft_shadow_publish(page, form):
    saved = page.post(KEEP, form(do="draft", **{"percent:classes[0].upto": "70"}))
    draft = Draft.objects.get()
    assert saved.url == reverse("designer:draft", args=[draft.pk])
    assert draft.document["classes"][0]["upto"] == 0.7
    assert page.get(saved.url).status_code == 200
    again = form(do="shadow", draft=draft.pk, **{"percent:classes[0].upto": "71"})
    shadow = page.post(KEEP, again)
    assert Run.objects.filter(shadow=True).count() == 1
    assert shadow.url == reverse("grading:draft", args=["abc", draft.pk])
    wanted = form(
        do="publish", draft=draft.pk, reason="Fewer A", **{"percent:classes[0].upto": "71"}
    )
    page.post(KEEP, wanted)
    assert Scheme.objects.get(name="abc").current.document["classes"][0]["upto"] == 0.71
    assert not Draft.objects.exists()
    queued = Run.objects.filter(status=Run.Status.QUEUED, shadow=False)
    assert not queued.exists(), "nobody asked for a run"
    # A draft is named by its number, whatever else a form may say.
    more = {"do": "publish", "reason": "More A", "run": "1", "draft": "x"}
    told = page.post(KEEP, form(**more, **{"percent:classes[0].upto": "72"}), follow=True)
    assert queued.get().version.number == 3
    assert "Version 3 is published." in told.content.decode()


def test_a_draft_that_was_changed_in_another_tab_is_not_replaced_without_a_word(page, form):
    page.post(KEEP, form(do="draft", **{"percent:classes[0].upto": "70"}))
    draft = Draft.objects.get()
    seen = {"draft": draft.pk, "seen": draft.digest}
    page.post(KEEP, form(do="draft", **seen, **{"percent:classes[0].upto": "60"}))
    late = form(do="draft", **seen, **{"percent:classes[0].upto": "80"})
    for wanted in ("draft", "shadow", "publish"):
        refused = page.post(KEEP, late | {"do": wanted, "reason": "Late"})
        assert refused.status_code == 422
        assert "changed elsewhere" in refused.content.decode()
    draft.refresh_from_db()
    assert draft.document["classes"][0]["upto"] == 0.6
    told = refused.content.decode()
    assert 'value="80' in told, "what was typed is still there"
    assert f'name="seen" value="{draft.digest}"' in told, "to save again replaces knowingly"
    page.post(KEEP, late | {"seen": draft.digest})
    draft.refresh_from_db()
    assert draft.document["classes"][0]["upto"] == 0.8


def test_a_draft_that_is_gone_can_be_kept_as_a_new_one(page, form):
    page.post(KEEP, form(do="draft", **{"percent:classes[0].upto": "70"}))
    gone = form(do="draft", draft=Draft.objects.get().pk, **{"percent:classes[0].upto": "80"})
    Draft.objects.all().delete()
    told = page.post(KEEP, gone)
    assert told.status_code == 422
    assert 'name="draft" value=""' in told.content.decode()
    page.post(KEEP, gone | {"draft": ""})
    assert Draft.objects.get().document["classes"][0]["upto"] == 0.8


def test_publishing_needs_a_reason_and_a_sound_document(page, form):
    answer = page.post(KEEP, form(do="publish", **{"percent:classes[0].upto": "70"}))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'id="kf-publish" data-open' in text  # the dialog opens again, its field marked
    assert text.index('id="kf-reason"') < text.index("Say why")
    answer = page.post(KEEP, form(do="draft", **{"percent:classes[0].upto": "98"}))
    assert answer.status_code == 422
    assert answer.context["document"]["classes"][0]["upto"] == 0.98
    assert not Draft.objects.exists()
    # Of many faults the first three are told.
    cuts = ("percent:classes[0].upto", "percent:classes[1].upto", "number:minimum.orders")
    faulty = form(do="draft", **dict.fromkeys((*cuts, "text:window"), "much"))
    told = " ".join(str(one) for one in page.post(KEEP, faulty).context["messages"])
    faults = [one["text"] for one in page.post(PREVIEW, faulty).json()["faults"]]
    assert len(faults) == 4
    assert [text in told for text in faults] == [True, True, True, False]


def test_what_cannot_be_read_or_kept_is_shown_once_more_as_it_was_written(page, form):
    broken = page.post(KEEP, form(do="draft", source="yaml", yaml="a: [", scheme="abc"))
    assert (broken.status_code, broken.context["yaml"]) == (422, "a: [")
    assert broken.context["scheme"].name == "abc"
    assert "The YAML cannot be read" in broken.content.decode()
    late = form(do="publish", yaml="a: [", **{"percent:classes[0].upto": "70"})
    assert "upto: 0.7" in page.post(KEEP, late).context["yaml"], "the form was written last"
    assert not Draft.objects.exists()
    refused = page.post(MEMBERS, form(**{"percent:classes[0].upto": "much"}))
    assert refused.status_code == 422
    assert "<table" not in refused.content.decode()


def test_it_speaks_chinese(page, bob, form):
    bob.language = "zh-hans"
    bob.save()
    assert "谁会变动" in page.get(EDIT).content.decode()
    answer = page.post(PREVIEW, form(**{"percent:classes[0].upto": "much"})).json()
    assert "much" in answer["faults"][0]["text"]
    assert "需要改正" in answer["told"]
