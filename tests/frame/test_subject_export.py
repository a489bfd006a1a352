"""The file of everything that is kept of somebody: whole, with where each figure came from, and noted in the log."""

import json

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from hybridmkt import subject_export
from review import models as r
from screening import models as s
from tests import factories as f
from tests.frame.test_erasure import HANDLE, NAME, WHY, browser, world  # noqa: F401 - the world of the erasure
from tests.review import worlds

pytestmark = pytest.mark.django_db


def _file(subject, by):
    return json.loads(subject_export.write(subject, by=by, now=timezone.now()))


def _pointing_at(*targets):
    """Return the models with a row that points at one of these."""
    return {
        model for model in apps.get_models()
        if any(one.is_relation and one.related_model in targets for one in model._meta.concrete_fields)
    }  # fmt: skip


class TestOfACreator:
    def test_holds_all_there_is(self, world):  # noqa: F811
        told = _file(world.creator, world.admin)
        assert told["profiles"][0]["handle"] == HANDLE
        assert len(told["figures"]) == s.Metrics.objects.filter(profile=world.profile).count()
        assert {"verdicts", "cards", "decisions", "corrections", "relations", "notes", "pools"} <= {
            name for name, rows in told.items() if rows
        }
        said = json.dumps(told["words"], ensure_ascii=False)
        assert f"{NAME}: {WHY}" in said
        assert f"{NAME} answers late" in said

    def test_says_which_file_or_person_each_figure_came_from(self, world):  # noqa: F811
        told = _file(world.creator, world.admin)
        files = {one["pk"]: one["name"] for one in told["files"]}
        brought = {files[one["batch"]] for one in told["figures"] if "batch" in one}
        by_hand = {one["figures"] for one in told["corrections"] if "figures" in one}
        assert brought == {"loaded.csv"}
        assert by_hand <= {one["id"] for one in told["figures"] if one.get("is_typed_by_hand")}
        assert by_hand

    def test_names_every_table_that_leads_to_a_creator(self):
        named = {model for model, _path in subject_export.OF_CREATOR.values()} | subject_export.NOT_OF_CREATOR
        cards = (r.ReviewTask, r.Decision, r.Investigation)
        assert _pointing_at(s.Creator, s.Profile, s.Recommendation, *cards) - named == set()

    def test_is_not_for_whoever_a_card_is_sealed_for(self, settings):
        sealed = worlds.build(settings.DATA_DIR).task.recommendation.creator
        admin, both = f.user("admin"), f.user("admin", "strategist")
        address = reverse("copy-creator", args=[sealed.pk])
        assert browser(both).post(address).status_code == 403
        assert browser(admin).post(address).status_code == 200


class TestOfAPerson:
    def test_holds_all_there_is_but_no_secret(self, world):  # noqa: F811
        person = world.readers["strategist"]
        told = _file(person, world.admin)
        assert told["person"]["email"] == person.email
        assert {"roles", "decisions", "saved_views", "drafts", "entries", "words"} <= {
            name for name, rows in told.items() if rows
        }
        assert person.password not in json.dumps(told)

    def test_names_every_table_that_leads_to_a_person(self):
        named = {model for model, _path in subject_export.OF_PERSON.values()} | subject_export.NOT_OF_PERSON
        assert _pointing_at(User) - named == set()


class TestThePage:
    def test_sends_the_file_and_notes_it(self, world):  # noqa: F811
        answer = browser(world.admin).post(reverse("copy-creator", args=[world.creator.pk]))
        assert answer.headers["Content-Disposition"] == f'attachment; filename="creator-{world.creator.pk}.json"'
        assert json.loads(answer.content)["creator"]["name"] == NAME
        entry = AuditEntry.objects.filter(kind="export").latest("uid")
        assert json.loads(entry.body)["what"] == "subject"
        assert json.loads(entry.body)["creator"] == world.creator.pk
        assert NAME not in entry.body

    @pytest.mark.parametrize("role", ["strategist", "manager", "analyst", "expert"])
    def test_is_for_admins_alone(self, world, role):  # noqa: F811
        for name, pk in (("copy-creator", world.creator.pk), ("copy-person", world.admin.pk)):
            assert browser(world.readers[role]).post(reverse(name, args=[pk])).status_code == 403
