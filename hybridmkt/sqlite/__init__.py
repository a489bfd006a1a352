"""The embedded database: Django's SQLite, in which whoever waits to write is not overtaken for ever."""
