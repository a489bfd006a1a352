"""`./run manage screen CAMPAIGN [--json]`: run a screening here and now, by the same job that a worker takes."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from jobs import dispatch, lease
from jobs.models import Job
from screening import campaigns, results, runs, words
from screening.models import Campaign, RunStatus, ScreeningRun

PATIENCE = 600  # seconds to wait for a run that a worker took first


class Command(BaseCommand):
    """Starts a screening run of a campaign, carries it out and prints the funnel and the first rows."""

    help = "Screen the candidates of a campaign's market against its newest brief."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the campaign, and who asks."""
        parser.add_argument("campaign", help="slug of the campaign, as in its address")
        parser.add_argument("--by", default="", metavar="EMAIL", help="who starts the run (the system, if left out)")
        parser.add_argument("--seed", type=int, help="whole number for draws (the date, if left out)")
        parser.add_argument("--rows", type=int, default=10, help="how many rows of the list to print")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Start the run, carry it out, print."""
        run = self._finished(self._started(options))
        rows = results.page(run, per_page=options["rows"]).rows
        if options["json"]:
            self.stdout.write(json.dumps(_plain(run, rows), ensure_ascii=False))
        else:
            self._print(run, rows)

    def _started(self, options: dict[str, Any]) -> ScreeningRun:
        campaign = Campaign.objects.select_related("brand", "market").filter(slug=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"No campaign has the slug {options['campaign']!r}.")
        by = User.objects.filter(email=options["by"].lower()).first()
        if options["by"] and by is None:
            raise CommandError(f"Nobody has an account with {options['by']!r}.")
        try:
            return runs.start(campaign, by=by, now=lease.now(), seed=options["seed"])
        except (runs.RunRefused, campaigns.CampaignClosed) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _finished(self, run: ScreeningRun) -> ScreeningRun:
        job = Job.objects.get(idempotency_key=f"run:{run.pk}:1")
        dispatch.run(job.pk, worker=f"screen:{run.pk}")
        deadline = time.monotonic() + PATIENCE
        run.refresh_from_db()
        while run.status in runs.LIVE and time.monotonic() < deadline:
            time.sleep(0.2)  # a worker took the job first, or an attempt failed and waits for the next one
            dispatch.run(job.pk, worker=f"screen:{run.pk}")
            run.refresh_from_db()
        if run.status != RunStatus.COMPLETED:
            raise CommandError(f"Run {run.number} is {run.status}: {run.error or 'it did not finish in time'}")
        return run

    def _print(self, run: ScreeningRun, rows: tuple[results.Row, ...]) -> None:
        told = run.funnel
        self.stdout.write(
            f"Run {run.number} of {run.campaign.slug}: {run.cpu_seconds:.2f} CPU s, pool {run.pool_id:.8}"
        )
        self.stdout.write(f"{told['total']:>9,} in the pool")
        for step in told["steps"]:
            self.stdout.write(f"{step['left']:>9,} left after {words.criterion(step['criterion'])}")
        self.stdout.write(f"{told['ranked']:>9,} creators ranked, {told['shown']} shown")
        for row in rows:
            top = "; ".join(f"{words.feature(code)} {points:+.1f}" for code, points in row.top)
            self.stdout.write(
                f"{row.rank:>4} {row.score:6.1f} {row.p:4.0%} {row.verdict:<9} {row.profile_id:>8}  {top}"
            )
        self.stdout.write(f"result {run.result_sha256}")


def _plain(run: ScreeningRun, rows: tuple[results.Row, ...]) -> dict[str, Any]:
    listed = [
        {
            "rank": row.rank,
            "profile": row.profile_id,
            "score": row.score,
            "p": row.p,
            "verdict": row.verdict,
            "top": [list(one) for one in row.top],
            "missing": row.missing,
            "flags": [":".join(flag) for flag in row.flags],
        }
        for row in rows
    ]
    return {
        "run": run.pk,
        "number": run.number,
        "campaign": run.campaign.slug,
        "status": run.status,
        "pool": run.pool_id,
        "result": run.result_sha256,
        "cpu_seconds": run.cpu_seconds,
        "funnel": run.funnel,
        "rows": listed,
    }
