from __future__ import annotations

import pytest

from daoda.kit import addresses

CHAIN = "6.6.6.6, 203.0.113.7, 10.0.0.2"


@pytest.mark.parametrize(
    ("proxies", "address"),
    [(0, "10.0.0.1"), (1, "10.0.0.2"), (2, "203.0.113.7"), (4, "10.0.0.1")],
)
def test_only_our_own_proxies_are_believed(proxies: int, address: str) -> None:
    meta = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": CHAIN}
    assert addresses.of_visitor(meta, trusted_proxies=proxies) == address


@pytest.mark.parametrize("told", ["", "unknown", "<script>", "1.2.3.4.5", None])
def test_what_cannot_be_read_is_one_unknown_visitor(told: str | None) -> None:
    assert addresses.of_visitor({"REMOTE_ADDR": told}, trusted_proxies=0) == addresses.UNKNOWN


def test_an_address_written_in_two_ways_is_one() -> None:
    meta = {"REMOTE_ADDR": "::ffff:203.0.113.7"}
    assert addresses.of_visitor(meta, trusted_proxies=0) == "203.0.113.7"


def test_limits_count_a_whole_network_of_ipv6() -> None:
    assert addresses.limited_as("2001:db8::1") == addresses.limited_as("2001:db8::ffff")
    assert addresses.limited_as("2001:db8::1") != addresses.limited_as("2001:db8:0:1::1")
    assert addresses.limited_as("203.0.113.7") == "203.0.113.7"
