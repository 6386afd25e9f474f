"""Customers of whom an import says who referred them are found within an index.

Its condition is that of the query in `customer_links.imported`.
"""

from django.db import migrations

FORWARD = """
    CREATE INDEX customer_referred ON customers_customer (id)
    WHERE merged_into_id IS NULL AND attributes ?| ARRAY['referred_by', '推荐人', '转介绍人',
        '介绍人', '推荐客户', '转介绍客户', 'Referred by', 'referrer', 'Referrer']
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0015_late_indexes"), ("customer_links", "0001_links")]
    operations = [migrations.RunSQL(FORWARD, "DROP INDEX customer_referred")]
