"""Lanes of the queue, the start of a claim, the declared interest."""

from django.db import migrations, models

from audit.triggers import guard
from review import guards

OVERLAY = next(one for one in guards.GUARDS if one.table == "review_overlay")
LANES = [
    ("cut", "At the cut"), ("top", "Top"), ("uncertain", "Uncertain"), ("explore", "Explore"), ("spot", "Spot checks"),
    ("fast", "Fast track"),
]


class Migration(migrations.Migration):
    dependencies = [("review", "0002_guard"), ("screening", "0002_guard")]
    operations = [
        migrations.AddField("overlay", "has_interest", models.BooleanField(default=False)),
        guard(OVERLAY),  # SQLite builds the table anew for a column, and its triggers are lost with the old one
        migrations.AddField("reviewtask", "claimed_at", models.DateTimeField(null=True)),
        migrations.AddField("reviewtask", "lane", models.CharField(choices=LANES, default="cut", max_length=9)),
        migrations.AddIndex(
            "reviewtask",
            models.Index(fields=["state", "brand", "market", "lane", "-value", "-id"], name="queue_by_lane"),
        ),
    ]
