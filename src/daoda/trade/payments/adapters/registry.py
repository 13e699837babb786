"""Which channels there are: a code, its settings, and the adapter made from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from daoda.kit.configs import ConfigProblem, Setting
from daoda.trade.payments.adapters import alipay, epay, sandbox, stripe, wechatpay
from daoda.trade.payments.adapters.base import ChannelAdapter

ADAPTERS: dict[str, Callable[[Mapping[str, object]], ChannelAdapter]] = {
    alipay.CODE: lambda raw: alipay.Alipay(alipay.Config.parse(raw)),
    epay.CODE: lambda raw: epay.Epay(epay.Config.parse(raw)),
    wechatpay.CODE: lambda raw: wechatpay.WechatPay(wechatpay.Config.parse(raw)),
    stripe.CODE: lambda raw: stripe.Stripe(stripe.Config.parse(raw)),
    sandbox.CODE: lambda raw: sandbox.Sandbox(sandbox.Config.parse(raw)),
}
SETTINGS: dict[str, tuple[Setting, ...]] = {
    alipay.CODE: alipay.SETTINGS,
    epay.CODE: epay.SETTINGS,
    wechatpay.CODE: wechatpay.SETTINGS,
    stripe.CODE: stripe.SETTINGS,
    sandbox.CODE: sandbox.SETTINGS,
}


def adapter(code: str, raw: Mapping[str, object]) -> ChannelAdapter:
    """A channel's adapter. Parsing keys takes milliseconds, so keep it. Raises ConfigProblem."""
    make = ADAPTERS.get(code)
    if make is None:
        raise ConfigProblem("adapter", "is not a channel we speak: " + ", ".join(sorted(ADAPTERS)))
    return make(raw)
