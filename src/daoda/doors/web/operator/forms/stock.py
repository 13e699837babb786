"""What staff type about stock: lists of codes, thresholds, verdicts."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.doors.web.operator.forms import widgets
from daoda.doors.web.operator.queries.waiting import variant_name
from daoda.kit import ids
from daoda.trade.catalog.models import Variant
from daoda.trade.stock.actions.levels import LOW_THRESHOLD_MAX
from daoda.trade.stock.rules import IMPORT_BYTES_MAX, Layout, read_layout

PASTE_CHARS_MAX = 700_000  # below what the server takes as one form
REFUSALS = {
    "empty": gettext_lazy("There is not a single code in it."),
    "too_big": gettext_lazy("It is larger than 16 MB. Split it into several files."),
    "variant": gettext_lazy("This variant takes no codes."),
    "mode": gettext_lazy("Choose what happens to bad lines."),
    "key": gettext_lazy("Open this page anew and send the list again."),
}


class Import(forms.Form):
    """A list of codes: pasted or as a file, how it is read, and what happens to bad lines."""

    variant = forms.UUIDField(label=gettext_lazy("For"), widget=widgets.select())
    text = forms.CharField(
        label=gettext_lazy("Paste the codes"),
        required=False,
        strip=False,
        max_length=PASTE_CHARS_MAX,
        widget=widgets.area(8, spellcheck="false", autocomplete="off", wrap="off"),
        help_text=gettext_lazy("One per line, also “card----secret”, or CSV with headers."),
    )
    file = forms.FileField(
        label=gettext_lazy("Or choose a file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"class": "input", "accept": ".txt,.csv,text/plain,text/csv"}),
        help_text=gettext_lazy("Text or CSV, up to 200,000 lines and 16 MB."),
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("If some lines are bad"),
        choices=[
            ("ask", gettext_lazy("Show me which, then I decide")),
            ("skip_bad", gettext_lazy("Import the good ones, leave the bad ones out")),
            ("all_or_nothing", gettext_lazy("Import nothing at all")),
        ],
        widget=forms.RadioSelect,
        initial="ask",
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("How a line is read"),
        required=False,
        choices=[
            ("auto", gettext_lazy("Find out from the first lines")),
            ("lines", gettext_lazy("The whole line is one code")),
            ("split", gettext_lazy("Card and secret, with the separator below")),
            ("csv", gettext_lazy("CSV with a line of headers")),
        ],
        widget=widgets.select(),
    )
    separator = forms.CharField(
        label=gettext_lazy("Separator"),
        required=False,
        strip=False,
        max_length=8,
        widget=widgets.text(placeholder="----"),
    )
    key = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, *args: Any, variants: list[Variant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.variants = {variant.pk: variant for variant in variants}
        choices = [(str(variant.pk), variant_name(variant)) for variant in variants]
        widget: forms.Select = self.fields["variant"].widget
        widget.choices = [("", _("Choose")), *choices]
        self.initial.setdefault("key", ids.uuid7().hex)

    def clean_variant(self) -> Any:
        chosen = self.cleaned_data["variant"]
        if chosen not in self.variants:
            raise forms.ValidationError(_("Choose one from the list."))
        return chosen

    def clean_file(self) -> Any:
        file = self.cleaned_data.get("file")
        if file is not None and (file.size or 0) > IMPORT_BYTES_MAX:
            raise forms.ValidationError(REFUSALS["too_big"])
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        pasted, file = cleaned.get("text") or "", cleaned.get("file")
        if not self.errors and not pasted.strip() and file is None:
            self.add_error("text", _("Paste the codes or choose a file."))
        if pasted.strip() and file is not None:
            self.add_error("file", _("Paste them or choose a file, not both."))
        if cleaned.get("kind") == "split" and not cleaned.get("separator"):
            self.add_error("separator", _("Say what stands between card and secret."))
        return cleaned

    @property
    def content(self) -> bytes:
        """What was sent. A browser sends pasted lines with CRLF, a file as it is."""
        file = self.cleaned_data.get("file")
        sent: bytes = file.read() if file is not None else self.cleaned_data["text"].encode()
        return sent

    @property
    def layout(self) -> Layout:
        """How the lines are to be read."""
        kind = self.cleaned_data["kind"] or "auto"
        separator = self.cleaned_data["separator"] if kind in ("split", "csv") else ""
        if kind == "csv" and separator not in ("", ",", "\t", ";", "|"):
            separator = ""
        return read_layout({"kind": kind, "separator": separator})

    def key_for(self, content: bytes) -> str:
        """The same page sent twice with the same list is one import; a new page is a new one."""
        digest = hashlib.sha256(content).hexdigest()[:24]
        return f"desk:{self.cleaned_data['key']}:{digest}"


class Threshold(forms.Form):
    """From how few on one is warned."""

    low_threshold = forms.IntegerField(
        label=gettext_lazy("Warn when so many or fewer are left"),
        min_value=0,
        max_value=LOW_THRESHOLD_MAX,
        widget=widgets.number(min=0),
    )


class Verdict(forms.Form):
    """What came of looking at a quarantined code."""

    verdict = forms.ChoiceField(choices=[("returned", ""), ("voided", "")])
