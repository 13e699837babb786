"""What is sealed opens only where it belongs."""

from __future__ import annotations

import json

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


def test_a_rotation_seals_with_the_new_key_and_still_opens_the_old(tmp_path, monkeypatch):
    path = tmp_path / "keys.json"
    crypto.ensure_keyring(path)
    monkeypatch.setenv("DAODA_KEYS", str(path))
    crypto.keyring.cache_clear()
    crypto._cipher.cache_clear()
    try:
        old = crypto.seal(b"code", aad=b"")
        assert crypto.add_sealing_key(path) == "k2"
        new = crypto.seal(b"code", aad=b"")
        assert (old.key_id, new.key_id) == ("k1", "k2")
        assert crypto.unseal(old.key_id, old.blob, aad=b"") == b"code"
        assert "k1" in json.loads(path.read_text())["sealing"]
    finally:
        crypto.keyring.cache_clear()
        crypto._cipher.cache_clear()


def test_keys_never_stand_in_a_repr():
    ring = crypto.keyring()
    shown = repr(ring)
    assert ring.session_secret not in shown
    assert repr(ring.fingerprint_key) not in shown
