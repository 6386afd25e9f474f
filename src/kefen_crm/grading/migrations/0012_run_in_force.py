"""Which run a scheme's classes come from is kept once, not with each class.

So a run writes only the customers of whom it says something else than the last.
"""

import django.db.models.deletion
from django.db import migrations, models

from kefen_crm.platform.remembered import TRIGGER, watch

FILL = """
    INSERT INTO grading_runinforce (scheme_id, run_id, before_id)
    SELECT scheme.id, held.run_id, (
        SELECT previous_run_id FROM grading_customerclass
        WHERE scheme_id = scheme.id AND previous_run_id IS NOT NULL
        ORDER BY previous_key LIMIT 1)
    FROM grading_scheme AS scheme CROSS JOIN LATERAL (
        SELECT run_id FROM grading_customerclass
        WHERE scheme_id = scheme.id ORDER BY class_key LIMIT 1) AS held;
    UPDATE grading_customerclass SET graded_before = true WHERE previous_run_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0011_live_facts"),
        ("platform", "0008_table_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="RunInForce",
            fields=[
                (
                    "scheme",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="run_in_force",
                        serialize=False,
                        to="grading.scheme",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="grading.run",
                    ),
                ),
                (
                    "before",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="grading.run",
                    ),
                ),
                ("program", models.CharField(db_default="", default="", max_length=100)),
            ],
        ),
        migrations.AddField(
            model_name="customerclass",
            name="graded_before",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(
            watch("grading_runinforce"), f"DROP TRIGGER {TRIGGER} ON grading_runinforce"
        ),
    ]
