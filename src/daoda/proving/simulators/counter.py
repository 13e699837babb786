"""The part of a simulated channel that faces people: pay page, and the language of tests.

``GET /trade/<number>`` is the page, ``POST`` to it presses a button. ``POST /_play`` takes
``{"number", "do", "amount_fen"?, "after_s"?}`` and answers with the events it will tell;
``POST /_refunds`` takes ``{"number", "plays"}``, what is to happen to refunds of that trade;
``GET /_trades`` answers with everything remembered. Nothing here is protected: a simulator
listens on this machine only, unless told otherwise.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from daoda.proving.simulators import pages, refunds
from daoda.proving.simulators.courier import Courier, Options, Vendor
from daoda.proving.simulators.playing import CannotPlay, Wish, play, wait_s
from daoda.proving.simulators.trades import Book, Event, Refund, Trade

AMOUNT_FEN_MAX = 10**12


class Counter:
    """Trades of one vendor, and the routes to play with them."""

    def __init__(self, vendor: Vendor, options: Options) -> None:
        self.vendor, self.options = vendor, options
        self.book = Book(options.trades_path)
        self.courier = Courier(vendor, self.book, options)

    def app(self) -> web.Application:
        """An application with the common routes; the vendor's own are added by the caller."""
        app = web.Application(client_max_size=256 * 1024)
        app.router.add_get("/trade/{number}", self._page)
        app.router.add_post("/trade/{number}", self._press)
        app.router.add_post("/_play", self._play)
        app.router.add_post("/_refunds", self._play_refunds)
        app.router.add_get("/_trades", self._trades)
        app.on_startup.append(self._start)
        app.on_cleanup.append(self._stop)
        return app

    def page(self, trade: Trade, message: str = "") -> web.Response:
        html = pages.pay_page(
            trade, channel=self.vendor.name, plays=self.vendor.plays, message=message
        )
        return web.Response(text=html, content_type="text/html", headers=pages.SAFE_HEADERS)

    def trouble(self, problem: str) -> web.Response:
        html = pages.trouble_page(channel=self.vendor.name, problem=problem)
        return web.Response(
            text=html, status=400, content_type="text/html", headers=pages.SAFE_HEADERS
        )

    def refund(self, trade: Trade, number: str, amount_fen: int) -> refunds.Outcome:
        """A refund arrives; what the channel makes of it. Raises OtherAmount."""
        outcome = refunds.refund(trade, number, amount_fen, self.options.clock())
        self.book.save()
        return outcome

    def asked_refund(self, trade: Trade, number: str) -> Refund | None:
        """A refund is asked about."""
        found = refunds.ask(trade, number)
        self.book.save()
        return found

    def tell_refund(self, trade: Trade, refund: Refund) -> None:
        """Tell the shop of a refund, as often as it is to be told."""
        if refund.state != "done":
            return
        for nth in range(refund.told):
            event = Event(id=f"{refund.number}r{nth}", says="refunded")
            if trade.payments and event.id not in {one.id for one in trade.events}:
                event.payment = trade.payments[0]
                trade.events.append(event)
                self.courier.send(trade, event)
        self.book.save()

    def perform(self, trade: Trade, wish: Wish) -> list[str]:
        """Plays at once or after the wished time; the ids of what is told at once.

        Raises CannotPlay.
        """
        if wish.do not in self.vendor.plays:
            raise CannotPlay(f"this channel has no play {wish.do!r}")
        wait = wait_s(trade, wish, self.options.clock())
        if wait:
            self.courier.later(wait, lambda: self._perform_later(trade, wish))
            return []
        return self._perform(trade, wish)

    async def _perform_later(self, trade: Trade, wish: Wish) -> None:
        try:
            self._perform(trade, wish)
        except CannotPlay:
            return  # what was possible when it was wished no longer is: the buyer gave up

    def _perform(self, trade: Trade, wish: Wish) -> list[str]:
        events = play(trade, wish, self.options.clock())
        self.book.save()
        for event in events:
            self.courier.send(trade, event)
        return [event.id for event in events]

    async def _start(self, app: web.Application) -> None:
        await self.courier.start()

    async def _stop(self, app: web.Application) -> None:
        await self.courier.stop()

    def _trade(self, number: str) -> Trade:
        trade = self.book.trades.get(number)
        if trade is None:
            raise web.HTTPNotFound(text="no such trade")
        return trade

    async def _page(self, request: web.Request) -> web.Response:
        return self.page(self._trade(request.match_info["number"]))

    async def _press(self, request: web.Request) -> web.Response:
        trade = self._trade(request.match_info["number"])
        form = await request.post()
        try:
            self.perform(trade, Wish(do=str(form.get("do", ""))))
        except CannotPlay as problem:
            return self.page(trade, str(problem))
        raise web.HTTPSeeOther(request.path)

    async def _play(self, request: web.Request) -> web.Response:
        try:
            asked: Any = await request.json()
            trade, wish = self._trade(str(asked["number"])), _wish(asked)
            return web.json_response({"events": self.perform(trade, wish)})
        except (KeyError, TypeError, ValueError) as problem:
            return web.json_response({"problem": str(problem)}, status=400)

    async def _play_refunds(self, request: web.Request) -> web.Response:
        asked: Any = await request.json()
        trade = self._trade(str(asked.get("number")))
        plays = [str(play) for play in asked.get("plays", [])]
        if strangers := set(plays) - set(refunds.PLAYS):
            return web.json_response({"problem": f"no such plays: {sorted(strangers)}"}, status=400)
        trade.refund_plays = plays
        self.book.save()
        return web.json_response({"plays": plays})

    async def _trades(self, request: web.Request) -> web.Response:
        return web.json_response(self.book.told())


def _wish(asked: dict[str, Any]) -> Wish:
    amount_fen, after_s = asked.get("amount_fen"), asked.get("after_s")
    if amount_fen is not None and not 0 < int(amount_fen) < AMOUNT_FEN_MAX:
        raise CannotPlay("amount_fen must be positive")
    return Wish(
        do=str(asked["do"]),
        amount_fen=None if amount_fen is None else int(amount_fen),
        after_s=None if after_s is None else float(after_s),
    )
