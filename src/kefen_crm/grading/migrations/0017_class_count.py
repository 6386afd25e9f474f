"""How many classes a scheme has is known from the last count, if none was deleted since.

`grading_classcount` has that count, and a row without one for each deletion: who deletes only adds
to it, and so waits for nobody. It has no model, and is no part of a backup.
"""

from django.db import migrations

FORWARD = """
    CREATE TABLE grading_classcount (scheme_id bigint NOT NULL, rows bigint);
    CREATE INDEX class_count_by_scheme ON grading_classcount (scheme_id);

    CREATE FUNCTION kefen_classes_uncounted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO grading_classcount (scheme_id) SELECT DISTINCT scheme_id FROM gone;
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_uncounted AFTER DELETE ON grading_customerclass
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_classes_uncounted();

    CREATE FUNCTION kefen_no_classes_counted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO grading_classcount (scheme_id)
        SELECT DISTINCT scheme_id FROM grading_classcount;
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_emptied AFTER TRUNCATE ON grading_customerclass
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_no_classes_counted();
"""
BACKWARD = """
    DROP FUNCTION kefen_classes_uncounted, kefen_no_classes_counted CASCADE;
    DROP TABLE grading_classcount;
"""


class Migration(migrations.Migration):
    dependencies = [("grading", "0016_classes_unconstrained")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
