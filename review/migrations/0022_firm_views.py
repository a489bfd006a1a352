"""A first view says yes or no, or rather so, and names up to two things that decide it."""

from django.db import migrations, models

from audit.triggers import guard
from review import guards

BECAUSE = [
    ("fit", "Fit with the brand"), ("audience", "Audience"), ("content", "Content and tone"),
    ("price", "Price or terms"), ("risk", "A risk"), ("known", "I know the creator"),
]


class Migration(migrations.Migration):
    dependencies = [("review", "0021_overrides_by_task")]
    operations = [
        migrations.AddField("firstview", "is_firm", models.BooleanField(default=False)),
        migrations.AddField(
            "firstview", "because_too", models.CharField(blank=True, choices=BECAUSE, default="", max_length=12)
        ),
        # SQLite builds the table anew for a column, and its triggers are lost with the old one.
        guard(next(one for one in guards.GUARDS if one.table == "review_firstview")),
    ]
