"""A customer that gets another code, as one that is erased does, leaves no trace of the old one.

Whoever keeps a copy could not be told which code went, so that cursors from before start anew.
"""

from django.db import migrations, models

FORWARD = """
    CREATE OR REPLACE FUNCTION kefen_stamp_customer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.changed := pg_current_xact_id();
        IF NEW.code <> OLD.code THEN
            DELETE FROM integrations_deletion WHERE code = OLD.code;
            INSERT INTO integrations_deletionfloor (kind) VALUES ('customers'), ('classes')
            ON CONFLICT (kind) DO UPDATE SET changed = EXCLUDED.changed;
            UPDATE grading_customerclass SET changed = pg_current_xact_id()
            WHERE customer_id = OLD.id;
        END IF;
        RETURN NEW;
    END $$;
"""
DELETED = """
    CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO integrations_deletion (kind, code, scheme, at) {select}
        ON CONFLICT (kind, code, scheme) DO UPDATE SET changed = EXCLUDED.changed, at = now();
        RETURN NULL;
    END $$;
"""
SELECTS = {
    "kefen_customers_deleted": "SELECT 'customers', code, '', now() FROM gone",
    "kefen_classes_deleted": """SELECT 'classes', customer.code, scheme.name, now()
        FROM gone JOIN customers_customer AS customer ON customer.id = gone.customer_id
            JOIN grading_scheme AS scheme ON scheme.id = gone.scheme_id""",
    "kefen_runs_deleted": "SELECT 'runs', id::text, '', now() FROM gone",
}


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0002_class_periods"),
    ]
    operations = [
        migrations.RemoveConstraint(model_name="deletion", name="deletion_once_a_key"),
        migrations.RenameField(model_name="deletion", old_name="key", new_name="code"),
        migrations.AddConstraint(
            model_name="deletion",
            constraint=models.UniqueConstraint(
                fields=("kind", "code", "scheme"), name="deletion_once_a_key"
            ),
        ),
        migrations.RunSQL(
            [FORWARD, *(DELETED.format(name=name, select=one) for name, one in SELECTS.items())],
            migrations.RunSQL.noop,
        ),
    ]
