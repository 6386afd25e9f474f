"""Drafts, shadow runs, publishing and rolling back. ABC on the company: C2 is B at 95 %."""

import polars as pl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from grading import run_now, wording

from kefen_crm.gateway import KefenError
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading import actions, queries
from kefen_crm.grading.models import CustomerClass, Draft, Run, Scheme, SchemeVersion
from kefen_crm.platform.models import Event


@pytest.fixture
def abc(graded):
    return Scheme.objects.select_related("current").get(name="abc")


def keys():
    rows = CustomerClass.objects.filter(scheme__name="abc").order_by("customer__code")
    return dict(rows.values_list("customer__code", "class_key"))


def test_a_draft_changes_nothing(abc, bob):
    draft = actions.save_draft(bob, wording(abc), "A up to 95 %")
    assert (draft.scheme, draft.base, draft.by, draft.note) == (
        abc, abc.current, bob, "A up to 95 %",
    )  # fmt: skip
    again = actions.save_draft(bob, wording(abc, window="6m"), draft=draft)
    assert again.pk == draft.pk
    assert Scheme.objects.get(pk=abc.pk).current == abc.current
    assert Draft.objects.get().document["window"] == "6m"


def test_a_faulty_document_is_no_draft(abc, bob):
    with pytest.raises(KefenError):
        actions.save_draft(bob, wording(abc, indicator="slaes"))
    assert not Draft.objects.exists()


def test_a_draft_of_a_new_scheme_is_met_by_nobody(abc, bob):
    draft = actions.save_draft(bob, wording(abc, name="abc-wide"))
    assert not queries.published().filter(name="abc-wide").exists()
    assert actions.request_runs(bob, [draft.scheme]) == []
    actions.discard_draft(bob, draft)
    assert not Scheme.objects.filter(name="abc-wide").exists()


def test_a_renamed_draft_leaves_its_scheme(abc, bob):
    draft = actions.save_draft(bob, wording(abc, name="abc-wide"), "  Wide  ")
    assert (draft.note, draft.base) == ("Wide", None)
    actions.shadow(bob, draft)
    actions.save_draft(bob, wording(abc, name="abc-wider"), draft=draft)
    assert not Run.objects.filter(shadow=True).exists()
    assert not Scheme.objects.filter(name="abc-wide").exists()
    assert draft.scheme.name == "abc-wider"


def test_a_shadow_run_changes_nobodys_class(abc, bob):
    before = keys()
    draft = actions.save_draft(bob, wording(abc))
    run = actions.shadow(bob, draft)
    actions.execute_runs([run.pk])
    run.refresh_from_db()
    assert (run.status, run.shadow, str(run.as_of)) == (Run.Status.FINISHED, True, "2026-01-01")
    assert {one["class"]: one["customers"] for one in run.counts} == {
        "A": 2, "B": 1, "C": 1, None: 1,
    }  # fmt: skip
    assert keys() == before
    assert actions.shadow(bob, draft) == run
    tried = SchemeVersion.objects.get(draft=draft)
    tried.pk = None  # as two who tried it at once could leave it before
    tried.save()
    assert actions.shadow(bob, draft) == run
    assert run not in queries.history(abc)
    assert queries.comparable(run)[0] == queries.in_force(abc)
    assert [one.number for one in queries.versions(abc)] == [1]


def test_a_draft_that_changed_is_tried_anew(abc, bob):
    draft = actions.save_draft(bob, wording(abc))
    run = actions.shadow(bob, draft)
    draft = actions.save_draft(bob, wording(abc, window="6m"), draft=draft)
    assert actions.shadow(bob, draft) != run


def test_publishing_a_draft(abc, bob):
    draft = actions.save_draft(bob, wording(abc))
    shadow = actions.shadow(bob, draft)
    actions.execute_runs([shadow.pk])
    scheme = actions.publish(bob, None, "More A", draft)
    version = scheme.current
    assert (scheme.pk, version.number, version.reason, version.by) == (abc.pk, 2, "More A", bob)
    assert scheme.position == abc.position
    assert not Draft.objects.exists()
    assert Run.objects.get(pk=shadow.pk).version == version
    assert keys()["C2"] == "B"
    run_now("abc")
    assert keys()["C2"] == "A"


def test_publishing_needs_a_reason(abc, bob):
    with pytest.raises(ValidationError):
        actions.publish(bob, wording(abc), "  ")
    assert Scheme.objects.get(pk=abc.pk).current == abc.current


def test_discarding_forgets_the_shadow_runs(abc, bob):
    draft = actions.save_draft(bob, wording(abc))
    actions.shadow(bob, draft)
    actions.discard_draft(bob, draft)
    assert not Run.objects.filter(shadow=True).exists()
    assert SchemeVersion.objects.filter(scheme=abc).count() == 1


def test_rolling_back_publishes_the_old_content(abc, bob):
    first = abc.current
    actions.publish(bob, wording(abc), "More A")
    abc = Scheme.objects.get(pk=abc.pk)
    scheme = actions.roll_back(bob, abc, first, "Too many A")
    assert (scheme.current.number, scheme.current.digest) == (3, first.digest)
    assert (scheme.current.restores, scheme.current.reason) == (first, "Too many A")
    published, back = Event.objects.filter(verb__startswith="scheme.").order_by("id")
    assert (published.verb, published.actor) == ("scheme.published", bob)
    assert (published.before, published.after) == ({"number": 1}, {"number": 2})
    assert (back.verb, back.reason) == ("scheme.rolled-back", "Too many A")
    assert (back.before, back.after) == ({"number": 2}, {"number": 3})
    with pytest.raises(ValidationError):
        actions.roll_back(bob, scheme, first, "Again")


def test_rolling_back_needs_a_reason_and_a_version_of_the_scheme(abc, bob):
    actions.publish(bob, wording(abc), "More A")
    scheme = Scheme.objects.get(pk=abc.pk)
    with pytest.raises(ValidationError):
        actions.roll_back(bob, scheme, abc.current, "")
    with pytest.raises(ValidationError):
        actions.roll_back(bob, scheme, Scheme.objects.get(name="rfm").current, "Other")


@pytest.mark.parametrize("who", ["carol", "erin"])
def test_representatives_and_readers_may_not(who, abc, bob, request):
    person = request.getfixturevalue(who)
    draft = actions.save_draft(bob, wording(abc))
    for forbidden in (
        lambda: actions.save_draft(person, wording(abc)),
        lambda: actions.save_draft(person, wording(abc), draft=draft),
        lambda: actions.discard_draft(person, draft),
        lambda: actions.shadow(person, draft),
        lambda: actions.publish(person, None, "Mine", draft),
        lambda: actions.roll_back(person, abc, abc.current, "Mine"),
    ):
        with pytest.raises(PermissionDenied):
            forbidden()
    assert Draft.objects.get() == draft


def test_a_shadow_run_that_failed_or_read_older_facts_is_done_anew(abc, bob):
    draft = actions.save_draft(bob, wording(abc))
    failed = actions.shadow(bob, draft)
    Run.objects.filter(pk=failed.pk).update(status=Run.Status.FAILED)
    done = actions.shadow(bob, draft)
    assert done != failed
    actions.execute_runs([done.pk])
    with opened() as ledger:
        payment = {"customer_id": "C1", "paid_on": "2025-12-02", "amount": "1"}
        ledger.load(pl.DataFrame([payment]), kind="payments")
    assert actions.shadow(bob, draft) != done


def test_a_shadow_run_in_the_queue_does_not_stand_for_a_run(abc, bob):
    draft = actions.save_draft(bob, wording(abc))
    actions.shadow(bob, draft)
    actions.publish(bob, None, "More A", draft)
    [run] = actions.request_runs(bob, [Scheme.objects.get(name="abc")])
    assert not run.shadow


def test_a_wording_that_was_never_published_cannot_be_rolled_back_to(abc, bob):
    tried = actions.shadow(bob, actions.save_draft(bob, wording(abc))).version
    with pytest.raises(ValidationError):
        actions.roll_back(bob, abc, tried, "Back to it")


def test_publishing_under_a_new_name_leaves_nothing_of_the_old(abc, bob):
    draft = actions.save_draft(bob, wording(abc, name="abc-wide"))
    actions.shadow(bob, draft)
    scheme = actions.publish(bob, wording(abc, name="abc-wider"), "Wider", draft)
    assert not Draft.objects.exists()
    assert not Scheme.objects.filter(name="abc-wide").exists()
    assert not Run.objects.filter(shadow=True).exists()
    assert scheme == queries.published().order_by("position").last()
