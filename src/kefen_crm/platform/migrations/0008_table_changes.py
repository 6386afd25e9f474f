"""The transactions that wrote to a table whose figures are remembered; see `platform.remembered`."""

from django.db import migrations

FORWARD = """
    CREATE TABLE platform_tablechange (
        changed xid8 PRIMARY KEY, mark uuid NOT NULL DEFAULT gen_random_uuid());
    INSERT INTO platform_tablechange VALUES (pg_current_xact_id());

    CREATE FUNCTION kefen_table_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO platform_tablechange VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$;
"""
BACKWARD = """
    DROP FUNCTION kefen_table_changed CASCADE;
    DROP TABLE platform_tablechange;
"""


class Migration(migrations.Migration):
    dependencies = [("platform", "0007_longer_keys")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
