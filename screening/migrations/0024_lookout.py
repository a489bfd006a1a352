import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from audit.triggers import guard
from screening import guards


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0010_saved_export'),
        ('screening', '0023_search_by_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Lookout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('file', models.TextField()),
                ('looks', models.PositiveIntegerField()),
                ('reasons', models.PositiveIntegerField()),
                ('creators', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('audit', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='lookout', to='audit.auditentry')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('market', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lookouts', to='screening.market')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('market', 'version'), name='lookouts_are_numbered_per_market')],
            },
        ),
        guard(guards.LOOKOUTS),
    ]
