from datetime import date

import polars as pl
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from grading import run_now, wording

import kefen
from jobs import begin, lose, queued
from kefen_crm.customers.models import Customer
from kefen_crm.gateway import grading as engine
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading import actions, pictures, queries, stages
from kefen_crm.grading.models import CustomerClass, Run, RunInForce, Scheme
from kefen_crm.platform.facts import announce
from kefen_crm.platform.models import Event
from kefen_crm.platform.tasks import end_orphans
from kefen_crm.team.actions import create_user
from kefen_crm.team.roles import Role

GRADE = reverse("grading:grade", args=["abc"])


def classes(scheme="abc"):
    """Class and class before of each customer."""
    rows = CustomerClass.objects.filter(scheme__name=scheme)
    known = RunInForce.has_before(Scheme.objects.get(name=scheme))
    return {
        code: (key, before if known else None)
        for code, key, before in rows.values_list("customer__code", "class_key", "previous_key")
    }


def test_a_manager_queues_a_run_and_the_page_waits_for_it(graded, bob, sign_in):
    client = sign_in(bob)
    assert client.post(GRADE, {"next": "/schemes/abc/"}).url == "/schemes/abc/"
    run = Run.objects.filter(version__scheme__name="abc").latest("pk")
    assert (run.status, run.by) == (Run.Status.QUEUED, bob)
    page = client.get(reverse("grading:detail", args=["abc"])).content.decode()
    progress = reverse("grading:progress", args=["abc", run.pk])
    assert f'hx-get="{progress}"' in page
    assert "Waiting for its turn" in client.get(progress).content.decode()
    assert "is being worked on" in client.get(reverse("grading:busy")).content.decode()
    actions.execute_runs([run.pk])
    assert client.get(progress).headers["HX-Refresh"] == "true"
    assert client.get(reverse("grading:busy")).headers["HX-Refresh"] == "true"


def test_it_is_said_that_classes_are_written(graded, bob, monkeypatch):
    """They are the last fifth of the way, in equal parts for the schemes of one reading."""
    seen = []
    record = actions.runs._record

    def look(run, result, **more):
        now = Run.objects.get(pk=run.pk)
        seen.append((now.progress, stages.stage_text(now), stages.share(now)))
        record(run, result, **more)

    monkeypatch.setattr(actions.runs, "_record", look)
    [run] = actions.request_runs(bob, Scheme.objects.filter(name="abc").select_related("current"))
    actions.execute_runs([run.pk])
    of_one = {"stage": "classes", "done": 0, "total": 1}
    assert seen == [(of_one, "Writing each customer's class", 0.8)]
    run.progress = {"stage": "classes", "done": 1, "total": 2}
    run.status = Run.Status.RUNNING
    assert stages.share(run) == pytest.approx(0.9)


def test_asking_twice_queues_once(graded, bob, sign_in):
    client = sign_in(bob)
    before = Run.objects.count()
    client.post(GRADE)
    client.post(GRADE)
    assert Run.objects.count() == before + 1


def test_all_schemes_can_be_run_together(graded, bob, sign_in):
    sign_in(bob).post(reverse("grading:grade_all"))
    queued = Run.objects.filter(status=Run.Status.QUEUED)
    assert queued.count() == Scheme.objects.count()
    actions.execute_runs(list(queued.values_list("pk", flat=True)))
    assert not Run.objects.exclude(status=Run.Status.FINISHED).exists()


def test_a_bad_day_is_refused_on_the_page(graded, bob, sign_in):
    answer = sign_in(bob).post(GRADE, {"as_of": "yesterday"})
    assert answer.status_code == 422
    assert "Enter a valid date" in answer.content.decode()
    answer = sign_in(bob).post(GRADE, {"as_of": "9999-12-31"})
    assert answer.status_code == 422
    assert "nothing is known of that time" in answer.content.decode()


def test_it_leads_back_to_pages_of_this_site_only(graded, bob, sign_in):
    answer = sign_in(bob).post(GRADE, {"next": "https://evil.example/"})
    assert answer.url == reverse("grading:list")


@pytest.mark.parametrize("who", ["carol", "erin"])
def test_representatives_and_readers_may_not_run(who, graded, request, sign_in):
    person = request.getfixturevalue(who)
    assert sign_in(person).post(GRADE).status_code == 403
    assert sign_in(person).post(reverse("grading:grade_all")).status_code == 403
    with pytest.raises(PermissionDenied):
        actions.request_runs(person, Scheme.objects.all())


def test_signed_out_may_not_run(graded, client):
    assert client.post(GRADE).url.startswith(reverse("account_login"))


def test_an_earlier_day_is_what_customers_were_before(graded):
    """On 1 July 2025 C1 was A, C3 and C5 were C, C2 and C4 had bought nothing."""
    figures = list(Customer.objects.order_by("code").values_list("code", "sales"))
    run_now("abc", "2025-07-01")
    assert classes() == {
        "C1": ("A", "A"), "C2": ("B", None), "C3": ("C", "C"), "C4": (None, None),
        "C5": ("C", "C"),
    }  # fmt: skip
    assert list(Customer.objects.order_by("code").values_list("code", "sales")) == figures
    run_now("abc", "2025-04-01")
    assert before() == {"2025-07-01"}
    run_now("abc", "2025-12-15")
    assert before() == {"2025-12-15"}
    [early] = actions.compare_with_earlier(184)  # of RFM, which has nothing before it
    assert (early.scheme.name, early.as_of.isoformat()) == ("rfm", "2025-07-01")


def abc():
    return CustomerClass.objects.filter(scheme__name="abc").select_related(
        "scheme__run_in_force__run", "scheme__run_in_force__before"
    )


def before():
    """The days of the runs that what customers were before comes from."""
    return {
        was.as_of.isoformat() if one.graded_before and was else None
        for one in abc()
        for was in [one.scheme.run_in_force.before]
    }


def test_the_same_run_again_keeps_what_was_before(graded):
    run_now("abc", "2025-07-01")
    again = run_now("abc", "2026-01-01")
    assert {one.run for one in abc()} == {again}
    assert classes()["C2"] == ("B", None)
    assert before() == {"2025-07-01"}


def test_another_standard_or_facts_of_the_same_day_leave_what_was_before(graded, bob):
    """From July to January C2 is new and bought more; neither a new standard, nor going back, nor
    a late import hides that."""
    run_now("abc", "2025-07-01")
    scheme = Scheme.objects.select_related("current").get(name="abc")
    was = classes()
    first = scheme.current
    actions.publish(bob, wording(scheme, population={"attribute": "province", "is": "上海"}), "so")
    assert run_now("abc").status == Run.Status.FINISHED
    assert classes() == {"C1": ("A", "A")}
    scheme.refresh_from_db()
    actions.roll_back(bob, scheme, first, "back")
    run_now("abc")
    with opened() as ledger:
        late = {"order_id": "O9", "customer_id": "C5", "ordered_on": "2025-06-20", "amount": "1"}
        ledger.load(pl.DataFrame([late]), kind="orders")
    run_now("abc")
    assert classes() == was
    assert before() == {"2025-07-01"}


def test_a_later_run_takes_over(graded):
    """From 2 March 2025 on, C1's 5,000 of 1 March 2025 is out of the window of a year later."""
    run = run_now("abc", "2026-06-01")
    assert run.standard["customers"] == 3  # C5 has lapsed, C4 never bought
    assert queries.in_force(run.scheme) == run
    assert classes()["C1"] == ("A", "A")
    assert classes()["C5"] == ("~lapsed", "C")
    past = {one.key: (one.last_purchase, one.past_worth) for one in queries.tallies(run)}
    assert past == dict.fromkeys("ABC", (None, None)) | {
        "~lapsed": (date(2025, 2, 2), 100), "none": (None, None),
    }  # fmt: skip


def test_a_change_of_class_stays_on_the_timeline_when_it_came(graded, bob, sign_in):
    """C5 was A by an earlier day, and lapses: no run that leaves its class moves or hides that."""
    client = sign_in(bob)

    def changes():
        answer = client.get(reverse("audit:timeline", args=["C5"]), {"group": "Classes"})
        moments = [one.moment for one in answer.context["lines"]]
        return [(one.detail, one.at) for one in moments if "ABC" in str(one.detail)]

    assert changes() == []
    early = run_now("abc", "2025-03-01")
    [(detail, at)] = before = changes()
    assert "A → C" in detail
    assert at < early.finished  # the class of now came before
    run_now("abc", "2026-01-01")
    assert changes() == before

    run_now("abc", "2026-06-01")
    [(detail, at)] = lapsed = changes()
    assert "C → " in detail
    again = run_now("abc", "2026-06-01")
    assert again.finished > at > before[0][1]
    assert changes() == lapsed
    run_now("abc", "2026-06-02")
    assert abc().get(customer__code="C5").previous_key == "~lapsed"
    assert changes() == lapsed


def test_taking_an_import_back_takes_the_classes_back(graded):
    with opened() as ledger:
        orders = next(b for b in ledger.history() if b.kind == "orders")
        later = {"order_id": "O9", "customer_id": "C4", "ordered_on": "2026-02-01", "amount": "9"}
        more = ledger.load(pl.DataFrame([later]), kind="orders")
        assert more.id != orders.id
    run_now("abc")
    assert (classes()["C1"], classes()["C4"]) == (("A", "A"), ("C", None))
    with opened() as ledger:
        ledger.undo(more.id)
    run_now("abc")
    # A class of 2 February is none of before 1 January, nor is one of that day itself.
    assert (classes()["C1"], classes()["C4"]) == (("A", None), (None, None))


def undone_at_work(monkeypatch, batch):
    """Have an import taken back while a run is at work, when its classes are found."""
    grade = engine.grade

    def graded(*arguments):
        found = grade(*arguments)
        monkeypatch.setattr(engine, "grade", grade)
        with opened() as ledger:
            ledger.undo(batch.id)
        announce()
        return found

    monkeypatch.setattr(engine, "grade", graded)


@pytest.mark.parametrize("on_import", [True, False])
def test_facts_undone_while_a_run_is_at_work_are_not_shown(graded, bob, monkeypatch, on_import):
    """The run that is in force stays until the one without them takes over."""
    if not on_import:
        abc = Scheme.objects.get(name="abc")
        actions.set_schedule(bob, abc, timezone.now(), "never", on_import=False)
    later = {"order_id": "O9", "customer_id": "C4", "ordered_on": "2026-02-01", "amount": "9"}
    with opened() as ledger:
        more = ledger.load(pl.DataFrame([later]), kind="orders")
    known = classes()
    undone_at_work(monkeypatch, more)
    run = run_now("abc")
    assert (run.status, run.ledger_version) == ("finished", more.version)
    assert classes() == known
    assert RunInForce.objects.get(scheme__name="abc").run != run
    [waiting] = Run.objects.filter(version__scheme__name="abc", status="queued")
    actions.execute_runs([waiting.pk])
    now = RunInForce.objects.get(scheme__name="abc").run
    assert (now.pk, now.ledger_version) == (waiting.pk, more.version + 1)
    assert (classes()["C1"], classes()["C4"]) == (("A", None), (None, None))


def test_no_sales_are_left_when_a_run_ends(ledger, bob, monkeypatch):
    orders = {"order_id": "O1", "customer_id": "C1", "ordered_on": "2026-02-01", "amount": "9"}
    actions.install_ready_made()
    batch = ledger.load(pl.DataFrame([orders]), kind="orders")
    undone_at_work(monkeypatch, batch)
    assert run_now("abc").status == "finished"
    assert not RunInForce.objects.exists()
    assert not CustomerClass.objects.exists()
    assert not Run.objects.filter(status="queued").exists()


def test_a_run_on_no_sales_fails_and_says_why(ledger, bob):
    actions.install_ready_made()
    run = run_now("abc")
    assert (run.status, run.reason["code"]) == (Run.Status.FAILED, "nothing-sold")
    assert Event.objects.get(verb="run.failed").after["code"] == "nothing-sold"
    failed = {one.scheme.name: one.failed for one in queries.standings(bob)}
    assert (failed["abc"], failed["rfm"]) == (run, None)
    assert actions.install_ready_made() == []
    positions = Scheme.objects.order_by("position").values_list("position", flat=True)
    assert list(positions) == list(range(1, len(positions) + 1))


def test_how_a_scheme_stands_for_all_and_for_ones_own_customers(graded, bob, carol):
    """Carol has C1, which is A with 8,000, and C3, which is C with 400; of five customers."""
    erika = create_user(None, username="erika", password="x", role=Role.REP)
    stands = {
        user: next(one for one in queries.standings(user) if one.scheme.name == "abc")
        for user in (bob, carol, erika)
    }
    figures = {
        user: (one.customers, one.value, one.each, one.unrated, one.lapsed, one.everyone)
        for user, one in stands.items()
    }
    assert figures == {
        bob: (4, 10_000, 2_500, 1, 0, 5), carol: (2, 8_400, 4_200, 0, 0, 2),
        erika: (0, 0, None, 0, 0, 0),
    }  # fmt: skip
    shares = {
        user: [
            (one.key, one.customers, one.each, one.share_of_customers, one.share_of_value,
             one.share_of_all)
            for one in stands[user].tallies
        ]
        for user in stands
    }  # fmt: skip
    assert shares == {
        bob: [("A", 1, 8_000, 0.25, 0.8, 0.2), ("B", 1, 1_500, 0.25, 0.15, 0.2),
              ("C", 2, 250, 0.5, 0.05, 0.4), ("none", 1, 0, 0, 0, 0.2)],
        carol: [("A", 1, 8_000, 0.5, pytest.approx(8 / 8.4), 0.5), ("B", 0, None, 0, 0, 0),
                ("C", 1, 400, 0.5, pytest.approx(0.4 / 8.4), 0.5)],
        erika: [(key, 0, None, 0, 0, 0) for key in "ABC"],
    }  # fmt: skip
    assert [stands[user].best.key for user in stands] == ["A"] * 3
    assert queries.own_tallies(carol, stands[carol].scheme) == stands[carol].tallies


def test_pictures_are_drawn_ahead(graded, bob, monkeypatch):
    """A run is compared with the one before it, a shadow run with the run in force."""
    run = graded["abc"]
    before = run_now("abc", "2025-07-01")
    draft = actions.save_draft(bob, wording(run.scheme))
    shadow = actions.shadow(bob, draft)
    actions.execute_runs([shadow.pk])
    waiting = actions.shadow(
        bob, actions.save_draft(bob, wording(run.scheme, window="6m"), draft=draft)
    )
    failed = actions.request_runs(bob, [graded["rfm"].scheme])[0]
    Run.objects.filter(pk=failed.pk).update(status=Run.Status.FAILED)
    actions.draw([run.pk, shadow.pk, waiting.pk, failed.pk])
    monkeypatch.setattr("kefen_crm.gateway.pictures.open_run", None)
    assert pictures.drawn(run, "pareto")["type"] == "pareto"
    assert pictures.drawn(run, "months")["type"] == "stacked"
    shadow.refresh_from_db()
    assert pictures.migration(before, run)["from"] == "2025-07-01"
    assert pictures.migration(run, shadow)["from"] == "2026-01-01"
    with pytest.raises(TypeError):
        pictures.migration(before, shadow)


def test_facts_that_come_while_a_run_is_at_work_are_graded_too(graded, bob):
    [first] = actions.request_runs(bob, Scheme.objects.filter(name="abc"))
    Run.objects.filter(pk=first.pk).update(status=Run.Status.RUNNING)
    begin("grading")
    [second] = actions.request_runs(bob, Scheme.objects.filter(name="abc"))
    assert second != first
    assert len(queued("grading")) == 1


def test_a_run_that_keeps_killing_the_worker_fails(graded, bob, sign_in):
    [run] = actions.request_runs(bob, Scheme.objects.filter(name="abc"))
    browser = sign_in(bob)
    browser.get(reverse("grading:busy"))
    assert Run.objects.get(pk=run.pk).busy
    lose("grading")
    end_orphans(0)
    browser.get(reverse("grading:busy"))
    failed = Run.objects.get(pk=run.pk)
    assert (failed.status, failed.reason["code"]) == ("failed", "worker-lost")
    [again] = actions.request_runs(bob, Scheme.objects.filter(name="abc"))
    assert again != run


def test_who_left_the_population_has_no_class(graded, bob):
    scheme = Scheme.objects.select_related("current").get(name="abc")
    only = scheme.current.document | {"population": {"attribute": "province", "is": "上海"}}
    actions.publish(bob, only, "Shanghai alone")
    run_now("abc")
    assert classes() == {"C1": ("A", None)}


def test_runs_of_the_shell_on_older_facts_are_not_taken_over(graded):
    with opened() as ledger:
        kefen.grade(ledger, "pyramid", "2026-01-01")
        payment = {"customer_id": "C1", "paid_on": "2025-12-02", "amount": "1"}
        ledger.load(pl.DataFrame([payment]), kind="payments")
        kefen.grade(ledger, "abc", "2026-01-02")
    assert [run.scheme.name for run in actions.adopt_runs()] == ["abc"]
    assert not CustomerClass.objects.filter(scheme__name="pyramid").exists()
