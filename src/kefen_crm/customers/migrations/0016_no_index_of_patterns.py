"""Nobody asks for the beginning of a code as it is written, which Django made an index for.

Each customer written took an entry of it, and each vacuum read it. Codes are looked up whole, by
their unique index.
"""

from django.db import migrations

BACKWARD = """
    CREATE INDEX customers_customer_code_f5e1b9fb_like ON customers_customer
    (code varchar_pattern_ops)
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0015_late_indexes")]
    operations = [
        migrations.RunSQL("DROP INDEX IF EXISTS customers_customer_code_f5e1b9fb_like", BACKWARD)
    ]
