"""What may stand in a log."""

from __future__ import annotations

from daoda.kit import logs, masks


def test_the_secret_part_of_a_link_is_hidden_wherever_it_stands():
    told = masks.links("Not Found: /o/01a2:sig_x-Y/codes/1/reveal and /live/orders/01a2:sig?seen=1")
    assert told == "Not Found: /o/***/codes/1/reveal and /live/orders/***?seen=1"
    assert masks.links("/desk/orders/01a2") == "/desk/orders/01a2"


def test_a_request_in_a_log_event_is_written_without_its_link():
    class Request:
        def __repr__(self) -> str:
            return "<WSGIRequest: GET '/o/secret:token'>"

    event = logs.mask_event(None, "", {"event": "Gone: /o/secret:token", "request": Request()})
    assert "secret" not in str(event)
    assert logs.mask_event(None, "", {"event": "x", "count": 3, "ok": True})["count"] == 3
