"""Lists are counted, summed and paged within indexes; their figures are remembered."""

from django.db import migrations, models

from kefen_crm.platform.remembered import TRIGGER, watch


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0008_table_changes"),
        ("customers", "0005_list_indexes"),
        ("grading", "0008_live_classes"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="customerclass",
            name="class_by_scheme",
        ),
        migrations.RemoveIndex(
            model_name="customerclass",
            name="class_by_move",
        ),
        migrations.AddIndex(
            model_name="customerclass",
            index=models.Index(
                fields=["scheme", "class_key"], include=("customer",), name="class_by_scheme"
            ),
        ),
        migrations.AddIndex(
            model_name="customerclass",
            index=models.Index(
                fields=["scheme", "previous_key", "class_key"],
                include=("customer",),
                name="class_by_move",
            ),
        ),
        migrations.AddIndex(
            model_name="customerclass",
            index=models.Index(
                condition=models.Q(("previous_run__isnull", False)),
                fields=["scheme"],
                name="class_before",
            ),
        ),
        migrations.RunSQL(
            watch("grading_customerclass"), f"DROP TRIGGER {TRIGGER} ON grading_customerclass"
        ),
    ]
