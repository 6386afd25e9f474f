"""Classes are written without looking up and locking the customer of each.

Whoever deletes customers waits for those who write classes, holds off others, and takes the classes
along. Whoever deletes a scheme takes them along, too: who writes them has locked or made the row of
`RunInForce` before, which the scheme is not deleted without.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
    CREATE FUNCTION kefen_classes_held() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        LOCK TABLE grading_customerclass IN SHARE ROW EXCLUSIVE MODE;
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_classes_held BEFORE DELETE ON customers_customer
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_classes_held();

    CREATE FUNCTION kefen_classes_of_customers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM grading_customerclass WHERE customer_id IN (SELECT id FROM gone);
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_classes AFTER DELETE ON customers_customer REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_classes_of_customers();

    CREATE FUNCTION kefen_classes_of_schemes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM grading_customerclass WHERE scheme_id IN (SELECT id FROM gone);
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_classes AFTER DELETE ON grading_scheme REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_classes_of_schemes();

    CREATE FUNCTION kefen_classes_none() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM grading_customerclass;
        RETURN NULL;
    END $$;
    CREATE TRIGGER kefen_classes_none AFTER TRUNCATE ON customers_customer
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_classes_none();
    CREATE TRIGGER kefen_classes_none AFTER TRUNCATE ON grading_scheme
    FOR EACH STATEMENT EXECUTE FUNCTION kefen_classes_none();
"""
BACKWARD = """
    DROP FUNCTION kefen_classes_held, kefen_classes_of_customers, kefen_classes_of_schemes,
        kefen_classes_none CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0014_typed_in"), ("grading", "0015_unsettled")]
    operations = [
        migrations.AlterField(
            "customerclass",
            "customer",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="classes",
                to="customers.customer",
            ),
        ),
        migrations.AlterField(
            "customerclass",
            "scheme",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="customer_classes",
                to="grading.scheme",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
