"""What changed since a cursor: rows in the order of the transactions that wrote them.

Every row knows the transaction that last changed it. A page takes only rows of transactions older
than every one that is still open (`pg_snapshot_xmin`): those can bring nothing more, so that no
row is passed over because its transaction began early and committed late. A deleted row leaves
its key.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.platform.api.problems import Fault, Refused, pointer

PARAMETER: Final = "changed_since"
RETENTION: Final = timedelta(days=90)
"""So long a deletion is told; who asks more seldom starts anew."""
DELETED, ROW = 0, 1
_MOST = 2**62


@dataclass(frozen=True)
class Source:
    """Where changes of a kind are read.

    Attributes:
        kind: its name in the API.
        table: where the rows are.
        returned: the query that tells that a deleted key is back.
        told: the condition on the rows that are told; the others are told as deleted.
    """

    kind: str
    table: str
    returned: str
    told: str = "true"


CUSTOMERS = Source(
    "customers",
    "customers_customer",
    """SELECT FROM customers_customer AS back
        WHERE back.code = gone.code AND back.standing IN ('facts', 'site')""",
    "standing IN ('facts', 'site')",
)
CLASSES = Source(
    "classes",
    "grading_customerclass",
    """SELECT FROM grading_customerclass AS back
        JOIN customers_customer AS customer ON customer.id = back.customer_id
        JOIN grading_scheme AS scheme ON scheme.id = back.scheme_id
        WHERE customer.code = gone.code AND scheme.name = gone.scheme""",
)
RUNS = Source(
    "runs", "grading_run", "SELECT FROM grading_run AS back WHERE back.id::text = gone.code"
)
SOURCES = (CUSTOMERS, CLASSES, RUNS)


@dataclass(frozen=True)
class Position:
    """How far somebody has read.

    Attributes:
        epoch: of the database's history; transaction numbers of another one mean nothing.
        feed: what is read, with what narrows it.
        begun: every transaction before this one was over when reading began.
        changed: the transaction of what was read last.
        rank, id: its place among the rows of that transaction, deletions first.
    """

    epoch: str
    feed: str
    begun: int
    changed: int = 0
    rank: int = DELETED
    id: int = -1

    def written(self) -> str:
        """The position as an opaque text."""
        parts = [self.epoch, self.feed, self.begun, self.changed, self.rank, self.id]
        text = json.dumps(parts, separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Changes:
    """A page: ids of rows that changed, keys (`key`, `scheme`) that are gone, and where it ends."""

    rows: list[int]
    deleted: list[tuple[str, str]]
    end: Position
    more: bool


def changes(source: Source, since: str, limit: int, scheme: int | None = None) -> Changes:
    """At most `limit` changes after the cursor `since`; an empty one begins with everything.

    Raises:
        Refused: 422 `bad-cursor`; 410 `start-anew` for a cursor of another database, or from
            before deletions that have been forgotten.
    """
    feed = source.kind if scheme is None else f"{source.kind}/{scheme}"
    open_from, now = _open_from(), epoch()
    position = Position(now, feed, open_from)
    if since:
        position = _read(since, feed)
        if position.epoch != now or max(position.begun, position.changed) <= _floor(source):
            raise _anew()
    found = _after(source, position, open_from, limit + 1, scheme)
    taken, more = found[:limit], len(found) > limit
    if more:
        changed, rank, key = taken[-1][:3]
        end = replace(position, changed=changed, rank=rank, id=key)
    else:
        end = replace(position, changed=max(open_from, position.changed), rank=DELETED, id=-1)
        if position.changed >= open_from:
            end = position
    rows = [key for _changed, rank, key, *_ in taken if rank == ROW]
    deleted = [(key, name) for _changed, rank, _id, key, name in taken if rank == DELETED]
    return Changes(rows, deleted, end, more)


def epoch() -> str:
    """What tells this history of the database from any other: a restored one is another."""
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY)
        told = [str(part) for part in cursor.fetchone()]
        cursor.execute("SELECT to_regclass('kefen_installation')")
        if cursor.fetchone()[0]:
            cursor.execute("SELECT id FROM kefen_installation")
            told += [row[0] for row in cursor.fetchall()]
    return hashlib.sha256("/".join(told).encode()).hexdigest()[:12]


@transaction.atomic
def forget_deletions(older_than: timedelta = RETENTION) -> int:
    """Forget deletions that were long ago; cursors from before start anew.

    Gives how many those were.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [timezone.now() - older_than])
        return sum(row[0] for row in cursor.fetchall())


@transaction.atomic
def stamp_anew() -> bool:
    """Stamp rows that came with transaction numbers of another server; whether there were any.

    Such as after a dump was loaded by PostgreSQL's own programs.
    """
    stamped = False
    with connection.cursor() as cursor:
        for table in (
            "customers_customer",
            "grading_customerclass",
            "grading_run",
            "integrations_deletion",
        ):
            cursor.execute(
                f"UPDATE {table} SET changed = pg_current_xact_id() "  # noqa: S608
                "WHERE changed > pg_current_xact_id()"
            )
            stamped |= cursor.rowcount > 0
    return stamped


def _open_from() -> int:
    """The oldest transaction that is still open: all before it are over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def _floor(source: Source) -> int:
    """The last transaction whose deletions have been forgotten; -1 for none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT changed::text::bigint FROM integrations_deletionfloor WHERE kind = %s",
            [source.kind],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else -1


def _after(
    source: Source, position: Position, open_from: int, limit: int, scheme: int | None
) -> list[tuple[int, int, int, str, str]]:
    """What follows a position: transaction, rank and id, and of what is gone key and scheme.

    The order names its tables: `changed` alone would be the number that is told, of which there is
    no index.
    """
    of_rows = position.id if position.rank == ROW else -1
    of_deleted = position.id if position.rank == DELETED else _MOST
    about: dict[str, str | int | None] = {
        "kind": source.kind,
        "changed": str(position.changed),
        "row": of_rows,
        "deleted": of_deleted,
        "begun": str(position.begun),
        "open": str(open_from),
        "limit": limit,
        "scheme": scheme,
    }
    only = "" if scheme is None else "AND scheme_id = %(scheme)s"
    only_gone = (
        ""
        if scheme is None
        else "AND scheme = (SELECT name FROM grading_scheme WHERE id = %(scheme)s)"
    )
    query = f"""
        (SELECT gone.changed::text::bigint AS at, {DELETED} AS rank, id, code, scheme
         FROM integrations_deletion AS gone
         WHERE kind = %(kind)s AND (changed, id) > (%(changed)s::xid8, %(deleted)s)
             AND changed >= %(begun)s::xid8 AND changed < %(open)s::xid8
             {only_gone} AND NOT EXISTS ({source.returned})
         ORDER BY gone.changed, gone.id LIMIT %(limit)s)
        UNION ALL
        (SELECT source.changed::text::bigint, {ROW}, source.id, '', ''
         FROM {source.table} AS source
         WHERE (changed, id) > (%(changed)s::xid8, %(row)s) AND changed < %(open)s::xid8 {only}
             AND {source.told}
         ORDER BY source.changed, source.id LIMIT %(limit)s)
        ORDER BY at, rank, id LIMIT %(limit)s
    """  # noqa: S608  # tables of this module only
    with connection.cursor() as cursor:
        cursor.execute(query, about)
        found: list[tuple[int, int, int, str, str]] = cursor.fetchall()
    return found


def _read(text: str, feed: str) -> Position:
    try:
        parts = json.loads(urlsafe_b64decode((text + "=" * (-len(text) % 4)).encode("ascii")))
        fits = [type(part) for part in parts] == [str, str, int, int, int, int]
        fits = fits and all(-1 <= number <= _MOST for number in parts[2:])
    except (ValueError, TypeError):
        fits = False
    if not fits or parts[1] != feed:
        detail = _("This is no cursor of these changes. Take `changed_since` as it was answered.")
        raise Refused(422, "bad-cursor", detail, [_fault("bad-cursor", detail)])
    return Position(*parts)


def _anew() -> Refused:
    detail = _(
        "This cursor no longer holds: the database was restored or moved, or it is older than the "
        "deletions that are still told. Drop what you have and start anew, without changed_since."
    )
    return Refused(410, "start-anew", detail, [_fault("start-anew", detail)])


def _fault(code: str, detail: str) -> Fault:
    return Fault(code=code, detail=detail, part="query", pointer=pointer([PARAMETER]))


_HISTORY: Final = """
    SELECT control.system_identifier, checkpoint.timeline_id, database.oid
    FROM pg_control_system() AS control, pg_control_checkpoint() AS checkpoint,
        pg_database AS database
    WHERE database.datname = current_database()
"""
_FORGET: Final = """
    WITH gone AS (DELETE FROM integrations_deletion WHERE at < %s RETURNING kind, changed)
    INSERT INTO integrations_deletionfloor AS floor (kind, changed)
    SELECT kind, max(changed::text::bigint)::text::xid8 FROM gone GROUP BY kind
    ON CONFLICT (kind) DO UPDATE SET changed = GREATEST(floor.changed, EXCLUDED.changed)
    RETURNING (SELECT count(*) FROM gone WHERE gone.kind = floor.kind)
"""
