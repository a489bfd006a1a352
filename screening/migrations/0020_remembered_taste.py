"""What a search learnt on earlier runs, and whether the taste ranks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("screening", "0019_what_posts_say"),
    ]

    operations = [
        migrations.AddField(
            model_name="discovery",
            name="earlier",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="discovery",
            name="is_taste_on",
            field=models.BooleanField(default=True),
        ),
    ]
