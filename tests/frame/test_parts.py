"""The list of parts of a release (SBOM): every pin of the lock file, with its version, hashes and who asks for it."""

import io
import json
import re

import pytest
from django.conf import settings
from django.core.management import call_command

from hybridmkt import parts

LOCK = (settings.BASE_DIR / "requirements.lock").read_text()
HASH = "--hash=sha256:" + "0" * 64


@pytest.fixture(scope="module")
def told():
    out = io.StringIO()
    call_command("sbom", stdout=out)
    return json.loads(out.getvalue())


class TestDocument:
    def test_lists_each_pin_with_its_version_and_its_hashes(self, told):
        listed = {
            (one["name"], one["version"]): {
                held["content"] for file in one["externalReferences"] for held in file["hashes"]
            }
            for one in told["components"]
        }
        pinned = {}
        for block in re.split(r"\n(?=\S)", LOCK):  # counted in another way than the command reads it
            name, version = re.match(r"([\w.-]+?)==([^\s;\\]+)", block).groups()
            pinned[name.lower().replace("_", "-").replace(".", "-"), version] = set(re.findall("[0-9a-f]{64}", block))
        assert listed == pinned
        assert len(listed) > 50
        assert all(listed.values())

    def test_says_what_asks_for_what(self, told):
        refs = {one["bom-ref"] for one in told["components"]}
        asked = {one["ref"]: set(one["dependsOn"]) for one in told["dependencies"]}
        own = told["metadata"]["component"]["bom-ref"]
        assert asked.keys() == refs | {own}
        assert set().union(*asked.values()) == refs  # nothing is pinned that nobody asks for
        assert any(one.startswith("pkg:pypi/django@") for one in asked[own])

    def test_is_the_same_each_time_and_in_a_file(self, told, tmp_path):
        call_command("sbom", to=tmp_path / "sbom.json")
        assert json.loads((tmp_path / "sbom.json").read_text()) == told
        assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")


class TestRead:
    @pytest.mark.parametrize("line", ["django>=5", "-e .", "https://example.org/a.whl", "django==5.2"])
    def test_refuses_what_is_not_pinned_by_a_hash(self, line):
        with pytest.raises(parts.Unpinned):
            parts.read(f"asgiref==1.0 \\\n    {HASH}\n{line}\n")

    def test_keeps_for_which_machines_a_pin_is(self):
        (part,) = parts.read(f"colorama==0.4.6 ; sys_platform == 'win32' \\\n    {HASH}\n    # via click\n")
        assert (part.where, part.by) == ("sys_platform == 'win32'", ("click",))
