import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from audit.triggers import guard
from review import guards


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0004_kinds_of_the_workbench'),
        ('review', '0011_session'),
        ('screening', '0009_norms'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Investigation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(choices=[('override', 'A decision against a confident AI'), ('first_view', 'A first view against a confident AI'), ('request', 'Somebody asked for it')], max_length=10)),
                ('says_yes', models.BooleanField(null=True)),
                ('ai_verdict', models.CharField(choices=[('recommend', 'Partner'), ('decline', 'Do not partner'), ('unsure', 'Unsure')], max_length=10)),
                ('ai_p_u6', models.PositiveIntegerField()),
                ('flag', models.CharField(blank=True, default='', max_length=40)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_at', models.DateTimeField()),
                ('length', models.PositiveIntegerField(default=0)),
                ('closed_at', models.DateTimeField(null=True)),
                ('finding', models.CharField(blank=True, choices=[('context', 'The AI missed context'), ('mistaken', 'The person was mistaken'), ('normal', 'Normal for this market'), ('data', 'The data is wrong')], default='', max_length=8)),
                ('audit', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='investigation', to='audit.auditentry')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('closing', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='finding', to='audit.auditentry')),
                ('decision', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='investigations', to='review.decision')),
                ('norm', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='investigation', to='screening.marketnorm')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='investigations', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='investigations', to='review.reviewtask')),
            ],
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('hypothesis', 'Hypothesis'), ('ai', 'For the AI'), ('person', 'For the person')], max_length=10)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('length', models.PositiveIntegerField()),
                ('audit', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='audit.auditentry')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('investigation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='review.investigation')),
            ],
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('knowledge', 'question'), ('second', 'second view')], default='knowledge', max_length=10)),
                ('role', models.CharField(blank=True, choices=[('strategist', 'strategist'), ('expert', 'regional expert'), ('manager', 'manager'), ('analyst', 'analyst'), ('admin', 'admin')], default='', max_length=12)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_at', models.DateTimeField()),
                ('length', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('open', 'open'), ('answered', 'answered'), ('passed', 'passed on'), ('withdrawn', 'withdrawn'), ('lapsed', 'no answer in time')], default='open', max_length=9)),
                ('quick', models.CharField(blank=True, choices=[('normal', 'Normal for this market'), ('unusual', 'Not normal here'), ('yes', 'Yes'), ('no', 'No'), ('passed', 'Passed'), ('blocked', 'Not passed'), ('unknown', 'I cannot tell')], default='', max_length=8)),
                ('ended_at', models.DateTimeField(null=True)),
                ('answer_length', models.PositiveIntegerField(default=0)),
                ('language', models.CharField(blank=True, default='', max_length=5)),
                ('answer', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answered', to='audit.auditentry')),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('audit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='audit.auditentry')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('gate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='screening.marketgate')),
                ('instead_of', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='passed_to', to='review.question')),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='review.reviewtask')),
                ('to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='questions', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='investigation',
            index=models.Index(fields=['closed_at', 'due_at'], name='investigations_by_deadline'),
        ),
        migrations.AddConstraint(
            model_name='investigation',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('task',), name='a_card_has_one_open_investigation'),
        ),
        migrations.AddConstraint(
            model_name='investigation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closing__isnull', True), ('finding', '')), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('closing__isnull', False), models.Q(('finding', ''), _negated=True)), _connector='OR'), name='an_investigation_is_closed_with_a_finding'),
        ),
        migrations.AddConstraint(
            model_name='investigation',
            constraint=models.CheckConstraint(condition=models.Q(('norm__isnull', True), ('finding', 'normal'), _connector='OR'), name='a_norm_comes_of_what_is_normal'),
        ),
        migrations.AddIndex(
            model_name='question',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['to', 'due_at'], name='questions_of_a_person'),
        ),
        migrations.AddIndex(
            model_name='question',
            index=models.Index(fields=['state', 'due_at'], name='questions_by_deadline'),
        ),
        migrations.AddIndex(
            model_name='question',
            index=models.Index(fields=['task', 'id'], name='questions_of_a_card'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('role', ''), ('to__isnull', False)), models.Q(('to__isnull', True), models.Q(('role', ''), _negated=True)), _connector='OR'), name='a_question_goes_to_a_person_or_to_a_role'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'answered'), _negated=True), models.Q(('answer__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='an_answer_names_who_gave_it'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='a_question_ends_once'),
        ),
        guard(*guards.CASES),
    ]
