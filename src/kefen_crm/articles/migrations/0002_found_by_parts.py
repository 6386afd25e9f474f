from django.db import migrations

from kefen_crm.articles.queries import SEARCHED
from kefen_crm.customers.texts import indexed


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0001_initial"),
        ("customers", "0007_synchronised"),
    ]

    operations = [
        migrations.RunSQL(*indexed("articles_article", "title_zh", "article_title_zh_found")),
        migrations.RunSQL(*indexed("articles_article", "title_en", "article_title_en_found")),
        migrations.RunSQL(*indexed("articles_article", "searched", "article_text_found", SEARCHED)),
    ]
