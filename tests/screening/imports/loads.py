"""A file loaded as the command line does it, and what its report says."""

import json
from io import StringIO

from django.core.management import call_command


def imported(path, **options):
    out = StringIO()
    options = {"platform": "instagram", "as_of": "2022-03-31", **options}
    call_command("import_creators", str(path), json=True, stdout=out, **options)
    report = json.loads(out.getvalue())
    assert report["records"] == report["loaded"] + report["merged"] + report["refused"]
    return report


def counted(report):
    return tuple(report[name] for name in ("records", "loaded", "merged", "refused"))


def codes(report):
    return {warning["code"] for warning in report["warnings"]}
