"""Customers are brought up to the ledger where they differ, many at once.

`customers_synchronised` names what they were last brought up to; it has no model, and is no part of
a backup. What customers are found by follows new ones by the statement, not one by one, and its
index gathers entries before it sorts them in.
"""

from django.db import migrations, models

FORWARD = """
    CREATE TABLE customers_synchronised (
        name text NOT NULL, facts text NOT NULL, basis text NOT NULL, customers bigint NOT NULL);
    CREATE FUNCTION kefen_not_synchronised() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM customers_synchronised;
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_not_synchronised AFTER DELETE OR TRUNCATE ON customers_customer
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_not_synchronised();

    CREATE FUNCTION kefen_searched_new() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO customers_searched SELECT id, search FROM fresh
        ON CONFLICT (customer_id) DO UPDATE SET found_by = EXCLUDED.found_by;
        RETURN NULL;
    END $$;
    DROP TRIGGER kefen_searched ON customers_customer;
    CREATE TRIGGER kefen_searched AFTER DELETE ON customers_customer
    FOR EACH ROW EXECUTE FUNCTION kefen_searched();
    CREATE TRIGGER kefen_searched_new AFTER INSERT ON customers_customer
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_searched_new();
    ALTER INDEX customers_searched_parts SET (fastupdate = on, gin_pending_list_limit = 1024);
"""
BACKWARD = """
    ALTER INDEX customers_searched_parts SET (fastupdate = off);
    DROP FUNCTION kefen_searched_new CASCADE;
    DROP TRIGGER kefen_searched ON customers_customer;
    CREATE TRIGGER kefen_searched AFTER INSERT OR DELETE ON customers_customer
    FOR EACH ROW EXECUTE FUNCTION kefen_searched();
    DROP FUNCTION kefen_not_synchronised CASCADE;
    DROP TABLE customers_synchronised;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_search_index")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RemoveIndex("customer", "customer_by_sales"),
        migrations.AddIndex(
            "customer",
            models.Index(
                models.OrderBy(models.F("sales"), descending=True, nulls_last=True),
                models.F("code"),
                include=("id", "standing", "orders", "profit", "recency"),
                name="customer_by_sales",
            ),
        ),
    ]
