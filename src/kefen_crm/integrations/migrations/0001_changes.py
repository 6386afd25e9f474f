"""Rows of customers, classes and runs know the transaction that last changed what the API tells.

The column `changed` is not known to the models: column defaults and triggers alone write it, so
that COPY, bulk UPDATE and a stale `save()` cannot miss or overwrite it.
"""

from collections.abc import Iterable

from django.db import migrations, models

CUSTOMER_SILENT = {
    *("id", "changed", "created", "updated", "initials", "pinyin", "search"),
    *("recency", "figures_as_of"),
}
"""What may change without a word: of the site alone, or moving on every day by itself."""
CUSTOMER_TOLD = (
    *("code", "name", "phone", "email", "contact", "address", "region", "province", "city"),
    *("industry", "size", "customer_type", "source_channel", "status", "note", "registered_on"),
    *("founded_on", "birthday", "credit_limit", "credit_days", "owner_id", "owner_name"),
    *("attributes", "sales", "profit", "orders", "first_order_on", "last_order_on"),
)
CLASS_TOLD = ("class_key", "computed_key", "held_by", "score", "detail")
RUN_TOLD = (
    *("status", "as_of", "ledger_version", "counts", "reason", "shadow", "duration", "finished"),
)


def differs(columns: Iterable[str]) -> str:
    """The condition that one of the columns is another than before."""
    before, after = (", ".join(f"{row}.{c}" for c in columns) for row in ("OLD", "NEW"))
    return f"({before}) IS DISTINCT FROM ({after})"


def stamped(table: str, index: str) -> str:
    """A table whose rows know the transaction that wrote them."""
    return f"""
        ALTER TABLE {table} ADD COLUMN changed xid8 NOT NULL DEFAULT pg_current_xact_id();
        CREATE INDEX {index} ON {table} (changed, id);
    """


def stamping(table: str, columns: Iterable[str], function: str = "kefen_stamp") -> str:
    """Have an update of these columns stamp the row."""
    return f"""
        CREATE TRIGGER kefen_changed BEFORE UPDATE ON {table} FOR EACH ROW
        WHEN ({differs(columns)}) EXECUTE FUNCTION {function}();
    """


def deleting(table: str, name: str, select: str) -> str:
    """Have rows that are deleted leave their key; `select` reads it from `gone`."""
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO integrations_deletion (kind, key, scheme, at) {select}
            ON CONFLICT (kind, key, scheme) DO UPDATE SET changed = EXCLUDED.changed, at = now();
            RETURN NULL;
        END $$;
        CREATE TRIGGER kefen_deleted AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION {name}();
    """


FUNCTIONS = """
    CREATE FUNCTION kefen_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.changed := pg_current_xact_id();
        RETURN NEW;
    END $$;

    CREATE FUNCTION kefen_stamp_customer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.changed := pg_current_xact_id();
        IF NEW.code <> OLD.code THEN
            INSERT INTO integrations_deletion (kind, key, scheme, at)
            SELECT 'customers', OLD.code, '', now()
            UNION ALL
            SELECT 'classes', OLD.code, scheme.name, now()
            FROM grading_customerclass AS class JOIN grading_scheme AS scheme
                ON scheme.id = class.scheme_id
            WHERE class.customer_id = OLD.id
            ON CONFLICT (kind, key, scheme) DO UPDATE SET changed = EXCLUDED.changed, at = now();
            UPDATE grading_customerclass SET changed = pg_current_xact_id()
            WHERE customer_id = OLD.id;
        END IF;
        RETURN NEW;
    END $$;

    CREATE FUNCTION kefen_stamp_runs() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE grading_run SET changed = pg_current_xact_id() WHERE version_id = NEW.id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_changed AFTER UPDATE ON grading_schemeversion FOR EACH ROW
    WHEN (OLD.number IS DISTINCT FROM NEW.number) EXECUTE FUNCTION kefen_stamp_runs();
"""
FORWARD = (
    stamped("customers_customer", "customer_by_change"),
    stamped("grading_customerclass", "class_by_change"),
    stamped("grading_run", "run_by_change"),
    stamped("integrations_deletion", "deletion_by_change"),
    "ALTER TABLE integrations_deletionfloor ADD COLUMN changed xid8 NOT NULL DEFAULT pg_current_xact_id();",
    FUNCTIONS,
    stamping("customers_customer", CUSTOMER_TOLD, "kefen_stamp_customer"),
    stamping("grading_customerclass", CLASS_TOLD),
    stamping("grading_run", RUN_TOLD),
    deleting(
        "customers_customer",
        "kefen_customers_deleted",
        "SELECT 'customers', code, '', now() FROM gone",
    ),
    deleting(
        "grading_customerclass",
        "kefen_classes_deleted",
        """SELECT 'classes', customer.code, scheme.name, now()
            FROM gone JOIN customers_customer AS customer ON customer.id = gone.customer_id
                JOIN grading_scheme AS scheme ON scheme.id = gone.scheme_id""",
    ),
    deleting("grading_run", "kefen_runs_deleted", "SELECT 'runs', id::text, '', now() FROM gone"),
)
BACKWARD = """
    DROP FUNCTION kefen_stamp, kefen_stamp_customer, kefen_stamp_runs, kefen_customers_deleted,
        kefen_classes_deleted, kefen_runs_deleted CASCADE;
    ALTER TABLE customers_customer DROP COLUMN changed;
    ALTER TABLE grading_customerclass DROP COLUMN changed;
    ALTER TABLE grading_run DROP COLUMN changed;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("customers", "0002_pinyin"),
        ("grading", "0005_following"),
    ]
    operations = [
        migrations.CreateModel(
            name="Deletion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("key", models.CharField(max_length=120)),
                ("scheme", models.CharField(blank=True, max_length=80)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DeletionFloor",
            fields=[
                (
                    "kind",
                    models.CharField(max_length=10, primary_key=True, serialize=False),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="deletion",
            constraint=models.UniqueConstraint(
                fields=("kind", "key", "scheme"), name="deletion_once_a_key"
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
