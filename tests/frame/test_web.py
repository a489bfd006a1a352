"""The embedded web server."""

from types import SimpleNamespace

import waitress

from hybridmkt.management.commands import web


class TestWaitress:
    def test_listens_on_this_machine_only(self, monkeypatch):
        create, hosts = waitress.create_server, []

        def listen(*args, **options):
            server = create(*args, **options)
            hosts.append(server.socket.getsockname()[0])
            server.close()
            return SimpleNamespace(run=lambda: None)

        monkeypatch.setattr(waitress, "create_server", listen)
        web._waitress(port=0, threads=1)
        assert hosts == ["127.0.0.1"]
