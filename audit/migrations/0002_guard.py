"""The log is append-only."""

from django.db import migrations

from audit.triggers import Guard, guard


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [guard(Guard("audit_auditentry", ("uid",)))]
