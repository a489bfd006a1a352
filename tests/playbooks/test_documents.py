"""What stands on the playbook page, and who may read it."""

from playbooks import documents
from review.models import ReviewTask
from tests import factories as make


class TestDocument:
    def test_tells_the_human_observation_in_the_persons_own_words(self, approved, elena):
        doc = documents.document(elena, approved.pk)
        assert doc.rationale == "Her readers ask for this product by name, week after week."
        assert [view.words["how_to_brief"] for view in doc.how_to_brief] == ["Send the cream early."]

    def test_names_pitfalls_with_who_said_them(self, approved, elena):
        assert [(view.by, text) for view, text in documents.document(elena, approved.pk).pitfalls] == [
            (elena, "Late with drafts.")
        ]

    def test_shows_only_the_newest_view_of_a_person(self, approved, elena):
        assert len(documents.document(elena, approved.pk).said) == 1

    def test_is_not_there_for_a_card_that_nobody_approved(self, approved, elena):
        ReviewTask.objects.filter(pk=approved.pk).update(state="open")
        assert documents.document(elena, approved.pk) is None

    def test_is_not_there_for_somebody_of_another_brand(self, approved):
        assert documents.document(make.user("strategist", brand="other"), approved.pk) is None

    def test_is_not_there_for_somebody_of_another_market(self, approved):
        assert documents.document(make.user("strategist", market="RU"), approved.pk) is None
