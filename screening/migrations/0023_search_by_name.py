from django.db import migrations

# Parts of names and nicks are sought among a million creators: without these PostgreSQL reads all of them. What Django
# asks for is UPPER(name) LIKE ..., and the nick as it is. A server without pg_trgm (part of PostgreSQL's own contrib)
# goes on reading; SQLite has no such index, and no such number of creators.
INDEXES = {
    'creators_by_part_of_name': 'screening_creator USING gin (UPPER(name) gin_trgm_ops)',
    'profiles_by_part_of_name': 'screening_profile USING gin (UPPER(name) gin_trgm_ops)',
    'profiles_by_part_of_nick': 'screening_profile USING gin (handle_key gin_trgm_ops)',
}


def _has_trigrams(connection):
    if connection.vendor != 'postgresql':
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        return bool(cursor.fetchone())


def put_up(apps, editor):
    if not _has_trigrams(editor.connection):
        return
    editor.execute('CREATE EXTENSION IF NOT EXISTS pg_trgm')
    for name, what in INDEXES.items():
        editor.execute(f'CREATE INDEX {name} ON {what}')


def take_down(apps, editor):
    if editor.connection.vendor == 'postgresql':
        for name in INDEXES:
            editor.execute(f'DROP INDEX IF EXISTS {name}')


class Migration(migrations.Migration):

    dependencies = [('screening', '0022_retention')]

    operations = [migrations.RunPython(put_up, take_down)]
