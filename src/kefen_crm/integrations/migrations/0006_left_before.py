"""Who is archived or merged is noted where the row is stamped anyway: one trigger a row, not two."""

from django.db import migrations

LEFT = """
    OLD.standing IN ('facts', 'site') AND (NEW.merged_into_id IS NOT NULL OR NEW.archived
        OR NOT (NEW.in_facts OR NEW.origin = 'site'))
"""
FORWARD = f"""
    DROP TRIGGER kefen_left ON customers_customer;
    DROP FUNCTION kefen_customer_left;
    CREATE OR REPLACE FUNCTION kefen_stamp_customer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.changed := pg_current_xact_id();
        IF NEW.code <> OLD.code THEN
            DELETE FROM integrations_deletion WHERE code = OLD.code;
            INSERT INTO integrations_deletionfloor (kind) VALUES ('customers'), ('classes')
            ON CONFLICT (kind) DO UPDATE SET changed = EXCLUDED.changed;
            UPDATE grading_customerclass SET changed = pg_current_xact_id()
            WHERE customer_id = OLD.id;
        ELSIF {LEFT} THEN
            INSERT INTO integrations_deletion (kind, code, scheme, at)
            VALUES ('customers', NEW.code, '', now())
            ON CONFLICT (kind, code, scheme) DO UPDATE SET changed = EXCLUDED.changed, at = now();
        END IF;
        RETURN NEW;
    END $$;
"""  # noqa: S608  # no value in it


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0005_standing"),
    ]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
