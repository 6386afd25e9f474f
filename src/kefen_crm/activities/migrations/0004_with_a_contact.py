"""Activities are linked with the contact whose name they tell, where one contact has it."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

LINK = """
    UPDATE activities_activity AS activity SET person_id = named.id FROM (
        SELECT customer_id, name, min(id) AS id FROM contacts_contact
        GROUP BY customer_id, name HAVING count(*) = 1
    ) AS named
    WHERE activity.customer_id = named.customer_id AND activity.contact = named.name
"""


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0003_repeating"),
        ("contacts", "0001_contacts"),
    ]

    operations = [
        migrations.AddField(
            "activity",
            "person",
            models.ForeignKey(
                "contacts.Contact",
                on_delete=django.db.models.deletion.SET_NULL,
                null=True,
                related_name="activities",
            ),
        ),
        migrations.RunSQL(LINK, migrations.RunSQL.noop),
    ]
