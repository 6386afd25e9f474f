"""Texts are found by any part of them, within an index."""

from __future__ import annotations

from django.db import migrations

from kefen_crm.customers.texts import indexed


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0001_contacts"),
        ("customers", "0006_search_index"),
    ]

    operations = [
        migrations.RunSQL(*indexed("contacts_contact", "name", "contact_name_found")),
        migrations.RunSQL(*indexed("contacts_reach", "normal", "contact_reach_found")),
    ]
