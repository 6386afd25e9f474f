from typing import Any

from django.db import migrations, models

SERVICE: dict[str, Any] = {
    "default": False,
    "help_text": "For a program: it has tokens and no password, and nobody signs in as it.",
    "verbose_name": "service account",
}


class Migration(migrations.Migration):
    dependencies = [
        ("team", "0003_token_scopes"),
    ]

    operations = [
        migrations.AddField(
            model_name="user", name="service", field=models.BooleanField(**SERVICE)
        ),
        migrations.AddField(
            model_name="historicaluser", name="service", field=models.BooleanField(**SERVICE)
        ),
        migrations.AddField(
            model_name="user",
            name="signed_out",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
