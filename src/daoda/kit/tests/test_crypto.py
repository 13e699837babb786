"""What is sealed opens only where it belongs."""

from __future__ import annotations

import json
import os

import pytest

from daoda.kit import crypto


def test_a_sealed_value_opens_only_with_its_own_row():
    sealed = crypto.seal(b"AAAA-BBBB", aad=b"row 1")
    assert crypto.unseal(sealed.key_id, sealed.blob, aad=b"row 1") == b"AAAA-BBBB"
    with pytest.raises(crypto.CannotUnseal):
        crypto.unseal(sealed.key_id, sealed.blob, aad=b"row 2")
    with pytest.raises(crypto.CannotUnseal):
        crypto.unseal("k99", sealed.blob, aad=b"row 1")


def test_changing_any_byte_is_noticed():
    sealed = crypto.seal(b"code", aad=b"")
    for position in range(len(sealed.blob)):
        changed = bytearray(sealed.blob)
        changed[position] ^= 1
        with pytest.raises(crypto.CannotUnseal):
            crypto.unseal(sealed.key_id, bytes(changed), aad=b"")


def test_fingerprints_are_equal_for_equal_values_of_one_purpose():
    assert crypto.fingerprint("code", b"x") == crypto.fingerprint("code", b"x")
    assert crypto.fingerprint("code", b"x") != crypto.fingerprint("contact", b"x")


def test_the_key_ring_is_made_once_readable_by_its_owner(tmp_path):
    path = tmp_path / "keys.json"
    assert crypto.ensure_keyring(path)
    first = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert not crypto.ensure_keyring(path)
    assert path.read_text() == first


@pytest.fixture
def ring(tmp_path, monkeypatch):
    """The path of a key ring of this test's own, in use."""
    path = tmp_path / "keys.json"
    crypto.ensure_keyring(path)
    monkeypatch.setenv("DAODA_KEYS", str(path))
    _forget()
    yield path
    _forget()


def _forget():
    crypto.keyring.cache_clear()
    crypto._cipher.cache_clear()


def test_a_rotation_seals_with_the_new_key_and_still_opens_the_old(ring):
    old = crypto.seal(b"code", aad=b"")
    assert crypto.add_sealing_key(ring) == "k2"
    new = crypto.seal(b"code", aad=b"")
    assert (old.key_id, new.key_id) == ("k1", "k2")
    assert crypto.unseal(old.key_id, old.blob, aad=b"") == b"code"
    assert "k1" in json.loads(ring.read_text())["sealing"]
    assert ring.stat().st_mode & 0o777 == 0o600


def test_a_new_key_never_takes_the_place_of_another(ring):
    assert [crypto.add_sealing_key(ring) for _ in range(2)] == ["k2", "k3"]
    kept = json.loads(ring.read_text())
    third = kept["sealing"]["k3"]
    del kept["sealing"]["k1"]
    ring.write_text(json.dumps(kept))
    assert crypto.add_sealing_key(ring) == "k4"
    assert json.loads(ring.read_text())["sealing"]["k3"] == third


def test_nobody_else_can_read_the_ring_at_any_moment(ring, monkeypatch):
    seen = []
    monkeypatch.setattr(
        os,
        "fsync",
        lambda descriptor: seen.append(os.fstat(descriptor).st_mode & 0o777),
    )
    crypto.add_sealing_key(ring)
    assert seen == [0o600], "private and on the disk before it takes the old ring's place"


def test_who_was_not_restarted_learns_the_new_key_when_it_is_met(ring):
    before = ring.read_text()
    crypto.add_sealing_key(ring)
    after, sealed = ring.read_text(), crypto.seal(b"code", aad=b"")
    ring.write_text(before)
    _forget()
    assert crypto.keyring().newest == "k1"
    ring.write_text(after)
    assert crypto.unseal(sealed.key_id, sealed.blob, aad=b"") == b"code"
    assert crypto.keyring().newest == "k2"


def test_a_ring_that_cannot_be_read_any_more_leaves_what_is_known(ring):
    sealed = crypto.seal(b"code", aad=b"")
    ring.unlink()
    with pytest.raises(crypto.CannotUnseal):
        crypto.unseal("k9", sealed.blob, aad=b"")
    assert crypto.unseal(sealed.key_id, sealed.blob, aad=b"") == b"code"
