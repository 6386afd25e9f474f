"""Changes are marked table by table; figures that were read ahead are kept under such marks."""

from django.db import migrations

FORWARD = """
    TRUNCATE platform_tablechange;
    ALTER TABLE platform_tablechange
        DROP CONSTRAINT platform_tablechange_pkey,
        ADD COLUMN source text NOT NULL,
        ADD PRIMARY KEY (source, changed);

    CREATE OR REPLACE FUNCTION kefen_table_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO platform_tablechange (source, changed)
        VALUES (TG_TABLE_NAME || substr(TG_NAME, length('kefen_remembered') + 1),
            pg_current_xact_id())
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$;

    INSERT INTO platform_tablechange (source, changed)
    SELECT relname, pg_current_xact_id()
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgname = 'kefen_remembered' AND relnamespace = current_schema()::regnamespace;

    CREATE TABLE platform_storedfigure (
        key text PRIMARY KEY, mark text NOT NULL, about text NOT NULL, value jsonb NOT NULL,
        computed_at timestamptz NOT NULL);
"""
BACKWARD = """
    DROP TABLE platform_storedfigure;

    CREATE OR REPLACE FUNCTION kefen_table_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO platform_tablechange VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$;

    TRUNCATE platform_tablechange;
    ALTER TABLE platform_tablechange
        DROP CONSTRAINT platform_tablechange_pkey,
        DROP COLUMN source,
        ADD PRIMARY KEY (changed);
    INSERT INTO platform_tablechange VALUES (pg_current_xact_id());
"""


class Migration(migrations.Migration):
    dependencies = [("platform", "0009_event_via")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
