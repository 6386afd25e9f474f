"""Customers are archived instead of deleted; copies elsewhere are told of it as of a deletion.

Who comes back, or is not merged after all, is told as changed.
"""

from django.db import migrations

SILENT = {
    *("id", "changed", "created", "updated", "initials", "pinyin", "search"),
    *("recency", "figures_as_of", "standing", "version"),
}
"""What may change without a word; `standing` follows from others."""
TOLD = (
    *("code", "name", "phone", "email", "contact", "address", "region", "province", "city"),
    *("industry", "size", "customer_type", "source_channel", "status", "note", "registered_on"),
    *("founded_on", "birthday", "credit_limit", "credit_days", "owner_id", "owner_name"),
    *("attributes", "sales", "profit", "orders", "first_order_on", "last_order_on"),
    *("origin", "in_facts", "archived", "merged_into_id"),
)
_BEFORE, _AFTER = (", ".join(f"{row}.{c}" for c in TOLD) for row in ("OLD", "NEW"))
FORWARD = f"""
    DROP TRIGGER kefen_changed ON customers_customer;
    CREATE TRIGGER kefen_changed BEFORE UPDATE ON customers_customer FOR EACH ROW
    WHEN (({_BEFORE}) IS DISTINCT FROM ({_AFTER})) EXECUTE FUNCTION kefen_stamp_customer();

    CREATE FUNCTION kefen_customer_left() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO integrations_deletion (kind, code, scheme, at)
        VALUES ('customers', NEW.code, '', now())
        ON CONFLICT (kind, code, scheme) DO UPDATE SET changed = EXCLUDED.changed, at = now();
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_left AFTER UPDATE ON customers_customer FOR EACH ROW
    WHEN (OLD.standing IN ('facts', 'site') AND NEW.standing NOT IN ('facts', 'site'))
    EXECUTE FUNCTION kefen_customer_left();
"""  # noqa: S608  # names of columns alone


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0004_long_codes"),
        ("customers", "0004_standing_edits"),
    ]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
