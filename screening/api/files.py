"""What the API takes and tells of files of creators."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from screening.imports import load, uploads, words
from screening.models import ImportBatch, Platform


class UploadIn(serializers.Serializer[Any]):
    """A file and what is known of it; what is left out is found in the file."""

    file = serializers.FileField()
    source = serializers.CharField(required=False, allow_blank=True, max_length=80)  # type: ignore[assignment]
    as_of = serializers.DateField(required=False, help_text="The day of the figures")
    platform = serializers.ChoiceField(Platform.choices, required=False, allow_blank=True)
    market = serializers.CharField(required=False, allow_blank=True, max_length=12)


class SettledIn(serializers.Serializer[Any]):
    """What a person says of a file that waits; what is left out stays as it is."""

    mapping = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=60), required=False,
        help_text="By column: a field, PLATFORM.field, or empty for a column that stays out",
    )  # fmt: skip
    source = serializers.CharField(required=False, allow_blank=True, max_length=80)  # type: ignore[assignment]
    as_of = serializers.DateField(required=False, allow_null=True)
    platform = serializers.ChoiceField(Platform.choices, required=False, allow_blank=True)
    market = serializers.CharField(required=False, allow_blank=True, max_length=12)


class ColumnRow(serializers.Serializer[Any]):
    """A column of a file. target: the field that it becomes, empty where it stays out."""

    column = serializers.CharField()
    target = serializers.CharField(allow_blank=True)
    confidence = serializers.ChoiceField(list(words.CONFIDENCE))
    why = serializers.CharField(help_text="How it was recognised: a code")
    examples = serializers.ListField(child=serializers.CharField())


class LackRow(serializers.Serializer[Any]):
    """A row that is refused. reason: a code; detail: in words."""

    line = serializers.IntegerField()
    column = serializers.CharField(allow_blank=True)
    value = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()
    detail = serializers.SerializerMethodField()

    def get_detail(self, found: Any) -> str:
        """Return the reason in the reader's language."""
        return words.reason(found["reason"] if isinstance(found, dict) else found.reason)


class TrialRow(serializers.Serializer[Any]):
    """What an import would do. problems: the first 200 rows that would be refused."""

    records = serializers.IntegerField()
    loaded = serializers.IntegerField()
    merged = serializers.IntegerField()
    refused = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    warnings = serializers.SerializerMethodField()
    problems = LackRow(many=True)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_warnings(self, found: dict[str, Any]) -> list[str]:
        """Return the warnings in the reader's language."""
        return [words.warning(one) for one in found["warnings"]]


class ReadingRow(serializers.ModelSerializer[ImportBatch]):
    """How a file is read. is_ready: a worker has looked at it; already: the import that loaded the same file."""

    is_ready = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    format = serializers.SerializerMethodField()
    encoding = serializers.SerializerMethodField()
    delimiter = serializers.SerializerMethodField()
    columns = serializers.SerializerMethodField()
    trial = serializers.SerializerMethodField()
    already = serializers.SerializerMethodField()

    class Meta:
        model = ImportBatch
        fields = ["id", "status", "job", "is_ready", "error", "format", "encoding", "delimiter", "columns", "trial",
                  "already"]  # fmt: skip
        read_only_fields = fields

    def get_is_ready(self, found: ImportBatch) -> bool:
        """Tell whether it is known how the file is read."""
        return uploads.is_looked_at(found)

    def get_error(self, found: ImportBatch) -> str:
        """Return why the work on the file failed, in words."""
        return found.job.error if found.job else ""

    def get_format(self, found: ImportBatch) -> str:
        """Return text, xlsx, parquet or jsonl."""
        return str(found.reading.get("format", ""))

    def get_encoding(self, found: ImportBatch) -> str:
        """Return the encoding of a text."""
        return str(found.reading.get("encoding", ""))

    def get_delimiter(self, found: ImportBatch) -> str:
        """Return what separates the cells of a text."""
        return str(found.reading.get("delimiter", ""))

    @extend_schema_field(ColumnRow(many=True))
    def get_columns(self, found: ImportBatch) -> Any:
        """Return each column with the field that it becomes."""
        return ColumnRow(found.reading.get("columns", []), many=True).data

    @extend_schema_field(TrialRow(allow_null=True))
    def get_trial(self, found: ImportBatch) -> Any:
        """Return what an import would do; null before a worker has counted."""
        trial = found.reading.get("trial")
        return TrialRow(trial).data if trial else None

    def get_already(self, found: ImportBatch) -> int | None:
        """Return the import that loaded the same file for this platform and market."""
        same = load.same_before(found.sha256, platform=found.platform, market=found.market) if found.sha256 else None
        return same.pk if same else None


class RefusedRow(LackRow):
    """A refused row. row: its cells as they stood in the file."""

    row = serializers.ListField(child=serializers.CharField(allow_blank=True))
