import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0002_undoing"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="options",
            field=models.JSONField(blank=True, default=dict, verbose_name="how to read it"),
        ),
        migrations.AddField(
            model_name="historicalimport",
            name="options",
            field=models.JSONField(blank=True, default=dict, verbose_name="how to read it"),
        ),
        migrations.AddField(
            model_name="import",
            name="mends",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="mended_by",
                to="imports.import",
            ),
        ),
        migrations.AddField(
            model_name="historicalimport",
            name="mends",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="imports.import",
            ),
        ),
    ]
