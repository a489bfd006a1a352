from django.db import migrations, models

from audit.triggers import guard
from screening import guards


class Migration(migrations.Migration):
    dependencies = [("screening", "0020_remembered_taste")]

    operations = [
        migrations.AddField(
            model_name="creator",
            name="erased_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        guard(*guards.ERASABLE),
    ]
