"""What the operator says of the shop itself."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.doors.web.operator.forms import widgets

NEAR = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore")


class ShopSettings(forms.Form):
    """Name, look and legal lines of the shop."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, widget=widgets.text())
    tagline = forms.CharField(
        label=gettext_lazy("In one line"), required=False, max_length=120, widget=widgets.text()
    )
    accent_colour = forms.CharField(
        label=gettext_lazy("Colour"),
        max_length=7,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", gettext_lazy("A colour like #0b63ce."))],
        widget=forms.TextInput({"class": "input", "type": "color"}),
        help_text=gettext_lazy("Made lighter or darker where it could not be read."),
    )
    footer = forms.CharField(
        label=gettext_lazy("Foot of every page"),
        required=False,
        max_length=2_000,
        widget=widgets.area(3),
        help_text=gettext_lazy("Who runs the shop and how to reach them."),
    )
    filing_number = forms.CharField(
        label=gettext_lazy("Filing number (备案号)"),
        required=False,
        max_length=60,
        widget=widgets.text(),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lambda: [
            *((name, name) for name in NEAR),
            *((name, name) for name in sorted(available_timezones() - set(NEAR))),
        ],
        widget=widgets.select(),
        help_text=gettext_lazy("By whose clock working hours count. Dates given stay as they are."),
    )

    def clean_accent_colour(self) -> str:
        return str(self.cleaned_data["accent_colour"]).lower()


class Logo(forms.Form):
    """A picture for the head of every page; ticking ``remove`` takes it away."""

    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        widget=forms.FileInput(
            attrs={"class": "input", "accept": "image/png,image/jpeg,image/webp,image/gif"}
        ),
        help_text=gettext_lazy("Square, PNG, JPEG or WebP, up to 8 MB."),
    )
    remove = forms.BooleanField(label=gettext_lazy("Without a logo"), required=False)

    def clean(self) -> None:
        chosen = self.cleaned_data.get("logo") or self.cleaned_data.get("remove")
        if not self.errors and not chosen:
            self.add_error("logo", _("Choose a picture."))
