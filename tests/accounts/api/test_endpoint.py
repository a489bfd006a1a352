"""What all resources share: problems, tags, names of requests, a bound on how often."""

import pytest
from django.core.cache import cache
from django.test import Client
from redis.exceptions import ConnectionError as Gone

from accounts.api import throttle
from tests import factories as make

pytestmark = pytest.mark.django_db


class TestProblems:
    def test_say_what_and_where_in_the_askers_language(self, program, owner):
        type(owner).objects.filter(pk=owner.pk).update(language="ru")
        owner.refresh_from_db()
        answer = program(owner).get("/api/campaigns/none/")
        told = answer.json()
        assert answer["Content-Type"] == "application/problem+json"
        assert told == {
            "type": "/api/docs/#not-found", "title": "Не найдено", "status": 404, "detail": "Не найдено",
            "instance": "/api/campaigns/none/", "request": answer["X-Request-ID"],
        }  # fmt: skip

    def test_answer_strangers_in_the_language_of_their_program(self, client):
        told = client.get("/api/me/", headers={"accept-language": "ru"}).json()
        assert told["title"] == "Никто не вошёл"

    def test_answer_for_addresses_that_are_none(self, client):
        answer = client.get("/api/nothing/")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")

    def test_answer_for_methods_that_are_none(self, program, owner):
        assert program(owner).delete("/api/me/").json()["type"] == "/api/docs/#no-such-method"

    def test_name_the_part_of_the_request_that_is_wrong(self, program, owner):
        answer = program(owner).get("/api/campaigns/?limit=0")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "#query/limit"

    def test_tell_nothing_of_a_fault_but_its_name(self, program, owner, monkeypatch):
        def broken(*_args, **_more):
            raise RuntimeError("secret of the house")

        monkeypatch.setattr("screening.queries.visible_campaigns", broken)
        asking = program(owner)
        asking.raise_request_exception = False
        answer = asking.get("/api/campaigns/")
        assert answer.status_code == 500
        assert "secret" not in answer.content.decode()
        assert answer.json()["request"] == answer["X-Request-ID"]


class TestTags:
    def test_spare_what_is_known_already(self, program, owner, campaign):
        asking, address = program(owner), f"/api/campaigns/{campaign.slug}/"
        first = asking.get(address)
        again = asking.get(address, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        type(campaign).objects.filter(pk=campaign.pk).update(name="Another")
        assert asking.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200

    def test_keep_answers_out_of_caches_of_others(self, program, owner):
        answer = program(owner).get("/api/me/")
        assert answer["Cache-Control"] == "private, no-cache"
        assert "Authorization" in answer["Vary"]


class TestCursors:
    def test_of_another_list_are_refused(self, program, owner, campaign):
        make.campaign()
        asking = program(owner)
        cursor = asking.get("/api/campaigns/?limit=1").json()["next"]
        assert asking.get("/api/campaigns/", {"cursor": cursor}).json()["next"] is None
        other = asking.get(f"/api/campaigns/{campaign.slug}/runs/", {"cursor": cursor})
        assert other.status_code == 422
        assert other.json()["errors"][0]["pointer"] == "#query/cursor"

    @pytest.mark.parametrize("text", ["x", "1", "\0", "é" * 300, "MQ:1:2"])
    def test_that_are_none_are_refused(self, program, owner, text):
        assert program(owner).get("/api/campaigns/", {"cursor": text}).status_code == 422


class TestHowOften:
    def test_is_bounded_for_a_person_whatever_key(self, program, owner, settings):
        cache.clear()
        settings.API_RATE = 3
        asking = [program(owner), program(owner)]
        assert [asking[n % 2].get("/api/me/").status_code for n in range(4)] == [200, 200, 200, 429]
        refused = asking[0].get("/api/me/")
        assert int(refused["Retry-After"]) <= 61
        assert program(make.user("analyst")).get("/api/me/").status_code == 200
        cache.clear()

    def test_is_not_counted_while_the_cache_is_away(self, program, owner, monkeypatch):
        def gone(*_args, **_more):
            raise Gone("refused")

        monkeypatch.setattr(throttle.PerPerson, "cache", type("Away", (), {"get": gone, "set": gone})())
        assert program(owner).get("/api/me/").status_code == 200


class TestNames:
    def test_that_a_proxy_gives_are_kept_where_they_are_plain(self):
        client = Client()
        assert client.get("/healthz", headers={"x-request-id": "abc-12345"})["X-Request-ID"] == "abc-12345"
        for bad in ("short", "x" * 65, "a b c d e f g h", "<script>alert(1)"):
            name = client.get("/healthz", headers={"x-request-id": bad})["X-Request-ID"]
            assert name != bad
            assert len(name) == 32
