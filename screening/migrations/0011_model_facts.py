from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('screening', '0010_exposure'),
    ]

    operations = [
        migrations.AddField(
            model_name='scoringmodel',
            name='facts',
            field=models.JSONField(default=dict),
        ),
    ]
