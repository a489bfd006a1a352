"""The guards of policies and approvals anew: every rule of a version is kept, and the start-up check knows both rules."""

from django.db import migrations

from audit.triggers import guard
from review import guards


class Migration(migrations.Migration):
    dependencies = [("review", "0004_held")]
    operations = [guard(*(one for one in guards.GUARDS if one.rules))]
