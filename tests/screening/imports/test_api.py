"""An import by a program: the file, what was guessed, another look, the import, its refused rows."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from jobs import dispatch
from jobs.models import Job
from screening.api.files import SettledIn, UploadIn
from screening.import_forms import SettingsForm, UploadForm
from screening.imports import load
from screening.models import ImportBatch, Profile
from tests import factories as make

pytestmark = pytest.mark.django_db
LIST = "username,followers,country\nanna,1.2M,Россия\nivan,19 тыс.,RU\npetr,=cmd|x,RU\n"
WHERE = "/api/imports/"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(load, "PAUSE", 0)


@pytest.fixture
def strategist(client):
    make.market("RU"), make.market("US")
    person = make.user("strategist", market="RU")
    client.force_login(person)
    return person


def work():
    for job in Job.objects.filter(status="queued").order_by("pk"):
        dispatch.run(job.pk, worker="test")


def bring(client, text=LIST, *, key="", **fields):
    said = {"file": SimpleUploadedFile("list.csv", text.encode()), "platform": "instagram", "as_of": "2022-03-31"}
    headers = {"idempotency-key": key} if key else {}
    return client.post(WHERE, {name: one for name, one in (said | fields).items() if one is not None}, headers=headers)


def looked(client, **fields):
    made = bring(client, **fields)
    work()
    return made["Location"]


def tell(client, address, said=None, *, key=""):
    headers = {"idempotency-key": key} if key else {}
    return client.post(address, said or {}, content_type="application/json", headers=headers)


def pointers(answer):
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, [one["pointer"] for one in answer.json().get("errors", [])]


class TestAFile:
    def test_is_looked_at_corrected_and_imported(self, client, strategist):
        made = bring(client, market="RU", source="agency")
        assert (made.status_code, made.json()["status"], made.json()["market"]) == (201, "uploaded", "RU")
        address = made["Location"]
        assert client.get(address + "reading/").json()["is_ready"] is False
        work()
        read = client.get(address + "reading/").json()
        assert {one["column"]: one["target"] for one in read["columns"]}["username"] == "handle"
        assert (read["is_ready"], read["trial"]["loaded"], read["trial"]["refused"]) == (True, 2, 1)
        assert tell(client, address + "look/", {"mapping": {"country": "audience_country"}}).status_code == 200
        work()
        assert [one["target"] for one in client.get(address + "reading/").json()["columns"]][2] == "audience_country"
        started = tell(client, address + "start/").json()
        assert (started["status"], started["source"]) == ("loading", "agency")
        assert client.get(f"/api/jobs/{started['job']}/").json()["kind"] == "import"
        work()
        done = client.get(address).json()
        assert (done["status"], done["loaded"], done["refused"]) == ("loaded", 2, 1)
        assert Profile.objects.get(handle_key="anna").markets == ["RU"]

    def test_lists_its_refused_rows(self, client, strategist):
        address = looked(client)
        tell(client, address + "start/")
        work()
        (row,) = client.get(address + "rows/").json()["items"]
        assert (row["line"], row["column"], row["value"]) == (4, "followers", "=cmd|x")
        assert row["row"] == ["petr", "=cmd|x", "RU"]
        assert row["detail"] != row["reason"]

    def test_is_thrown_away_while_it_waits(self, client, strategist):
        address = looked(client)
        place = load.place_of(ImportBatch.objects.get())
        assert tell(client, address + "discard/").status_code == 204
        assert (client.get(address).status_code, place.exists()) == (404, False)

    def test_of_the_same_content_is_refused_by_the_number_of_the_first(self, client, strategist):
        first, again = looked(client), looked(client)
        tell(client, first + "start/")
        work()
        number = int(first.split("/")[3])
        assert client.get(again + "reading/").json()["already"] == number
        answer = tell(client, again + "start/")
        assert (answer.status_code, str(number) in answer.json()["detail"]) == (409, True)

    def test_that_cannot_be_read_says_why(self, client, strategist):
        address = looked(client, text="%PDF-1.7 not a table")
        assert "This is not a table" in client.get(address + "reading/").json()["error"]
        assert tell(client, address + "start/").status_code == 409


class TestARepeatedKey:
    def test_brings_a_file_once(self, client, strategist):
        first, again = bring(client, key="one"), bring(client, key="one")
        assert (again.status_code, again.json(), again["Location"]) == (201, first.json(), first["Location"])
        assert again["Idempotent-Replayed"] == "true"
        assert ImportBatch.objects.count() == 1

    @pytest.mark.parametrize("other", [{"text": LIST + "olga,7,RU\n"}, {"source": "agency"}])
    def test_is_refused_for_another_file_or_field(self, client, strategist, other):
        bring(client, key="one")
        assert bring(client, key="one", **other).status_code == 409
        assert ImportBatch.objects.count() == 1

    def test_starts_an_import_once(self, client, strategist):
        address = looked(client)
        first = tell(client, address + "start/", key="two")
        assert tell(client, address + "start/", key="two").json() == first.json()
        assert tell(client, address + "start/", {"source": "x"}, key="two").status_code == 409
        assert tell(client, address + "start/").status_code == 409


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [({"file": None}, "/file"), ({"as_of": "2099-01-01"}, "/as_of"), ({"as_of": "soon"}, "/as_of"),
         ({"market": "US"}, "/market"), ({"market": "XX"}, "/market"), ({"platform": "myspace"}, "/platform"),
         ({"source": "x" * 81}, "/source")],
    )  # fmt: skip
    def test_with_a_file_is_named(self, client, strategist, wrong, pointer):
        assert pointers(bring(client, **wrong)) == (422, [pointer])
        assert not ImportBatch.objects.exists()

    @pytest.mark.parametrize(
        ("said", "pointer"),
        [({"mapping": {"age": "handle"}}, "/mapping/age"), ({"mapping": {"country": "planet"}}, "/mapping/country"),
         ({"mapping": {"followers": "country"}}, "/mapping/country"), ({"mapping": []}, "/mapping"),
         ({"market": "US"}, "/market"), ({"as_of": "2099-01-01"}, "/as_of"),
         ({"mapping": {"a/b": ""}}, "/mapping/a~1b")],
    )  # fmt: skip
    def test_with_its_columns_is_named(self, client, strategist, said, pointer):
        address = looked(client)
        for verb in ("look", "start"):
            assert pointers(tell(client, f"{address}{verb}/", said)) == (422, [pointer])
        assert ImportBatch.objects.get().status == "uploaded"

    def test_with_the_kind_of_the_body_is_said(self, client, strategist):
        assert tell(client, WHERE, {"file": "a"}).status_code == 415

    def test_before_it_was_looked_at_is_said(self, client, strategist):
        address = bring(client)["Location"]
        answer = tell(client, address + "start/")
        assert (answer.status_code, "being looked at" in answer.json()["detail"]) == (409, True)

    def test_with_their_number_is_said(self, client, strategist, settings):
        settings.UPLOADS_AN_HOUR = 1
        bring(client)
        answer = bring(client)
        assert (pointers(answer), int(answer["Retry-After"]) > 3000) == ((429, []), True)
        assert ImportBatch.objects.count() == 1


class TestAccess:
    @pytest.mark.parametrize("role", ["expert", "manager", "analyst"])
    def test_is_refused_to_roles_that_may_not(self, client, role):
        client.force_login(make.user(role))
        assert (client.get(WHERE).status_code, bring(client).status_code) == (403, 403)
        assert not ImportBatch.objects.exists()

    def test_by_a_key_that_is_unknown_is_refused_before_the_file_is_read(self, client, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10  # over it a file is read for whoever brings a key
        answer = client.post(
            WHERE, {"file": SimpleUploadedFile("a.csv", b"x" * 99)}, headers={"authorization": "Bearer x"}
        )
        assert answer.status_code == 401
        assert answer.wsgi_request._read_started is False
        assert client.post(WHERE, {"file": SimpleUploadedFile("a.csv", b"x" * 99)}).status_code == 413

    def test_hides_files_of_other_markets(self, client, strategist):
        address = looked(client, market="RU")
        client.force_login(make.user("strategist", market="US"))
        for name in ("", "reading/", "rows/"):
            assert client.get(address + name).status_code == 404
        for name in ("look/", "start/", "discard/"):
            assert tell(client, address + name).status_code == 404
        assert ImportBatch.objects.get().status == "uploaded"


def test_the_document_names_the_fields_of_the_forms():
    assert set(UploadIn().fields) == set(UploadForm.base_fields)
    assert set(SettledIn().fields) - {"mapping"} == set(SettingsForm.base_fields)
