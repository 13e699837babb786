"""What the demo shop sells: data, in the words of a Chinese shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from daoda.trade.catalog.rules import Step

CATEGORIES = (("games", "游戏点卡"), ("members", "视频音乐会员"), ("software", "软件激活"))
COUPON: dict[str, Any] = {"code": "HELLO10", "kind": "percent", "value": 10, "uses_max": 1000}


@dataclass(frozen=True)
class Sort:
    """One variant; ``codes`` is how many are put on the shelf."""

    title: str
    price_fen: int
    codes: int = 0
    list_price_fen: int | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Good:
    """One product of the demo."""

    category: str
    kind: str
    slug: str
    title: str
    prefix: str
    variants: tuple[Sort, ...]
    details: Mapping[str, Any]
    dated: tuple[str, int, list[dict[str, Any]]] | None = field(default=None)


_PHONE = {
    "name": "phone",
    "type": "phone",
    "label": {"zh": "充值手机号", "en": "Phone number to top up"},
    "help": {"zh": "必须是会员账号绑定的手机号", "en": "The number bound to the account"},
}
_UID = {
    "name": "uid",
    "type": "number",
    "length_min": 9,
    "length_max": 9,
    "label": {"zh": "游戏 UID", "en": "Player UID"},
    "help": {"zh": "游戏右下角的 9 位数字", "en": "The nine digits at the lower right"},
}
_SERVER = {
    "name": "server",
    "type": "choice",
    "label": {"zh": "服务器", "en": "Server"},
    "choices": [
        {"value": "cn", "label": {"zh": "天空岛（国服）", "en": "Celestia (China)"}},
        {"value": "asia", "label": {"zh": "亚服", "en": "Asia"}},
    ],
}
_NIGHT = [
    {"starts": "02:00", "ends": "06:00", "speed": 0, "reason": "maintenance"},
    {"starts": "20:00", "ends": "22:00", "speed": 0.5, "reason": "peak"},
]
_WORKDAYS = [{"days": [5, 6], "starts": "00:00", "ends": "24:00", "speed": 0, "reason": "weekend"}]

# What the played supplier sells: product → its goods, and the share of our price it asks.
SUPPLIED: dict[str, tuple[str, int]] = {"video-vip": ("1001", 80)}

GOODS: tuple[Good, ...] = (
    Good("games", "code", "steam-wallet", "Steam 钱包充值码", "STM",
        (Sort("50 元", 4950, 400, 5000, (Step(10, 4900),)), Sort("100 元", 9880, 300, 10000)),
        {"summary": "国区钱包码，付款后自动到达",
         "usage_notice": "仅限中国区账号使用。激活后不能退换，请先确认账号地区。",
         "region_note": "中国区", "platform_note": "Steam 客户端或网页",
         "how_to_use": "登录 Steam → 账户明细 → 为钱包充值 → 兑换充值码。",
         "limit_per_buyer": 20}),
    Good("games", "topup", "genshin-crystal", "原神 创世结晶", "",
        (Sort("300 + 30 结晶", 2950), Sort("1980 + 260 结晶", 19400)),
        {"summary": "按 UID 充值，由供应专员处理",
         "usage_notice": "充错 UID 无法追回，请逐位核对。", "fields": [_UID, _SERVER],
         "confirm_text": "UID 和服务器都是对的"},
        ("handling", 1800, _NIGHT)),
    Good("games", "code", "mojang-minecraft", "Minecraft Java 版激活码", "MJC",
        (Sort("标准版", 14900, 150, 16500),),
        {"summary": "官方激活码，一码一号", "region_note": "全球",
         "usage_notice": "每个账号只能激活一次。", "platform_note": "Windows / macOS / Linux",
         "how_to_use": "登录 minecraft.net/redeem 输入激活码。"}),
    Good("games", "code", "psn-hk", "PSN 港服点卡", "PSN",
        (Sort("100 港币", 9300, 150), Sort("300 港币", 27800, 100)),
        {"summary": "港服专用", "region_note": "中国香港", "platform_note": "PlayStation 4 / 5",
         "usage_notice": "仅限港服账号，其他地区不能兑换。",
         "how_to_use": "PlayStation Store → 兑换代码。"}),
    Good("members", "membership", "video-vip", "视频会员 黄金 VIP", "",
        (Sort("月卡", 1990, 0, 2500), Sort("年卡", 19800, 0, 25800)),
        {"summary": "付款后自动向供货商开通到手机号", "fields": [_PHONE],
         "recipe": {"via": "supplier"},
         "usage_notice": "请先用该手机号登录过一次。已是连续包月的账号不能叠加。",
         "confirm_text": "手机号是会员账号的手机号"},
        ("supplying", 3600, _NIGHT)),
    Good("members", "code", "music-year", "音乐会员 兑换码", "MUS",
        (Sort("月卡", 1280, 200, 1500), Sort("年卡", 13800, 100, 16800)),
        {"summary": "兑换码，自动到达", "how_to_use": "App → 我的 → 兑换中心 → 输入兑换码。",
         "usage_notice": "自购买起 90 天内兑换有效。"}),
    Good("members", "membership", "cloud-drive", "网盘超级会员", "",
        (Sort("12 个月", 17800, 0, 26300),), {"summary": "人工开通，工作日处理",
         "fields": [_PHONE], "usage_notice": "由人工开通，周末付款的订单周一处理。"},
        ("handling", 4 * 3600, _WORKDAYS)),
    Good("software", "code", "office-home", "办公软件 家庭版密钥", "OFC",
        (Sort("1 台电脑", 32800, 200, 39800),),
        {"summary": "正版密钥，永久授权", "platform_note": "Windows 10 / 11",
         "usage_notice": "激活后与电脑绑定，不能转移。",
         "how_to_use": "安装后打开任一程序，按提示输入 25 位密钥。"}),
    Good("software", "code", "antivirus", "杀毒软件 激活码", "AVK",
        (Sort("1 年 1 台", 3900, 200, 5900), Sort("1 年 3 台", 7900, 200, 9900)),
        {"summary": "激活码，自动到达", "how_to_use": "软件右上角 → 激活 → 输入激活码。",
         "usage_notice": "激活码须在 180 天内使用。"}),
    Good("software", "manual", "remote-setup", "远程安装调试服务", "",
        (Sort("1 次", 5000),), {"summary": "工程师远程协助一次，约 40 分钟",
         "usage_notice": "请备好电脑和网络，工程师会在约定时间联系您。",
         "fields": [{"name": "contact", "type": "text",
                     "label": {"zh": "微信或 QQ", "en": "WeChat or QQ"}}]},
        ("handling", 8 * 3600, [{"starts": "00:00", "ends": "09:00", "speed": 0, "reason": "night"},
                                {"starts": "21:00", "ends": "24:00", "speed": 0,
                                 "reason": "night"}])),
)  # fmt: skip
