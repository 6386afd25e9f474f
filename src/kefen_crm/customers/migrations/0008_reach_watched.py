"""Figures of what one person sees are remembered, too: who leads whom and who shares is watched.

Signing in writes to a user and changes nobody's reach, so not all columns are.
"""

from django.db import migrations

from kefen_crm.platform.remembered import TRIGGER, watch

_WATCHED = {
    "customers_collaborator": (),
    "team_department": (),
    "team_user": (
        "username", "first_name", "email", "is_active", "is_superuser", "role", "reach",
        "department_id", "service",
    ),
}  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0007_synchronised"),
        ("platform", "0008_table_changes"),
        ("team", "0005_departments_reach"),
    ]
    operations = [
        migrations.RunSQL(watch(table, *columns), f"DROP TRIGGER {TRIGGER} ON {table}")
        for table, columns in _WATCHED.items()
    ]
