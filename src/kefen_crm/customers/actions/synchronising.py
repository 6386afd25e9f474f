"""Brings the site's customers up to the ledger, and loses nothing that a person wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl
from django.db import connection, transaction

from kefen_crm.customers import choices, late_indexes, parts, search, snapshots
from kefen_crm.customers.actions.owners import changing
from kefen_crm.customers.fields import PLAIN, TEXTS
from kefen_crm.customers.locks import synchronising
from kefen_crm.customers.models import Customer, FiguresDay
from kefen_crm.customers.signals import synchronised
from kefen_crm.customers.transcription import Transcriber
from kefen_crm.gateway import customers as engine
from kefen_crm.platform.bulk import into_temporary, texts
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from django.db.backends.utils import CursorWrapper

    from kefen_crm.gateway.ledger import Ledger

_TEXT = dict.fromkeys((*engine.TEXTS, "initials", "pinyin", "search"), "text")
_INCOMING = {
    "code": "text",
    **_TEXT,
    **dict.fromkeys(engine.DATES, "date"),
    "credit_limit": "numeric(18,2)",
    "credit_days": "integer",
    "attributes": "jsonb",
    "sales": "numeric(18,2)",
    "profit": "numeric(18,2)",
    "orders": "integer",
    "first_order_on": "date",
    "last_order_on": "date",
    "figures_until": "date",
    "owner_id": "bigint",
    "in_facts": "boolean",
}
_COPIED = [column for column in _INCOMING if column not in {"code", "owner_id", "in_facts"}]
_NOBODY = pl.DataFrame(schema={"code": pl.String, "hash": pl.UInt64})
_PART = 20
"""Below that part of all, customers written leave the planner's figures as they are."""
_SEEN = (*PLAIN, "owner_name", "attributes")
"""What people see besides figures: a change of it makes another version."""


def synchronise(ledger: Ledger, as_of: date) -> int:
    """Bring the site's customers up to the ledger, figures as of `as_of`; how many it has.

    Who is new appears; who is in the ledger no more is archived, or stays as typed in on the
    site, and is in the facts again when the ledger has it again. Who was typed in and is in the
    ledger only by what was written on the site stays so, too. What a person wrote stands:
    where imports bring something else than when it was written, that is noted in `FieldEdit` for
    a person to choose. An owner given by the data stays unless the data names another.

    Only customers of whom the ledger says something else than the last time are written.
    """
    about = snapshots.About.of(ledger, as_of, _people())
    while True:
        last = snapshots.last()
        if last and last.about == about:
            return last.customers
        if last is None:
            late_indexes.before_first()
        customers = _Customers.of(ledger, as_of, about, last)
        count = _write(customers, about, last)
        if count is not None:
            break
    many = customers.written * _PART > count
    _tidy(customers.written, many=many)
    if many or not customers.offered:
        choices.refresh()
    snapshots.clear()
    return count


@dataclass
class _Customers:
    """The customers of a ledger of whom it may say something else than the last time.

    Attributes:
        parts: who they are, so many at once.
        known: their code and hash as they were last brought; None where that is not known.
        others: the code and hash of those of whom it says the same.
        rows: the code and hash of those read so far.
        written: how many of them differ.
        offered: whether what they have is among the values that are chosen from.
        transcriber: of their names.
    """

    parts: Iterator[pl.DataFrame]
    known: pl.DataFrame | None
    others: pl.DataFrame
    rows: list[pl.DataFrame] = field(default_factory=list)
    written: int = 0
    offered: bool = True
    transcriber: Transcriber = field(default_factory=Transcriber)

    @classmethod
    def of(
        cls,
        ledger: Ledger,
        as_of: date,
        about: snapshots.About,
        last: snapshots.Snapshot | None,
    ) -> _Customers:
        """Those of now, against what was brought at `last`."""
        site = Customer.objects.filter(origin=Customer.Origin.SITE)
        typed = list(site.values_list("code", flat=True))
        alone = engine.known_by_the_site_alone(ledger, typed)
        known = last.rows() if last and last.about.basis == about.basis else None
        found = None
        if last and known is not None:
            version, step, day = last.about.version()
            found = engine.changed_since(ledger, version, step, (day, as_of), typed)
        people, others = None, _NOBODY
        if found and known is not None:
            people, codes = found
            at = pl.col("code").is_in(codes.implode())
            known, others = known.filter(at), known.filter(~at)
        parts = (_fitting(part, alone, as_of) for part in engine.read(ledger, as_of, people))
        return cls(parts, known, others)

    def differing(self) -> Iterator[pl.DataFrame]:
        """Those who are to be written."""
        for part in self.parts:
            rows = snapshots.hashed(part)
            self.rows.append(rows)
            found = part if self.known is None else part.filter(_differs(rows, self.known))
            self.written += found.height
            self.offered = self.offered and choices.offered(found)
            if found.height:
                yield _searchable(_owned(found), self.transcriber)

    def now(self) -> pl.DataFrame:
        """The code and hash of everybody, once all are read."""
        return pl.concat([self.others, *self.rows])

    def gone(self) -> list[str] | None:
        """Who is in the ledger no more, once all are read; None where nobody was known."""
        if self.known is None:
            return None
        return self.known.join(pl.concat([_NOBODY, *self.rows]), "code", "anti")["code"].to_list()


def _differs(rows: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Of which rows something else was known, or nothing."""
    before = rows.join(known, "code", "left", suffix="_before", maintain_order="left")
    return ~before["hash"].eq_missing(before["hash_before"])


@transaction.atomic
def _write(
    customers: _Customers, about: snapshots.About, last: snapshots.Snapshot | None
) -> int | None:
    """Write the customers who differ; gives how many there are in all.

    None where others have been brought since `last`.
    """
    into_temporary("incoming_customer", _INCOMING, customers.differing(), analyzed=False)
    synchronising()
    now = snapshots.last()
    if (now and now.name) != (last and last.name):
        return None
    first = not Customer.objects.exists()
    with connection.cursor() as cursor:
        if first:
            _fill(cursor)
        else:
            cursor.execute("ANALYZE incoming_customer")
            _keep_edits(cursor)
            with changing(via="import"):
                cursor.execute(_UPSERT)
        gone = customers.gone()
        if gone is None and not first:
            cursor.execute(_GONE + _BUT_INCOMING)
        elif gone:
            cursor.execute(_GONE + "AND code = ANY(%s)", [gone])
    late_indexes.make()
    everybody = customers.now()
    _tell_day(about.version()[2] if everybody.height else None)
    snapshots.keep(about, everybody)
    synchronised.send(Customer)
    return everybody.height


def _tell_day(day: date | None) -> None:
    """Have the figures of everybody in the facts be as of a day; of none without customers."""
    days = FiguresDay.objects.all()
    if day is None:
        days.delete()
    elif not days.filter(as_of=day).exists() and not days.update(as_of=day):
        FiguresDay.objects.create(as_of=day)


def _fill(cursor: CursorWrapper) -> None:
    """Insert the first customers: nobody is looked for, and nobody wrote anything of them.

    What finds customers by their texts is made of all of them at once, which takes a fraction of
    what it takes customer by customer. So is what orders them, where it could be dropped before.
    """
    late_indexes.of_search(cursor)
    cursor.execute(_SEARCHED.format("DISABLE"))  # it would keep all rows until the end
    with changing(via="import"):
        cursor.execute(_INSERT)
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits keeps triggers as they are
    cursor.execute(_SEARCHED.format("ENABLE"))
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    parts.fill(cursor)


def _tidy(written: int, *, many: bool) -> None:
    """Have lists be read within their indexes again.

    What the planner knows of the customers is looked at anew where a good part was written.
    """
    within = connection.in_atomic_block  # where there is no vacuum
    command = "ANALYZE" if within else "VACUUM (ANALYZE)" if many else "VACUUM"
    with connection.cursor() as cursor:
        for table in ("customers_customer", "customers_searched") if written else ():
            cursor.execute(f"{command} {table}")


def _keep_edits(cursor: CursorWrapper) -> None:
    """Put what people wrote into what is incoming, and note what imports bring instead."""
    cursor.execute(_TO_CHOOSE)
    cursor.execute(_WRITTEN)
    rows = cursor.fetchall()
    if not rows:
        return
    columns = ("code", "name", "phone", "contact")
    frame = pl.DataFrame(rows, dict.fromkeys(columns, pl.String), orient="row")
    into_temporary("written_customer", _FOUND_BY, _searchable(frame, Transcriber()))
    cursor.execute(_FOUND)


def _fitting(frame: pl.DataFrame, alone: Collection[str], as_of: date) -> pl.DataFrame:
    """With texts no longer than the site shows, the ledger has them whole, and `in_facts`.

    In the facts are not those typed in whom nothing but the site tells of, who are `alone`; they
    have the day of their figures themselves.
    """
    meta = Customer._meta  # noqa: SLF001  # Django documents it for use
    limits = {name: getattr(meta.get_field(name), "max_length", None) for name in engine.TEXTS}
    cut = (
        pl.when(pl.col(name).str.len_chars() > most)
        .then(pl.col(name).str.slice(0, most - 1) + "…")
        .otherwise(name)
        .alias(name)
        for name, most in limits.items()
        if most
    )
    by_site = pl.col("code").is_in(list(alone))
    until = pl.when(by_site).then(pl.lit(as_of))
    return frame.with_columns(*cut, (~by_site).alias("in_facts"), until.alias("figures_until"))


def _people() -> list[tuple[int, str, str]]:
    """Whom the data may mean by an owner: key, display name, user name."""
    people = User.objects.filter(is_active=True)
    return list(people.order_by("id").values_list("id", "first_name", "username"))


def _owned(frame: pl.DataFrame) -> pl.DataFrame:
    """With `owner_id` of the person whose display or user name the data gives."""
    ids = {name: key for key, first, username in _people() for name in (username, first) if name}
    owner = pl.col("owner_name").replace_strict(ids, default=None, return_dtype=pl.Int64)
    return frame.with_columns(owner.alias("owner_id"))


def _searchable(frame: pl.DataFrame, transcriber: Transcriber) -> pl.DataFrame:
    """With `initials`, `pinyin`, `search`; a name that stayed is not transcribed again."""
    codes = frame["code"]
    transcribed = Customer.objects.filter(code__in=texts(codes)).exclude(pinyin="")
    known = {
        name: (letters, whole)
        for name, letters, whole in transcribed.values_list("name", "initials", "pinyin")
    }
    names, phones, contacts = (frame[column].to_list() for column in ("name", "phone", "contact"))
    known |= transcriber.spoken(name for name in names if name not in known)
    letters, pinyin = map(list, zip(*(known[name] for name in names), strict=True))
    documents = search.documents(codes.to_list(), names, letters, pinyin, phones, contacts)
    return frame.with_columns(
        pl.Series("initials", letters, pl.String),
        pl.Series("pinyin", pinyin, pl.String),
        pl.Series("search", documents, pl.String),
    )


def _insert() -> str:
    columns = ", ".join(_COPIED)
    return f"""
        INSERT INTO customers_customer AS current
            (code, owner_id, {columns}, origin, in_facts, created, updated)
        SELECT code, owner_id, {columns}, 'facts', in_facts, now(), now()
        FROM incoming_customer ORDER BY code
    """  # noqa: S608  # column names of this module only


def _upsert() -> str:
    taken = ", ".join(f"{column} = EXCLUDED.{column}" for column in _COPIED)
    compared = [column for column in _COPIED if column != "figures_until"]
    before, after = (", ".join(f"{row}.{c}" for c in compared) for row in ("current", "EXCLUDED"))
    seen, brought = (", ".join(f"{row}.{c}" for c in _SEEN) for row in ("current", "EXCLUDED"))
    # An owner whom a person chose is the current one and stands in what is incoming, too.
    owner = """CASE WHEN current.owner_id IS NULL OR current.owner_name <> EXCLUDED.owner_name
        THEN EXCLUDED.owner_id ELSE current.owner_id END"""
    return f"""{_insert()}
        ON CONFLICT (code) DO UPDATE SET {taken}, updated = now(),
            in_facts = EXCLUDED.in_facts,
            owner_id = {owner},
            version = current.version + (current.in_facts <> EXCLUDED.in_facts
                OR current.owner_id IS DISTINCT FROM {owner}
                OR ({seen}) IS DISTINCT FROM ({brought}))::integer
        WHERE current.in_facts <> EXCLUDED.in_facts
            OR ({before}) IS DISTINCT FROM ({after})
            OR (NOT EXCLUDED.in_facts
                AND current.figures_until IS DISTINCT FROM EXCLUDED.figures_until)
            OR current.owner_id IS DISTINCT FROM {owner}
    """


def _written() -> str:
    columns = [*PLAIN, "owner_id", "owner_name"]
    taken = ", ".join(f"told.{column}" for column in columns)
    return f"""
        WITH written AS (
            SELECT customer.code, jsonb_object_agg(
                CASE edit.field WHEN 'owner' THEN 'owner_id' ELSE edit.field END,
                CASE WHEN edit.field = ANY(ARRAY{list(TEXTS)}) THEN edit.value
                    ELSE NULLIF(edit.value, '') END)
                || CASE WHEN bool_or(edit.field = 'owner' AND edit.value = '')
                    THEN '{{"owner_name": ""}}' ELSE '{{}}' END::jsonb AS told
            FROM customers_fieldedit AS edit
                JOIN customers_customer AS customer ON customer.id = edit.customer_id
            GROUP BY customer.code)
        UPDATE incoming_customer AS incoming
        SET ({", ".join(columns)}) = (
                SELECT {taken} FROM jsonb_populate_record(incoming, written.told) AS told)
        FROM written WHERE written.code = incoming.code
        RETURNING incoming.code, incoming.name, incoming.phone, incoming.contact
    """  # noqa: S608  # column names of this module only


_TO_CHOOSE = """
    UPDATE customers_fieldedit AS edit SET incoming = brought.to_choose
    FROM (
        SELECT id, CASE WHEN brought IN ('', base, value) THEN NULL ELSE brought END AS to_choose
        FROM (
            SELECT edit.id, edit.base, edit.value, COALESCE(CASE edit.field
                WHEN 'owner' THEN CASE WHEN edit.value = told.owner_id::text THEN ''
                    ELSE told.owner_name END
                WHEN 'name' THEN NULLIF(told.name, told.code)
                ELSE to_jsonb(told) ->> edit.field END, '') AS brought
            FROM customers_fieldedit AS edit
                JOIN customers_customer AS customer ON customer.id = edit.customer_id
                JOIN incoming_customer AS told ON told.code = customer.code
        ) AS every
    ) AS brought
    WHERE brought.id = edit.id AND edit.incoming IS DISTINCT FROM brought.to_choose
"""
_WRITTEN = _written()
_FOUND_BY = dict.fromkeys(("code", "initials", "pinyin", "search"), "text")
_FOUND = """
    UPDATE incoming_customer AS incoming
    SET initials = written.initials, pinyin = written.pinyin, search = written.search
    FROM written_customer AS written WHERE written.code = incoming.code
"""
_INSERT, _UPSERT = _insert(), _upsert()
_GONE = """
    UPDATE customers_customer AS current
    SET in_facts = false, version = version + 1, updated = now(),
        figures_until = (SELECT as_of FROM customers_figuresday)
    WHERE in_facts AND merged_into_id IS NULL
"""
_BUT_INCOMING = """
    AND NOT EXISTS (
        SELECT FROM incoming_customer AS incoming WHERE incoming.code = current.code)
"""
_SEARCHED = "ALTER TABLE customers_customer {} TRIGGER kefen_searched_new"
