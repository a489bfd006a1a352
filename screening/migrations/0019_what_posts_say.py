"""What posts say: words and accounts that they name, ads among them, and silences."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("screening", "0018_drifted"),
    ]

    operations = [
        migrations.AddField(
            model_name="metrics",
            name="ads_in_period",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="metrics",
            name="gap_days",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="metrics",
            name="named",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="metrics",
            name="said",
            field=models.JSONField(null=True),
        ),
        migrations.AddIndex(
            model_name="metrics",
            index=models.Index(
                condition=models.Q(("said__isnull", False)), fields=["profile"], name="metrics_of_read_posts"
            ),
        ),
    ]
