"""The tree over the log: leaves, roots of runs, signed checkpoints, and where those were sent."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from audit.triggers import LOG, guard


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0007_correction'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField()),
                ('idx', models.BigIntegerField()),
                ('root', models.BinaryField(max_length=32)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('level', 'idx'), name='audit_run_has_one_root')],
            },
        ),
        migrations.CreateModel(
            name='AuditCheckpoint',
            fields=[
                ('size', models.BigIntegerField(primary_key=True, serialize=False)),
                ('root', models.BinaryField(max_length=32)),
                ('frontier', models.BinaryField()),
                ('note', models.TextField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='kind',
            field=models.CharField(choices=[('import', 'import'), ('brand', 'brand'), ('campaign', 'campaign'), ('brief', 'brief'), ('pool', 'pool'), ('run', 'screening run'), ('routing', 'routing'), ('recommendation', 'AI verdict'), ('claim', 'claim'), ('first_view', 'first view'), ('reveal', 'reveal'), ('overlay', 'your view'), ('decision', 'decision'), ('approval', 'approval'), ('undo', 'undo'), ('expiry', 'expiry'), ('question', 'question'), ('answer', 'answer'), ('investigation', 'investigation'), ('norm', 'market norm'), ('practice', 'practice'), ('session', 'strategy session'), ('discovery', 'discovery'), ('own_score', 'own score'), ('handoff', 'hand-off'), ('creator_clock', 'creator’s clock'), ('absence', 'absence'), ('gate', 'market gate'), ('playbook', 'playbook'), ('outcome', 'outcome'), ('relation', 'relation'), ('correction', 'correction'), ('erasure', 'erasure'), ('export', 'export'), ('log_read', 'log read'), ('policy_change', 'policy change'), ('stop', 'stop button'), ('role_change', 'role change'), ('sign_in', 'sign-in'), ('password', 'new password'), ('model_release', 'model release'), ('campaign_closed', 'campaign closed'), ('key_rotation', 'new audit key'), ('cancel', 'cancelled work'), ('heartbeat', 'heartbeat')], max_length=24),
        ),
        migrations.CreateModel(
            name='AuditAnchor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sink', models.CharField(max_length=200)),
                ('receipt', models.TextField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('checkpoint', models.ForeignKey(db_column='size', on_delete=django.db.models.deletion.DO_NOTHING, related_name='anchors', to='audit.auditcheckpoint')),
            ],
            options={
                'indexes': [models.Index(fields=['sink', 'id'], name='audit_anchors_of_a_sink')],
            },
        ),
        migrations.CreateModel(
            name='AuditLeaf',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False)),
                ('stream', models.CharField(max_length=120)),
                ('k', models.BigIntegerField()),
                ('prev', models.BinaryField(max_length=32, null=True)),
                ('leaf_hash', models.BinaryField(max_length=32)),
                ('entry', models.OneToOneField(db_column='uid', on_delete=django.db.models.deletion.DO_NOTHING, related_name='leaf', to='audit.auditentry')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('seq__gte', 0)), name='audit_leaf_counts_from_zero'), models.UniqueConstraint(fields=('stream', 'k'), name='audit_leaf_has_one_place_in_its_stream')],
            },
        ),
        guard(*LOG[1:]),
    ]
