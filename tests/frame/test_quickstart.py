"""What `./run app` refuses before it starts anything."""

import socket

import pytest
from django.core.management import CommandError, call_command

from hybridmkt.management.commands import quickstart


class TestPort:
    def test_names_the_busy_port_and_a_free_one(self):
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = busy.getsockname()[1]
            with pytest.raises(CommandError, match=rf"Port {port} .* HM_PORT=\d+ \./run app"):
                quickstart.require_free(port)

    def test_takes_a_port_that_is_free(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        quickstart.require_free(port)


class TestMode:
    def test_refuses_where_production_is_configured(self, settings):
        settings.PRODUCTION = True
        with pytest.raises(CommandError, match="DATABASE_URL is set"):
            call_command("quickstart")
