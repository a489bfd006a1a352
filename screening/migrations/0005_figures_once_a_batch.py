"""Figures of an import that may yet be given up do not stand for those of another."""

from django.db import migrations, models

from audit.triggers import guard
from screening import guards

_FIGURES = guard(*(one for one in guards.GUARDS if one.table == "screening_metrics"))


class Migration(migrations.Migration):
    dependencies = [("screening", "0004_gate_answer")]
    operations = [
        # SQLite makes the table anew and loses its triggers on the way, forwards and backwards.
        migrations.RunPython(migrations.RunPython.noop, _FIGURES.code),
        migrations.RemoveConstraint(model_name="metrics", name="figures_are_stored_once"),
        migrations.AddConstraint(
            model_name="metrics",
            constraint=models.UniqueConstraint(
                fields=("profile", "taken_at", "source", "row_sha256", "batch"), name="figures_are_stored_once"
            ),
        ),
        migrations.RunPython(_FIGURES.code, migrations.RunPython.noop),
    ]
