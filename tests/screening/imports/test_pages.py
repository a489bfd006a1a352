"""An import through the browser: file, columns, progress, refused rows; for those who may, and nobody else."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from jobs import dispatch
from jobs.models import Job
from screening.imports import load
from screening.models import ImportBatch, Profile
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "username,followers,country\nanna,1.2M,Россия\nivan,19 тыс.,RU\npetr,=cmd|x,RU\n"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(load, "PAUSE", 0)


@pytest.fixture
def strategist(client):
    person = factories.user("strategist")
    client.force_login(person)
    return person


def work():
    for job in Job.objects.filter(status="queued").order_by("pk"):
        dispatch.run(job.pk, worker="test")


def upload(client, text=LIST, name="list.csv", **fields):
    file = SimpleUploadedFile(name, text.encode())
    answer = client.post(reverse("import"), {"file": file, "platform": "instagram", "as_of": "2022-03-31", **fields})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return ImportBatch.objects.latest("pk")


def choices(client, batch, **changed):
    page = client.get(reverse("import-map", args=[batch.pk]))
    form = page.context["form"]
    return {name: form[name].value() or "" for name in form.fields} | changed


class TestUpload:
    def test_has_a_worker_look_and_saves_nothing_yet(self, client, strategist):
        batch = upload(client)
        assert b"hx-get" in client.get(reverse("import-map", args=[batch.pk])).content
        work()
        page = client.get(reverse("import-map", args=[batch.pk]))
        assert (page.context["ready"], page.context["trial"]["refused"]) == (2, 1)
        assert "=cmd|x" in page.content.decode()
        assert not Profile.objects.exists()

    def test_says_why_a_file_is_not_read(self, client, strategist):
        batch = upload(client, text="%PDF-1.7 not a table")
        work()
        assert "This is not a table" in client.get(reverse("import-map", args=[batch.pk])).content.decode()

    @pytest.mark.parametrize("fields", [{"as_of": "2099-01-01"}, {"market": "XX"}, {"file": ""}])
    def test_keeps_what_was_typed_when_a_field_is_wrong(self, client, strategist, fields):
        file = SimpleUploadedFile("list.csv", LIST.encode())
        answer = client.post(reverse("import"), {"file": file, "source": "agency", **fields})
        assert answer.status_code == 422
        assert 'value="agency"' in answer.content.decode()
        assert not ImportBatch.objects.exists()

    def test_thrown_away_leaves_no_trace(self, client, strategist):
        batch = upload(client)
        place = load.place_of(batch)
        assert place.exists()
        client.post(reverse("import-discard", args=[batch.pk]))
        assert not ImportBatch.objects.exists()
        assert not place.exists()


class TestColumns:
    def test_corrected_by_a_person_are_looked_at_again(self, client, strategist):
        batch = upload(client)
        work()
        form = choices(client, batch, c2="audience_country", look="1")
        assert client.post(reverse("import-map", args=[batch.pk]), form).status_code == 302
        work()
        batch.refresh_from_db()
        assert (batch.mapping["country"], batch.mapping_by) == ("audience_country", "given")

    def test_without_an_account_cannot_be_imported_and_say_so(self, client, strategist):
        batch = upload(client)
        work()
        client.post(reverse("import-map", args=[batch.pk]), choices(client, batch, c0="", look="1"))
        work()
        page = client.get(reverse("import-map", args=[batch.pk])).content.decode()
        assert "No column names an account" in page
        assert 'name="import"' not in page

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"followers": "country", "country": "country"}, "«followers» и «country» отнесены к одному полю: Страна"),
            ({"country": "planet"}, "Выбор колонок не подходит к этому файлу"),
        ],
    )
    def test_that_cannot_be_used_are_refused_in_the_readers_language(self, client, strategist, given, said):
        strategist.language = "ru"
        strategist.save()
        batch = upload(client)
        Job.objects.filter(pk=batch.job_id).update(params={"batch": batch.pk, "given": given})
        work()
        assert said in client.get(reverse("import-map", args=[batch.pk])).content.decode()

    def test_given_one_field_twice_are_named_beside_it(self, client, strategist):
        batch = upload(client)
        work()
        form = choices(client, batch, c1="country", look="1")
        answer = client.post(reverse("import-map", args=[batch.pk]), form)
        assert answer.status_code == 422
        assert "“followers” and “country” both become Country" in answer.content.decode()


class TestImport:
    def imported(self, client, **fields):
        batch = upload(client, **fields)
        work()
        client.post(reverse("import-map", args=[batch.pk]), choices(client, batch, **{"import": "1"}))
        work()
        batch.refresh_from_db()
        return batch

    def test_loads_and_shows_the_counts(self, client, strategist):
        batch = self.imported(client)
        assert (batch.status, batch.loaded, batch.refused, batch.by) == ("loaded", 2, 1, strategist)
        assert client.get(reverse("import-batch", args=[batch.pk])).status_code == 200
        assert client.get(reverse("import")).status_code == 200

    def test_lists_refused_rows_and_sends_them_without_formulas(self, client, strategist):
        batch = self.imported(client)
        assert "=cmd|x" in client.get(reverse("import-rows", args=[batch.pk])).content.decode()
        lines = b"".join(client.get(reverse("import-rows-file", args=[batch.pk])).streaming_content).decode("utf-8-sig")
        assert lines.splitlines()[1].startswith("4,followers,'=cmd|x,")
        assert lines.splitlines()[1].endswith("petr,'=cmd|x,RU")

    def test_of_the_same_content_is_recognised(self, client, strategist):
        first = self.imported(client)
        again = upload(client, name="again.csv")
        work()
        page = client.get(reverse("import-map", args=[again.pk])).content.decode()
        assert f"Already here: import {first.pk}" in page
        client.post(reverse("import-map", args=[again.pk]), choices(client, again, **{"import": "1"}))
        assert Profile.objects.count() == 2

    def test_ends_the_polling_when_the_work_has_ended(self, client, strategist):
        batch = self.imported(client)
        answer = client.get(reverse("import-progress", args=[batch.pk]))
        assert (answer.status_code, answer["HX-Refresh"]) == (286, "true")

    def test_puts_profiles_into_the_market(self, client, strategist):
        factories.market("RU")
        self.imported(client, market="RU")
        assert Profile.objects.get(handle_key="anna").markets == ["RU"]


class TestAccess:
    @pytest.mark.parametrize("role", ["expert", "manager", "analyst"])
    def test_is_refused_to_roles_that_may_not(self, client, role):
        client.force_login(factories.user(role))
        assert client.get(reverse("import")).status_code == 403

    def test_asks_strangers_to_sign_in(self, client):
        assert client.get(reverse("import")).status_code == 302

    def test_hides_imports_of_other_markets(self, client, strategist):
        factories.market("RU")
        batch = upload(client, market="RU")
        client.force_login(factories.user("strategist", market="US"))
        for name in ("import-batch", "import-map", "import-rows", "import-rows-file", "import-progress"):
            assert client.get(reverse(name, args=[batch.pk])).status_code == 404
