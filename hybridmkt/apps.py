"""Ties the rooms together where the floors do not: what a lower one needs to know from a higher one."""

from django.apps import AppConfig


def brands_and_markets() -> tuple[dict[str, str], dict[str, str]]:
    """Return names of all brands by slug and of all markets by code, in the reader's language."""
    from accounts.wording import is_russian
    from screening.models import Brand, Market

    name = "name_ru" if is_russian() else "name_en"
    brands = dict(Brand.objects.order_by("name").values_list("slug", "name"))
    return brands, dict(Market.objects.order_by(name).values_list("code", name))


class FrameConfig(AppConfig):
    """The frame: everything that starts things and shows pages around the rooms."""

    name = "hybridmkt"

    def ready(self) -> None:
        """Tell the rooms below where to read what lies above them."""
        from accounts import in_hand, places
        from accounts.api import kept
        from audit import queries as log_reads
        from hybridmkt import erasure_words, retention  # noqa: F401 - register words of entries, work and a chore
        from jobs import ticks
        from review import policies, seals
        from review.queries import findings
        from review.queries.in_hand import of_people
        from review.views import casebooks
        from screening import casebook, judging, lookouts, sealed

        ticks.every(3_600, "kept-answers")(kept.forget)
        places.tell(brands_and_markets)
        in_hand.tell(of_people)
        judging.tell(policies.decision_line)
        lookouts.tell(findings.labels)
        sealed.tell(seals.sealed_profiles)
        sealed.tell_pairs(seals.sealed_creators)
        log_reads.tell(seals.kept_entries)
        casebook.tell(casebooks.of_creator)
