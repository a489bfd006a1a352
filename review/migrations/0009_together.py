"""What Together weighs by, kept as versions; who referred a creator, and by how much the forecast is adjusted."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from audit.triggers import guard
from review import guards

TOUCHED = ("review_overlay", "review_weights")


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_kinds_of_the_workbench"),
        ("review", "0008_team"),
        ("screening", "0007_a_relation_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Weights",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("document", models.JSONField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name="overlay",
            name="forecast_percent",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="overlay",
            name="referred_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="overlay",
            constraint=models.CheckConstraint(
                condition=models.Q(("referred_by__isnull", True), ("relationship", "referral"), _connector="OR"),
                name="only_a_referral_names_who_referred",
            ),
        ),
        migrations.AddConstraint(
            model_name="overlay",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("forecast_percent__isnull", True), ("forecast_percent__range", (-90, 300)), _connector="OR"
                ),
                name="a_forecast_is_adjusted_by_90_down_to_300_up",
            ),
        ),
        migrations.AddField(
            model_name="weights",
            name="audit",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="weights", to="audit.auditentry"
            ),
        ),
        migrations.AddField(
            model_name="weights",
            name="market",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="weights", to="screening.market"
            ),
        ),
        migrations.AddConstraint(
            model_name="weights",
            constraint=models.UniqueConstraint(fields=("market", "version"), name="weights_are_numbered_once_a_market"),
        ),
        guard(*(one for one in guards.GUARDS if one.table in TOUCHED)),
    ]
