"""A channel's settings as a form made from what its adapter asks for. Secrets only go in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daoda.doors.web.operator.forms import widgets
from daoda.kit.configs import SETTING_CHARS_MAX, ConfigProblem, Setting
from daoda.trade.payments.adapters.registry import SETTINGS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ADAPTERS: Mapping[str, StrOrPromise] = {
    "alipay": gettext_lazy("Alipay"),
    "wechatpay": gettext_lazy("WeChat Pay"),
    "stripe": gettext_lazy("Stripe"),
    "epay": gettext_lazy("epay V1"),
    "sandbox": gettext_lazy("Simulated channel"),
}
ABOUT: Mapping[str, StrOrPromise] = {
    "alipay": gettext_lazy("Page and phone payment, signed with RSA2."),
    "epay": gettext_lazy("Gateways that speak epay V1; every notice is confirmed by a query."),
    "wechatpay": gettext_lazy("QR code, and its own page on phones, by APIv3."),
    "stripe": gettext_lazy("Checkout page for cards and wallets; webhooks are signed."),
    "sandbox": gettext_lazy("For trying things out; it moves no money."),
}
LABELS: Mapping[str, StrOrPromise] = {
    "gateway": gettext_lazy("Address of the gateway"),
    "merchant": gettext_lazy("Merchant"),
    "key": gettext_lazy("Merchant key"),
    "previous_key": gettext_lazy("Key before this one, while it is being changed"),
    "app_id": gettext_lazy("App ID"),
    "seller_id": gettext_lazy("Seller ID (PID)"),
    "app_private_key": gettext_lazy("Private key of the app"),
    "alipay_public_key": gettext_lazy("Public key of Alipay"),
    "phone_page": gettext_lazy("Own page for phones"),
    "mchid": gettext_lazy("Merchant number (mchid)"),
    "appid": gettext_lazy("App ID (appid)"),
    "serial_no": gettext_lazy("Serial number of the merchant certificate"),
    "merchant_private_key": gettext_lazy("Private key of the merchant certificate"),
    "api_v3_key": gettext_lazy("APIv3 key (32 characters)"),
    "platform_key_id": gettext_lazy("ID of the WeChat Pay public key"),
    "platform_key": gettext_lazy("WeChat Pay public key, or platform certificate"),
    "next_platform_key_id": gettext_lazy("ID of the key to come, while it is being changed"),
    "next_platform_key": gettext_lazy("Key or certificate to come"),
    "secret_key": gettext_lazy("Secret key (sk_…) or restricted key (rk_…)"),
    "webhook_secret": gettext_lazy("Signing secret of the webhook (whsec_…)"),
    "previous_webhook_secret": gettext_lazy("Signing secret before this one"),
    "pid": gettext_lazy("Merchant number (PID)"),
    "type": gettext_lazy("Way to pay"),
    "entry": gettext_lazy("How the page is opened"),
}
CHOICES: Mapping[str, StrOrPromise] = {
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
    "cashier": gettext_lazy("the gateway's cashier, where the buyer chooses"),
    "alipay": gettext_lazy("Alipay"),
    "wxpay": gettext_lazy("WeChat Pay"),
    "qqpay": gettext_lazy("QQ Wallet"),
    "submit": gettext_lazy("by a form (submit.php)"),
    "mapi": gettext_lazy("by a call first (mapi.php)"),
}
PROBLEMS: Mapping[str, StrOrPromise] = {
    "is missing": gettext_lazy("This is needed."),
    "is empty": gettext_lazy("This is needed."),
    "is too long": gettext_lazy("This is too long."),
    "is not an address": gettext_lazy("This is not an address."),
    "must be an address like https://host/path": gettext_lazy("An address like https://host/path."),
    "must be a plain address": gettext_lazy("An address without a name and password in it."),
    "must use https": gettext_lazy("It must begin with https."),
    "must be the merchant's number": gettext_lazy("Letters and digits only."),
    "is not a private key": gettext_lazy("This is not a private key."),
    "is not a public key": gettext_lazy("This is not a public key."),
    "is not a certificate": gettext_lazy("This is not a certificate."),
    "is not the certificate's serial number": gettext_lazy("This is not the certificate's own."),
    "must be letters and digits": gettext_lazy("Letters and digits only."),
    "must be plain characters": gettext_lazy("Letters, digits and signs only."),
    "is not a secret key (sk_...) or restricted key": gettext_lazy("It begins with sk_ or rk_."),
    "is not a webhook secret (whsec_...)": gettext_lazy("It begins with whsec_."),
}
PROBLEMS_WITH_NUMBER: tuple[tuple[re.Pattern[str], Any], ...] = (
    (re.compile(r"must have at least (\d+) "), gettext_lazy("At least %(n)s characters.")),
    (re.compile(r"must have exactly (\d+) bytes"), gettext_lazy("Exactly %(n)s characters.")),
    (re.compile(r"is not an RSA key of (\d+) bits"), gettext_lazy("No RSA key of %(n)s bits.")),
)
LONG = frozenset(
    {
        "app_private_key", "alipay_public_key", "merchant_private_key", "platform_key",
        "next_platform_key",
    }
)  # fmt: skip


class Configuration(forms.Form):
    """What the operator calls the channel, and what its adapter needs."""

    title = forms.CharField(
        label=gettext_lazy("Name buyers see"), max_length=60, widget=widgets.text()
    )
    rank = forms.IntegerField(
        label=gettext_lazy("Place in the list"),
        help_text=gettext_lazy("Smaller comes first."),
        initial=0,
        min_value=-1_000,
        max_value=1_000,
        widget=widgets.number(),
    )

    def __init__(
        self, *args: Any, adapter: str, known: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.asked = SETTINGS[adapter]
        for setting in self.asked:
            self.fields[_name(setting)] = _field(setting, known)

    @property
    def settings(self) -> list[forms.BoundField]:
        """The adapter's own fields."""
        return [self[_name(setting)] for setting in self.asked]

    @property
    def config(self) -> dict[str, object]:
        """What the adapter is told; a secret left empty is left out."""
        told = {one.name: self.cleaned_data[_name(one)].strip() for one in self.asked}
        return {name: value for name, value in told.items() if value}

    def refuse(self, problem: ConfigProblem) -> None:
        """Put what the adapter refuses beside its field."""
        field = f"setting_{problem.setting}"
        self.add_error(field if field in self.fields else None, _words(problem.problem))


def _words(problem: str) -> str:
    for pattern, says in PROBLEMS_WITH_NUMBER:
        if found := pattern.match(problem):
            return str(says) % {"n": found[1]}
    return str(PROBLEMS.get(problem) or problem)


def _name(setting: Setting) -> str:
    return f"setting_{setting.name}"


def _field(setting: Setting, known: Mapping[str, str] | None) -> forms.Field:
    label = LABELS.get(setting.name, setting.name)
    if setting.choices:
        return forms.ChoiceField(
            label=label,
            choices=[(choice, CHOICES.get(choice, choice)) for choice in setting.choices],
            initial=(known or {}).get(setting.name) or setting.default,
            widget=widgets.select(),
        )
    needed = setting.default is None and not (setting.secret and known is not None)
    hint = ""
    if setting.secret:
        hint = _("Kept sealed and never shown. Leave it empty to keep the present one.")
        if known is None:
            hint = _("Kept sealed and never shown again.")
    return forms.CharField(
        label=label,
        help_text=hint,
        required=needed,
        strip=True,
        max_length=SETTING_CHARS_MAX,
        initial="" if setting.secret else (known or {}).get(setting.name, setting.default or ""),
        widget=_widget(setting),
    )


def _widget(setting: Setting) -> forms.Widget:
    if setting.secret and setting.name in LONG:
        return widgets.SecretArea({**widgets.SECRET, "rows": 4})
    if setting.secret:
        return widgets.SecretText(widgets.SECRET)
    if setting.name in LONG:
        return widgets.area(4, **widgets.SECRET)
    return widgets.text()
