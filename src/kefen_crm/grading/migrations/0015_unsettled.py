"""The classes that are not just as the run in force left them are found within an index.

Few classes have a decision: the others are no entries of the index of decisions.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
    CREATE INDEX class_unsettled ON grading_customerclass (scheme_id)
    WHERE live IS NOT NULL OR held_by = 'override' OR override_id IS NOT NULL
        OR NOT graded_before OR previous_key IS DISTINCT FROM class_key
"""


class Migration(migrations.Migration):
    dependencies = [("grading", "0014_put_off_runs")]
    operations = [
        migrations.AlterField(
            "customerclass",
            "override",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="grading.override",
            ),
        ),
        migrations.AddIndex(
            "customerclass",
            models.Index(
                condition=models.Q(("override__isnull", False)),
                fields=["override"],
                name="class_by_override",
            ),
        ),
        migrations.RunSQL(FORWARD, "DROP INDEX class_unsettled"),
    ]
