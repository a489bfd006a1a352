"""Where a gate's answer was looked up is kept once, in the erasable payload of its audit entry."""

from django.db import migrations

from audit.triggers import guard
from screening import guards

_ANSWERS = guard(guards.GATE_ANSWERS)


class Migration(migrations.Migration):
    dependencies = [("screening", "0005_figures_once_a_batch")]
    operations = [
        # SQLite may make the table anew and lose its triggers on the way, forwards and backwards.
        migrations.RunPython(migrations.RunPython.noop, _ANSWERS.code),
        migrations.RemoveField("gateanswer", "evidence"),
        migrations.RunPython(_ANSWERS.code, migrations.RunPython.noop),
    ]
