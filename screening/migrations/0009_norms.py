import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audit.triggers import guard
from screening import guards


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0004_kinds_of_the_workbench'),
        ('screening', '0008_discovery'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='marketnorm',
            name='ended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='marketnorm',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='marketnorm',
            name='number',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='marketnorm',
            name='replaces',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='screening.marketnorm'),
        ),
        migrations.AddConstraint(
            model_name='marketnorm',
            constraint=models.UniqueConstraint(condition=models.Q(('number__gt', 0)), fields=('market', 'number'), name='norms_are_numbered_once_a_market'),
        ),
        migrations.AddConstraint(
            model_name='marketnorm',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_by__isnull', False), _connector='OR'), name='who_ends_a_norm_is_named'),
        ),
        guard(guards.NORMS),
    ]
