"""Each entry stands among the pending ones by itself: a trigger puts it there."""

import django.db.models.deletion
from django.db import migrations, models

from audit.triggers import PROTECTED, guard


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_kinds_of_the_workbench")]
    operations = [
        migrations.AlterField(
            model_name="auditpending",
            name="entry",
            field=models.OneToOneField(
                db_column="uid", db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING,
                primary_key=True, serialize=False, to="audit.auditentry",
            ),
        ),
        guard(PROTECTED["audit_auditentry"]),
    ]
