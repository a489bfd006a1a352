"""What is written once stays as it was written."""

from django.db import migrations

from audit.triggers import guard
from screening import guards


class Migration(migrations.Migration):
    dependencies = [("screening", "0001_initial")]
    operations = [guard(*guards.GUARDS)]
