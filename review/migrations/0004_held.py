"""Counting who holds cards costs what is held, not what waits."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("review", "0003_desk")]
    operations = [
        migrations.AddIndex(
            "reviewtask",
            models.Index(
                condition=models.Q(claimed_by__isnull=False), fields=["state", "claimed_until"], name="cards_that_are_held"
            ),
        ),
    ]
