"""A run writes only the customers of whom it says something else, as if it had written all."""

from datetime import date, timedelta

import polars as pl
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kefen_crm.customers.models import Customer
from kefen_crm.gateway import LAPSED
from kefen_crm.gateway.grading import Classes
from kefen_crm.grading import changed_classes, classes, queries
from kefen_crm.grading.models import CustomerClass, Override, Run, RunInForce, Scheme
from kefen_crm.integrations.views import VIEWS
from kefen_crm.playbooks import plays

CODES = [f"C{number}" for number in range(1, 6)]
SCHEMA = {
    "code": pl.String, "class_key": pl.String, "computed_key": pl.String, "held_by": pl.String,
    "pending": pl.Int16, "score": pl.Float64, "detail": pl.String,
}  # fmt: skip
ROWS = st.fixed_dictionaries(
    dict.fromkeys(CODES, st.sampled_from([None, "A", "A", "A", "B", "C", "~lapsed", "unrated"]))
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("run"), ROWS, st.sampled_from([-1, 0, 0, 1, 1])),
        st.tuples(st.just("live"), st.sampled_from(CODES), st.sampled_from(["A", "B", None])),
        st.tuples(st.just("decide"), st.sampled_from(CODES), st.sampled_from(["A", "B", ""])),
        st.tuples(st.just("leave"), st.sampled_from(CODES), st.none()),
    ),
    min_size=2,
    max_size=9,
)


EVERYBODY = dict.fromkeys(CODES, "A")
GONE_BETWEEN = [("run", EVERYBODY, 1), ("leave", "C1", None), ("run", EVERYBODY | {"C2": "B"}, 0)]


def frame(told):
    rows = [
        (code, None if key == "unrated" else key, None if key == "unrated" else key, "", 0,
         1.5 if key == "A" else None, "{}")
        for code, key in told.items() if key
    ]  # fmt: skip
    return pl.DataFrame(rows, SCHEMA, orient="row")


def at_hand(rows):
    return Classes(rows.lazy(), rows.lazy())


def in_file(folder, name, rows):
    """As a run leaves them: what is told alike is in files that are alike."""
    path = folder / f"{name}.parquet"
    rows.write_parquet(path)
    return Classes(pl.scan_parquet(path), pl.scan_parquet(path), path, "abc")


def standing():
    """All that classes and the runs behind them say, but when something was found."""
    rows = [
        {name: told for name, told in row.items() if name not in {"id", "live"}}
        | {"live": row["live"] is not None}
        for row in CustomerClass.objects.filter(scheme__name="abc").order_by("customer").values()
    ]
    return rows, list(RunInForce.objects.filter(scheme__name="abc").values())


def all_of_them(*_args, **_named):
    return None


def taken_over(run, told, looks, *, stays):
    """What is there once a run has taken over; taken back unless it `stays`."""
    with transaction.atomic(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(classes, "to_look_at", looks)
        classes.apply_run(run, told, newest=run.as_of < queries.in_force(run.scheme).as_of)
        found = standing()
        transaction.set_rollback(not stays)
    return found


def test_it_comes_to_the_same(graded, bob, monkeypatch, tmp_path):
    scheme = Scheme.objects.get(name="abc")
    frames, looked = {}, []
    monkeypatch.setattr(changed_classes, "classes_by", lambda run: frames.get(run.pk))
    monkeypatch.setattr(classes, "classes_by", lambda run: frames.get(run.pk))
    monkeypatch.setattr(changed_classes, "_MOST", 2)

    def narrowed(*args, **named):
        found = changed_classes.to_look_at(*args, **named)
        if args[0].run_id in frames:  # the first of each example has nothing to compare with
            looked.append(found)
        return found

    def carry_out(told, day):
        run = Run.objects.create(version=scheme.current, as_of=day, status=Run.Status.FINISHED)
        frames[run.pk] = in_file(tmp_path, run.pk, frame(told))
        expected = taken_over(run, frames[run.pk], all_of_them, stays=False)
        assert taken_over(run, frames[run.pk], narrowed, stays=True) == expected

    def decide(customer, key):
        Override.objects.filter(customer=customer, ended=None).update(ended=timezone.now())
        if key:
            Override.objects.create(
                customer=customer, scheme=scheme, class_key=key, by=bob, since=timezone.now()
            )
        classes.apply_overrides([scheme.pk])

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(steps=STEPS)
    @example(steps=GONE_BETWEEN)
    @example(steps=[*GONE_BETWEEN, *GONE_BETWEEN])
    def alike(steps):
        with transaction.atomic():
            day = date(2026, 1, 2)
            carry_out(EVERYBODY, day)
            for kind, about, more in steps:
                if kind == "run":
                    day += timedelta(days=more)
                    carry_out(about, day)
                elif kind == "live":
                    classes.apply_live(queries.in_force(scheme), [about], frame({about: more}))
                elif kind == "decide":
                    decide(Customer.objects.get(code=about), more)
                else:
                    scheme.customer_classes.filter(customer__code=about).delete()
            transaction.set_rollback(True)

    alike()
    found = [len(some) for some in looked if some is not None]
    assert len(found) > len(looked) / 5
    assert min(found) < len(CODES)


def test_who_is_told_of_alike_is_not_written_again(graded, monkeypatch):
    scheme, run = Scheme.objects.get(name="abc"), graded["abc"]
    again = Run.objects.create(version=scheme.current, as_of=run.as_of, status="finished")
    told = changed_classes.classes_by(run)
    written = []
    real = classes.into_temporary
    monkeypatch.setattr(
        classes, "into_temporary", lambda *args: written.append(args[2].height) or real(*args)
    )
    with transaction.atomic():
        RunInForce.objects.update(program=changed_classes.program())
        with pytest.MonkeyPatch.context() as patched:  # alike files are not read
            patched.setattr(changed_classes, "_differing", None)
            classes.apply_run(again, told)
        assert queries.in_force(scheme) == again
        assert written == []
        rows = told.rows.collect()
        one = rows.with_columns(
            class_key=pl.when(pl.col("code") == "C1").then(pl.lit("B")).otherwise("class_key")
        )
        third = Run.objects.create(version=scheme.current, as_of=run.as_of, status="finished")
        again.engine_id = run.engine_id
        again.save()
        monkeypatch.setattr(changed_classes, "_MOST", 0.5)
        monkeypatch.setattr(changed_classes, "classes_by", lambda _run: at_hand(rows))
        classes.apply_run(third, at_hand(one))
    assert written == [1]
    assert CustomerClass.objects.get(customer__code="C1", scheme=scheme).class_key == "B"


def test_classes_are_counted_again_where_some_were_deleted(graded):
    scheme, run = Scheme.objects.get(name="abc"), graded["abc"]
    told = changed_classes.classes_by(run)
    RunInForce.objects.update(program=changed_classes.program())

    def counted():
        stands = RunInForce.objects.get(scheme=scheme)
        with CaptureQueriesContext(connection) as asked:
            found = changed_classes.to_look_at(stands, told, onward=False)
        return any("count(*)" in one["sql"] for one in asked), found

    assert counted() == (True, [])
    assert counted() == counted() == (False, [])
    with transaction.atomic():
        CustomerClass.objects.filter(customer__code="C1").delete()
        assert counted() == counted() == (True, None)
        transaction.set_rollback(True)
    assert counted() == (False, [])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE grading_customerclass")
        assert counted() == (True, None)
        transaction.set_rollback(True)


def test_a_second_day_writes_nobody_whose_class_stays(graded, bob, sign_in, monkeypatch):
    """On the first nobody has a class before, on the second all have, as by the first."""
    run, client = graded["abc"], sign_in(bob)
    told = changed_classes.classes_by(run)
    [view] = [one for one in VIEWS if one.name == "classes"]

    def found(*moves):
        pages = [client.get(reverse("customers:list"), {"moved": f"abc:{one}"}) for one in moves]
        return [
            [row.record.code for row in page.context["table"].page.object_list] for page in pages
        ]

    def previous():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT scheme, previous_class FROM ({view.select}) AS read")
            return [was for scheme, was in cursor.fetchall() if scheme == "abc" and was]

    assert list(found("new>A", "A>A", ">A", "down")) == [["C1"], [], ["C1"], []]
    assert previous() == []
    # Facts of the same day move C1: still there is nothing before.
    CustomerClass.objects.filter(scheme=run.scheme, customer__code="C1").update(class_key="B")
    *nobody, new = found("A>B", "down", "new>B")
    assert nobody == [[], []]
    assert "C1" in new
    assert plays.moves(run.scheme, run) == []
    CustomerClass.objects.filter(scheme=run.scheme, customer__code="C1").update(class_key="A")

    monkeypatch.setattr(classes, "into_temporary", None)
    later = run.as_of + timedelta(days=1)
    again = Run.objects.create(version=run.version, as_of=later, status="finished")
    RunInForce.objects.update(program=changed_classes.program())
    with transaction.atomic():
        classes.apply_run(again, told)
    assert queries.before(run.scheme) == run
    assert list(found("new>A", "A>A", ">A", "down")) == [[], ["C1"], ["C1"], []]
    assert sorted(previous()) == sorted(
        key for key in told.rows.collect()["class_key"].to_list() if key and key != LAPSED
    )


def test_what_is_compared_is_what_is_written(graded):
    """Rows differ where what stands for them does, of every method and of the lapsed."""
    for run in graded.values():
        told = changed_classes.classes_by(run)
        rows, compared = told.rows.collect(), told.compared.collect()
        assert told.count == rows.height > 1
        assert rows.select("code").equals(compared.select("code"))
        shown, meant = (frame.drop("code").hash_rows().rank("dense") for frame in (rows, compared))
        assert shown.n_unique() == meant.n_unique()
        assert pl.concat(told.parts()).equals(rows)
        assert told.same_as(changed_classes.classes_by(run))


def test_the_row_is_held_before_anything_is_read_of_it(graded, monkeypatch):
    """So whoever classes few customers meanwhile waits, and no other run comes between."""
    run = graded["abc"]
    again = Run.objects.create(version=run.version, as_of=run.as_of, status="finished")
    told = changed_classes.classes_by(run)
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        classes.apply_run(again, told)
    of_it = [one["sql"] for one in asked if "grading_runinforce" in one["sql"]]
    assert "FOR UPDATE" in of_it[0]
