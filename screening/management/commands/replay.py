"""`./run manage replay RECOMMENDATION | --run N | --all`: derive frozen answers once more and compare."""

import json
import sys
import uuid
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from screening import replay, replay_words
from screening.models import Recommendation
from screening.replay import Finding, Replay

UNUSABLE = 2


class Command(BaseCommand):
    """Replays one answer, those of a run, or all."""

    help = "Derive answers again from what the log names; exit 0: all reproduced, 1: one differs, 2: not replayable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the answers."""
        parser.add_argument("answer", nargs="?", help="number of a recommendation, or the id of its audit entry")
        parser.add_argument("--run", type=int, metavar="N", help="all answers of a run, by the number in its address")
        parser.add_argument("--all", action="store_true", help="all answers of all runs")
        parser.add_argument("--json", action="store_true", help="print one JSON object a line, then the counts")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay, print what is not reproduced and the counts, and exit with the code."""
        counts: Counter[str] = Counter()
        for one in replay.of(self._asked(options)):
            counts[one.finding] += 1
            self._print(one, options)
        told = {str(finding): counts[finding] for finding in Finding}
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in told.items()))
        if counts[Finding.DIFFERS]:
            sys.exit(1)
        if counts[Finding.NOT_REPLAYABLE] or not counts:
            sys.exit(UNUSABLE)

    def _asked(self, options: dict[str, Any]) -> Iterable[Recommendation]:
        if sum(map(bool, (options["answer"], options["run"], options["all"]))) != 1:
            raise CommandError("Name one recommendation, or --run N, or --all.", returncode=UNUSABLE)
        if options["answer"] is None:
            try:
                return replay.all_of(options["run"])
            except LookupError as none:
                raise CommandError(str(none), returncode=UNUSABLE) from none
        found = Recommendation.objects.filter(**_key(options["answer"]))
        if not found:
            raise CommandError(f"No recommendation is called {options['answer']!r}.", returncode=UNUSABLE)
        return found

    def _print(self, one: Replay, options: dict[str, Any]) -> None:
        told = one.plain()
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        elif options["answer"] or one.finding != Finding.REPRODUCED:
            self.stdout.write(f"{one.answer}: {replay_words.verdict(told)} {one.detail}".rstrip())
            for line in replay_words.lines(told):
                self.stdout.write(f"    {line}")


def _key(text: str) -> dict[str, Any]:
    if text.isdecimal() and len(text) < 19:
        return {"pk": int(text)}
    try:
        return {"audit": uuid.UUID(text)}
    except ValueError:
        return {"pk": None}
