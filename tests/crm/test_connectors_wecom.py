"""Classes as customer tags of WeCom: only differences are sent, and no other tag is touched."""

from datetime import timedelta

import pytest
from api_client import Program
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from wecom_server import CORP, SECRET, WeCom

from jobs import lose, work_off
from kefen_crm.connectors import actions, fetching, following, tagging
from kefen_crm.connectors.models import Connector, Fetch, SentTag
from kefen_crm.custom_fields import actions as custom_fields
from kefen_crm.customers.models import Customer
from kefen_crm.grading.actions import set_override
from kefen_crm.grading.models import CustomerClass

CAROL, DAVE = "carol", "DaveZhao"
C1, C2, C3 = (CAROL, "wm-1"), (DAVE, "wm-2"), (CAROL, "wm-3")


@pytest.fixture
def wecom(settings):
    settings.KEFEN_WEBHOOKS_PRIVATE = True
    server = WeCom()
    yield server
    server.stop()


@pytest.fixture
def tagged(graded, wecom, alice, bob):
    """A connector of the three customers who are in WeCom, one with a tag of its own."""
    custom_fields.define(bob, {"name_en": "WeCom ID", "kind": "text", "key": "wecom"})
    for code, contact in (("C1", "wm-1"), ("C2", "wm-2"), ("C3", "wm-3")):
        custom_fields.write(bob, Customer.objects.get(code=code), {"wecom": contact})
    Customer.objects.filter(owner__isnull=False).update(attributes={"member": CAROL})
    Customer.objects.filter(code="C2").update(attributes={"member": DAVE})
    wecom.contacts |= {C1: {"et-other"}, C2: set(), C3: set()}
    return set_up(alice, wecom)


def set_up(by, wecom, **more):
    told = {"corp": CORP, "scheme": "abc", "contact": "wecom", "member": "member",
            "group": "客户价值", "base": wecom.url}  # fmt: skip
    given = {"title": "Tags", "source": "wecom", "settings": told, "secret": SECRET}
    return actions.add(by, {**given, **more})


def grade(code, key):
    rows = CustomerClass.objects.filter(customer__code=code, scheme__name="abc")
    rows.update(class_key=key)


def names(wecom, pair):
    known = {pk: name for group in wecom.groups.values() for pk, name in group.items()}
    return sorted(known[one] for one in wecom.contacts[pair])


def told(connector):
    fetch = fetching.run(connector.pk)
    return fetch.outcome, fetch.sent, fetch.told.get("left_out")


def test_only_differences_are_sent_and_other_tags_stay(tagged, wecom):
    titles = {one.key: one.title for one in tagging.Scheme.objects.get(name="abc").classes}
    assert told(tagged) == ("sent", {"added": 3, "removed": 0}, {})
    assert names(wecom, C1) == sorted(["老友", titles["A"]])
    assert [names(wecom, one) for one in (C2, C3)] == [[titles["B"]], [titles["C"]]]
    assert wecom.made("add_corp_tag")[0]["group_name"] == "客户价值"
    assert (len(wecom.made("add_corp_tag")), len(wecom.made("mark_tag"))) == (1, 3)
    # Nothing is sent twice.
    assert told(tagged) == ("nothing", {"added": 0, "removed": 0}, {})
    assert (len(wecom.made("add_corp_tag")), len(wecom.made("mark_tag"))) == (1, 3)
    # Another class: one call takes one tag away and gives the other.
    grade("C1", "B")
    assert told(tagged)[:2] == ("sent", {"added": 1, "removed": 1})
    assert names(wecom, C1) == sorted(["老友", titles["B"]])
    assert wecom.made("mark_tag")[-1].keys() == {
        "userid", "external_userid", "add_tag", "remove_tag"
    }  # fmt: skip
    # Without a class, or without the ID, nothing of ours is left.
    grade("C1", None)
    custom_fields.write(tagged.by, Customer.objects.get(code="C2"), {"wecom": ""})
    assert told(tagged)[:2] == ("sent", {"added": 0, "removed": 2})
    assert (names(wecom, C1), names(wecom, C2)) == (["老友"], [])
    assert SentTag.objects.get().contact == "wm-3"
    # A tag that is renamed there stays; one that is deleted there is made and given anew.
    group = wecom.groups["客户价值"]
    lost = next(pk for pk, name in group.items() if name == titles["C"])
    kept = next(pk for pk, name in group.items() if name == titles["B"])
    group.pop(lost)
    group[kept] = "B!"
    wecom.contacts[C3].discard(lost)
    assert told(tagged)[:2] == ("sent", {"added": 1, "removed": 0})
    assert names(wecom, C3) == [titles["C"]]
    assert wecom.made("add_corp_tag")[-1] == {
        "group_id": "id-客户价值", "tag": [{"name": titles["C"]}]
    }  # fmt: skip
    # Whoever is put away loses the tag, too.
    Customer.objects.filter(code="C3").update(archived=True)
    assert told(tagged)[1] == {"added": 0, "removed": 1}
    assert (names(wecom, C3), SentTag.objects.count()) == ([], 0)


def test_whom_wecom_does_not_know_is_told_and_tried_again_a_day_later(tagged, wecom, sign_in):
    wecom.contacts.pop(C2)
    Customer.objects.filter(code="C3").update(attributes={})
    assert told(tagged) == (
        "sent", {"added": 1, "removed": 0}, {"no-contact": 1, "no-member": 1}
    )  # fmt: skip
    calls = len(wecom.made("mark_tag"))
    assert told(tagged)[2]["no-contact"] == 1
    assert len(wecom.made("mark_tag")) == calls
    page = sign_in(tagged.by).get(reverse("connectors:detail", args=[tagged.pk]))
    page = page.content.decode()
    assert "Tags: 1 given, 0 taken away" in page
    assert "Set up by" in page
    assert "1 customer whom this member does not have in WeCom" in page
    assert SECRET not in page
    wecom.contacts[C2] = set()
    SentTag.objects.update(at=timezone.now() - timedelta(days=2))
    assert told(tagged)[1] == {"added": 1, "removed": 0}


def test_errors_of_wecom_end_it_and_the_rest_is_sent_later(tagged, wecom, sign_in):
    # A token that expired is got anew, in the middle, and nothing is lost.
    wecom.errors["mark_tag"] = [42001, 0, 45009]
    fetch = fetching.run(tagged.pk)
    assert (fetch.outcome, fetch.sent["added"]) == ("failed", 1)
    assert fetch.told["why"] == {"code": "busy", "data": {"status": 45009}}
    assert len(wecom.made("gettoken")) == 2
    tagged.refresh_from_db()
    assert (tagged.failures, tagged.active) == (0, True)
    assert tagged.due > timezone.now()
    page = sign_in(tagged.by).get(reverse("connectors:detail", args=[tagged.pk]))
    assert "The place asks for patience (45009)" in page.content.decode()
    # What was sent is known; only the others follow.
    wecom.errors["mark_tag"] = []
    before = len(wecom.made("mark_tag"))
    assert told(tagged)[1] == {"added": 2, "removed": 0}
    assert len(wecom.made("mark_tag")) == before + 2
    # One that stays invalid, a secret that is no more, and settings that are wrong.
    wecom.errors["get_corp_tag_list"] = [40014, 40014]
    assert fetching.run(tagged.pk).told["why"]["code"] == "sign-in"
    Connector.objects.update(secret="other")
    assert fetching.run(tagged.pk).told["why"] == {"code": "sign-in", "data": {"status": 40001}}
    tagged.refresh_from_db()
    assert tagged.failures == 2
    settings = dict(tagged.settings)
    for name, code in (("scheme", "no-scheme"), ("contact", "no-field")):
        Connector.objects.update(settings={**settings, name: "nothing"})
        assert fetching.run(tagged.pk).told["why"] == {"code": code, "data": {"name": "nothing"}}


def test_tags_follow_a_change_of_class_soon_and_are_sent_once(tagged, wecom):
    waiting = ProcrastinateJob.objects.filter(task_name=actions.RUN, status="todo")
    told(tagged)
    lose("connectors")
    calls = len(wecom.calls)
    # An override is a class at once; of changes that follow one another there is one sending.
    abc, rfm = (tagging.Scheme.objects.get(name=one) for one in ("abc", "rfm"))
    for code, key in (("C1", "B"), ("C2", "A")):
        set_override(tagged.by, Customer.objects.get(code=code), abc, key, "Signed")
    [job] = waiting.all()
    now = timezone.now()
    # Soon after the change, but not sooner than the last sending lets it.
    assert now < job.scheduled_at <= now + following.REST
    assert len(wecom.calls) == calls
    Fetch.objects.update(began=now - timedelta(hours=1), ended=now - timedelta(minutes=59))
    assert following.pause(tagged) == following.GATHERED
    Fetch.objects.update(began=now - timedelta(minutes=2), ended=now - timedelta(minutes=1))
    assert 500 < following.pause(tagged) <= 540
    assert work_off("connectors") == 1
    titles = {one.key: one.title for one in abc.classes}
    assert [names(wecom, one) for one in (C1, C2)] == [sorted(["老友", titles["B"]]), [titles["A"]]]
    assert len(wecom.made("mark_tag")) == 3 + 2
    # Another scheme's classes, a connector that is off: nothing is queued. Nothing is sent twice.
    lose("connectors")
    set_override(tagged.by, Customer.objects.get(code="C1"), rfm, rfm.classes[-1].key, "Left")
    assert not waiting.all().exists()
    assert told(tagged)[0] == "nothing"
    # What WeCom takes no calls for comes again after five minutes, then ten; daily ones, too.
    Connector.objects.update(every="day")
    for minutes in (5, 10, 20):
        wecom.errors["get_corp_tag_list"] = [45009]
        assert fetching.run(tagged.pk).told["why"]["code"] == "busy"
        tagged.refresh_from_db()
        rest = tagged.due - timezone.now()
        assert timedelta(minutes=minutes - 1) < rest <= timedelta(minutes=minutes)
    assert following.pause(tagged) > 19 * 60  # a change of class does not bring it forward
    assert len(wecom.made("mark_tag")) == 5


def test_the_owner_is_the_member_where_no_field_is_told(graded, wecom, alice, bob, monkeypatch):
    Customer.objects.filter(code__in=("C1", "C3")).update(attributes={"wx": "wm-1"})
    Customer.objects.filter(code="C2").update(attributes={"wx": "wm-2"})
    wecom.contacts |= {("carol", "wm-1"): set(), ("dave", "wm-2"): set()}
    settings = {"corp": CORP, "scheme": "abc", "contact": "wx", "base": wecom.url}
    made = set_up(alice, wecom, settings=settings)
    monkeypatch.setattr(tagging, "AT_ONCE", 1)
    # Two customers of one contact: the better class counts; what is left follows at once.
    assert told(made) == ("sent", {"added": 1, "removed": 0}, {"same-contact": 1})
    assert told(made)[1] == {"added": 1, "removed": 0}
    scheme = tagging.Scheme.objects.get(name="abc")
    assert names(wecom, ("carol", "wm-1")) == [scheme.classes[0].title]
    assert scheme.title in wecom.groups
    fetches = Program(alice).get(f"/connectors/{made.pk}/fetches")["items"]
    assert fetches[0]["sent"] == {"added": 1, "removed": 0}
    # Turned off, nothing is sent; another scheme takes the tags of the first away.
    actions.change(alice, made, {"active": False})
    assert fetching.run(made.pk) is None
    actions.change(alice, made, {"active": True, "settings": {**settings, "scheme": "rfm"}})
    monkeypatch.setattr(tagging, "AT_ONCE", 500)
    told(made)
    assert len(wecom.contacts["carol", "wm-1"]) == 1
    assert names(wecom, ("carol", "wm-1"))[0] in {
        one.title for one in tagging.Scheme.objects.get(name="rfm").classes
    }
