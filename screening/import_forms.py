"""What people type on the import pages: the file, what it is, and what each column becomes."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from screening.imports import words
from screening.imports.columns import given_twice
from screening.imports.fields import FIELDS
from screening.imports.readers import MAX_SIZE
from screening.imports.refusals import FileRefused
from screening.models import Market, Platform

_FOUND = ("", _("find it in the file"))


class SettingsForm(forms.Form):
    """What a file is about: found where it is left out, and always correctable."""

    source = forms.CharField(max_length=80, required=False, label=_("Source of the figures"))
    as_of = forms.DateField(
        required=False,
        label=_("Figures are as of"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    platform = forms.ChoiceField(required=False, label=_("Platform"), choices=[_FOUND, *Platform.choices])
    market = forms.ChoiceField(required=False, label=_("Market"))

    def __init__(self, *args: Any, markets: Iterable[Market], latest: Any, language: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.latest = latest
        names = [(market.code, market.name_ru if language == "ru" else market.name_en) for market in markets]
        self.fields["market"].choices = [("", pgettext_lazy("import", "none yet")), *names]  # type: ignore[attr-defined]

    def clean_as_of(self) -> Any:
        """Refuse a day that is still to come."""
        day = self.cleaned_data["as_of"]
        if day and day > self.latest:
            raise forms.ValidationError(words.reason("date_future"))
        return day

    def settings(self) -> dict[str, Any]:
        """Return the batch's columns."""
        kept = self.cleaned_data
        return {
            "source": kept["source"],
            "as_of_date": kept["as_of"],
            "platform": kept["platform"],
            "market": kept["market"],
        }


class UploadForm(SettingsForm):
    """A file, and what the person knows of it."""

    file = forms.FileField(
        label=_("File"), help_text=_("CSV, TSV, TXT, XLSX up to 50 MB, Parquet or JSON Lines up to 2 GB.")
    )
    field_order = ("file", "source", "as_of", "platform", "market")

    def clean_file(self) -> Any:
        """Refuse a file that no reader takes."""
        file = self.cleaned_data["file"]
        if file.size > MAX_SIZE:
            raise forms.ValidationError(words.refusal(FileRefused("too_large", found=file.size, limit=MAX_SIZE)))
        return file


class MappingForm(SettingsForm):
    """The settings, and one choice for each column of the file (``c0``, ``c1`` ...)."""

    def __init__(self, *args: Any, columns: list[dict[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.columns = columns
        choices = _choices({column["target"] for column in columns})
        for index, column in enumerate(columns):
            name = f"c{index}"
            self.fields[name] = forms.ChoiceField(required=False, choices=choices, label=column["column"])
            self.initial.setdefault(name, column["target"])

    def clean(self) -> dict[str, Any]:
        """Refuse one field for two columns."""
        kept = super().clean() or {}
        if twice := given_twice({column["column"]: kept.get(f"c{n}", "") for n, column in enumerate(self.columns)}):
            target, first, second = twice
            at = next(n for n, column in enumerate(self.columns) if column["column"] == second)
            self.add_error(f"c{at}", words.given_twice(target, first, second))
        return kept

    def mapping(self) -> dict[str, str]:
        """Return column -> target as the person chose."""
        return {column["column"]: self.cleaned_data[f"c{index}"] for index, column in enumerate(self.columns)}

    def rows(self) -> list[dict[str, Any]]:
        """Return what the table of columns shows, row by row."""
        return [
            {
                **column,
                "choice": self[f"c{index}"],
                "sure": words.CONFIDENCE[column["confidence"]],
                "reason": words.why(column["why"]),
            }
            for index, column in enumerate(self.columns)
        ]


def _choices(used: set[str]) -> list[tuple[str, Any]]:
    """Return the fields, and those of another platform where the file has columns of one."""
    found: list[tuple[str, Any]] = [("", _("Do not import")), *words.FIELDS.items()]
    for platform in sorted({target.partition(".")[0] for target in used if "." in target}):
        label = Platform(platform).label
        found += [
            (f"{platform}.{code}", f"{label}: {words.FIELDS[code]}")
            for code in words.FIELDS
            if FIELDS[code].place in ("profile", "metrics")
        ]
    return found
