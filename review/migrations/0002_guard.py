"""What is written once stays as it was written."""

from django.db import migrations

from audit.triggers import guard
from review import guards


class Migration(migrations.Migration):
    dependencies = [("review", "0001_initial")]
    operations = [guard(*guards.GUARDS)]
