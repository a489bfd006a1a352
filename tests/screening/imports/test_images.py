"""The product takes no images: one that is sent as a list is refused with a sentence, and nothing else takes files."""

import re
import struct
import zlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from screening.imports.fields import is_known_name
from screening.imports.readers import open_table
from screening.imports.refusals import FileRefused
from screening.models import ImportBatch
from tests import factories
from tests.screening.imports.test_pages import work

ROOT = Path(__file__).resolve().parents[3]
APPS = ("accounts", "audit", "hybridmkt", "jobs", "playbooks", "review", "screening")


def png(width, height):
    """A picture of one octet that says it is of this size."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


FRAME = b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
GPS = b"\xff\xe1\0\x2aExif\0\0MM\0\x2a\0\0\0\x08\0\1\x88\x25\0\4\0\0\0\1\0\0\0\x1a\0\0\0\0"
IMAGES = {
    "one pixel that says 50,000 by 50,000": png(50_000, 50_000),
    "a PNG with a page behind it": png(1, 1) + b"<!doctype html><script>alert(1)</script>",
    "a JPEG that tells where it was taken": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + GPS + b"\xff\xd9",
    "10,000 frames": b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + FRAME * 10_000 + b"\x3b",
    "WebP": b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0\x30\1\0\x9d\1\x2a\1\0\1\0\2\0\x34\x25\xa4\0\3\x70\0\xfe\xfb\x94\0\0",
    "BMP": b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0" + bytes(28),
    "TIFF": b"II\x2a\0\x08\0\0\0\1\0\0\1\3\0\1\0\0\0\1\0\0\0\0\0\0\0",
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(200),
    "an SVG with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a drawn SVG of many lines": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">\n'
    + b'<path d="M0,0 L5,5 10,10"/>\n' * 300 + b"</svg>\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ["list.csv", "photo.png"])
@pytest.mark.parametrize("what", IMAGES)
def test_an_image_is_no_table(tmp_path, what, name):
    (tmp_path / name).write_bytes(IMAGES[what])
    with pytest.raises(FileRefused) as refused:
        list(open_table(tmp_path / name, is_known_name=is_known_name).rows())
    assert refused.value.code == "binary"


@pytest.mark.django_db
@pytest.mark.parametrize("what", IMAGES)
def test_an_image_that_is_brought_as_a_list_is_refused_in_words(client, what):
    client.force_login(factories.user("strategist"))
    file = SimpleUploadedFile("creators.csv", IMAGES[what])
    assert client.post(reverse("import"), {"file": file, "platform": "instagram"}).status_code == 302
    work()
    told = client.get(reverse("import-map", args=[ImportBatch.objects.get().pk])).content.decode()
    assert "This is not a table" in told
    assert 'name="import"' not in told


def test_files_are_taken_by_the_import_only():
    takes = re.compile(
        r"request\.FILES|forms\.(?:File|Image)Field|models\.(?:File|Image)Field|MultiPartParser|type=.file"
    )
    sources = [path for app in APPS for path in (ROOT / app).rglob("*.py")] + [*(ROOT / "templates").rglob("*.html")]
    found = {str(path.relative_to(ROOT)) for path in sources if takes.search(path.read_text())}
    by_page = {"screening/import_views.py", "screening/import_forms.py"}
    by_program = {"screening/api/imports.py", "accounts/api/endpoint.py", "accounts/api/kept.py"}
    assert found == by_page | by_program
