"""What a played supplier remembers: sales by our number, and how often it was asked to buy."""

from __future__ import annotations

import hashlib
import random
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from daoda.proving.simulators.suppliers.plays import PLAYS, Play

FIRST_ID = 20_000_001


@dataclass
class Asking:
    """An order as it arrived, in no dialect."""

    number: str
    goods: str
    quantity: int
    notify_url: str = ""
    guard_fen: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Sale:
    """An order in the books. ``creates`` counts how often it was asked for."""

    id: int
    number: str
    goods: str
    quantity: int
    cost_fen: int
    notify_url: str
    play: str
    taken_at: datetime
    ready_at: datetime
    creates: int = 1
    queries: int = 0
    told: int = 0
    accepted: bool = False
    cards: list[str] = field(default_factory=list)

    def state(self, now: datetime) -> str:
        """processing, done, failed or refunded."""
        ends = PLAYS[self.play].ends
        return "processing" if now < self.ready_at or ends == "never" else ends


class Warehouse:
    """All sales of one supplier."""

    def __init__(
        self, *, seed: int = 0, price_fen: int = 100, takes_s: float = 1.0, cards: bool = True
    ) -> None:
        self.price_fen, self.takes_s, self.has_cards = price_fen, takes_s, cards
        self.balance_fen = 10**9
        self.down = False
        self.creates = 0
        self.sales: dict[str, Sale] = {}
        self.refused: dict[str, str] = {}
        self._chance = random.Random(seed)
        self._seed = seed
        self._script: deque[str] = deque()
        self._weights: dict[str, int] = {"plain": 1}
        self._asked: dict[str, str] = {}
        self._numbers: list[str] = []

    def script(self, *plays: str) -> None:
        """What happens to the next orders. KeyError for a play there is not."""
        self._script.extend(name for name in plays if PLAYS[name])

    def weights(self, weights: Mapping[str, int]) -> None:
        """How likely each play is where nothing is scripted. KeyError for one there is not."""
        self._weights = {name: weight for name, weight in weights.items() if PLAYS[name]}

    def play_of(self, number: str) -> tuple[str, Play]:
        """What happens to an order: decided when its number is first heard of."""
        if number not in self._asked:
            names = list(self._weights)
            (drawn,) = self._chance.choices(names, list(self._weights.values()))
            self._asked[number] = self._script.popleft() if self._script else drawn
        name = self._asked[number]
        return name, PLAYS[name]

    def take(self, asking: Asking, now: datetime) -> Sale | str:
        """Book an order, or the reason why not. A number is booked once, however often it comes."""
        self.creates += 1
        name, play = self.play_of(asking.number)
        known = self.sales.get(asking.number)
        if known is not None:
            known.creates += 1
            return known
        cost_fen = self.price_fen * asking.quantity
        reason = play.refuses or self._refusal(asking, cost_fen)
        if reason or not play.taken:
            self.refused[asking.number] = reason
            return reason
        wait = timedelta(seconds=self.takes_s * play.slow)
        sale = Sale(
            id=FIRST_ID + len(self.sales), number=asking.number, goods=asking.goods,
            quantity=asking.quantity, cost_fen=cost_fen, notify_url=asking.notify_url,
            play=name, taken_at=now, ready_at=now + wait,
        )  # fmt: skip
        sale.cards = self._cards(sale, play)
        self.sales[asking.number] = sale
        self._numbers.append(asking.number)
        self.balance_fen -= cost_fen
        return sale

    def known(self, number: str) -> Sale | None:
        """An order that is asked about, by the buyer's number."""
        sale = self.sales.get(number)
        if sale is not None:
            sale.queries += 1
        return sale

    def by_id(self, sale_id: int) -> Sale | None:
        """An order that is asked about, by the supplier's own number."""
        place = sale_id - FIRST_ID
        return self.known(self._numbers[place]) if 0 <= place < len(self._numbers) else None

    def finish(self, number: str, now: datetime, *, as_play: str = "") -> Sale:
        """End an order at once, maybe otherwise than it began. KeyError for one there is not."""
        sale = replace(self.sales[number], ready_at=now)
        sale.play = as_play if as_play in PLAYS else sale.play
        self.sales[number] = sale
        return sale

    def told(self, now: datetime) -> dict[str, Any]:
        """Everything, for whoever tests."""
        return {
            "creates": self.creates,
            "balance_fen": self.balance_fen,
            "refused": dict(self.refused),
            "sales": {
                number: {
                    **{k: v for k, v in asdict(sale).items() if k not in ("taken_at", "ready_at")},
                    "state": sale.state(now),
                }
                for number, sale in self.sales.items()
            },
        }

    def _refusal(self, asking: Asking, cost_fen: int) -> str:
        if asking.guard_fen is not None and asking.guard_fen < cost_fen:
            return "price"
        return "balance" if self.balance_fen < cost_fen else ""

    def _cards(self, sale: Sale, play: Play) -> list[str]:
        if not self.has_cards or play.cards == "missing":
            return []
        if play.cards == "duplicate":
            for number in reversed(self._numbers):
                if len(earlier := self.sales[number].cards) >= sale.quantity:
                    return earlier[: sale.quantity]
        return [self._card(sale, position) for position in range(sale.quantity)]

    def _card(self, sale: Sale, position: int) -> str:
        text = f"{self._seed}:{sale.number}:{position}".encode()
        digest = hashlib.sha256(text).hexdigest().upper()
        return "-".join(digest[start : start + 4] for start in range(0, 16, 4))
