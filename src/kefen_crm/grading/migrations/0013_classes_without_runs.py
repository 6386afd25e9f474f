from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0012_run_in_force"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="customerclass", name="class_before"),
        migrations.RemoveField(model_name="customerclass", name="run"),
        migrations.RemoveField(model_name="customerclass", name="previous_run"),
    ]
