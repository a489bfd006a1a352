import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from audit.triggers import guard
from screening import guards


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0005_pending'),
        ('screening', '0012_relation_said_by'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Forecaster',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kpi', models.CharField(max_length=12)),
                ('version', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('file', models.TextField()),
                ('results', models.PositiveIntegerField()),
                ('creators', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('audit', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='forecaster', to='audit.auditentry')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('market', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='forecasters', to='screening.market')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('market', 'kpi', 'version'), name='forecasters_are_numbered_per_market_and_kpi')],
            },
        ),
        guard(guards.FORECASTERS),
    ]
