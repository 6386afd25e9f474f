"""The classes that customers had before: a row for each period that is over.

A class knows since when it holds; when it changes or goes, what it was is kept. Triggers do that,
so that every way to write classes is covered.
"""

from django.db import migrations, models

OVER = """
    INSERT INTO integrations_classperiod
        (customer_id, scheme_id, class_key, computed_key, held_by, since, until)
"""
FORWARD = f"""
    ALTER TABLE grading_customerclass ADD COLUMN since timestamptz NOT NULL DEFAULT now();

    CREATE FUNCTION kefen_stamp_class() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.changed := pg_current_xact_id();
        IF NEW.class_key IS DISTINCT FROM OLD.class_key AND OLD.since < now() THEN
            {OVER}
            VALUES (OLD.customer_id, OLD.scheme_id, OLD.class_key, OLD.computed_key, OLD.held_by,
                OLD.since, now());
            NEW.since := now();
        END IF;
        RETURN NEW;
    END $$;
    DROP TRIGGER kefen_changed ON grading_customerclass;
    CREATE TRIGGER kefen_changed BEFORE UPDATE ON grading_customerclass FOR EACH ROW
    WHEN ((OLD.class_key, OLD.computed_key, OLD.held_by, OLD.score, OLD.detail)
        IS DISTINCT FROM (NEW.class_key, NEW.computed_key, NEW.held_by, NEW.score, NEW.detail))
    EXECUTE FUNCTION kefen_stamp_class();

    CREATE FUNCTION kefen_class_over() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {OVER}
        SELECT customer_id, scheme_id, class_key, computed_key, held_by, since, now()
        FROM gone WHERE since < now();
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_over AFTER DELETE ON grading_customerclass REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_class_over();

    CREATE FUNCTION kefen_forget_periods() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM integrations_classperiod AS over USING gone WHERE over.customer_id = gone.id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_forget AFTER DELETE ON customers_customer REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_forget_periods();
"""  # noqa: S608  # no value in it
BACKWARD = """
    DROP FUNCTION kefen_class_over, kefen_forget_periods CASCADE;
    DROP TRIGGER kefen_changed ON grading_customerclass;
    CREATE TRIGGER kefen_changed BEFORE UPDATE ON grading_customerclass FOR EACH ROW
    EXECUTE FUNCTION kefen_stamp();
    DROP FUNCTION kefen_stamp_class;
    ALTER TABLE grading_customerclass DROP COLUMN since;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0001_changes"),
    ]
    operations = [
        migrations.CreateModel(
            name="ClassPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer_id", models.BigIntegerField(db_index=True)),
                ("scheme_id", models.BigIntegerField()),
                ("class_key", models.CharField(max_length=80, null=True)),
                ("computed_key", models.CharField(max_length=80, null=True)),
                ("held_by", models.CharField(max_length=10)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
