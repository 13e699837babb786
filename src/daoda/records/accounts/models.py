"""Staff, second factors, API keys and the counters of the rate limits."""

from __future__ import annotations

import unicodedata

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.crypto import salted_hmac

from daoda.kit import ids
from daoda.records.accounts.roles import RECORDS_ALSO, Permission, Role, role_may
from daoda.records.shops.models import ShopOwned

ROLE_CHOICES = [(role.value, role.value) for role in Role]


def normal_login(text: str) -> str:
    """A login name as stored and compared: width, case and surrounding space do not count."""
    return unicodedata.normalize("NFKC", text.replace("\0", "")).strip().casefold()


class Staff(ShopOwned, AbstractBaseUser):
    """A person who works for one shop. Never deleted: facts name them by id."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    login = models.CharField(max_length=150)
    name = models.CharField(max_length=80)
    work_number = models.PositiveIntegerField()
    role = models.CharField(max_length=24, choices=ROLE_CHOICES)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=True)
    # Until when a one-time password opens the door; empty once a password of one's own is set.
    one_time_until = models.DateTimeField(null=True, blank=True)
    # Part of every session's hash: a new stamp ends all sessions of this person at once.
    session_stamp = models.UUIDField(default=ids.uuid7, editable=False)
    last_signed_in_at = models.DateTimeField(null=True, blank=True)
    invited_at = models.DateTimeField()

    # Django would write its own with the machine's clock.
    last_login = None

    USERNAME_FIELD = "login"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "login"], name="accounts_staff_login"),
            models.UniqueConstraint(fields=["shop", "work_number"], name="accounts_staff_number"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]),
                name="accounts_staff_role",
            ),
            models.CheckConstraint(
                condition=models.Q(must_change_password=True)
                | models.Q(one_time_until__isnull=True),
                name="accounts_staff_one_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.work_number}"

    def get_full_name(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """How facts name this person."""
        return f"staff:{self.id.hex}"

    @property
    def is_staff(self) -> bool:
        """Asked by Django's admin, which is one more way of reading records."""
        return self.is_active and role_may(Role(self.role), Permission.RECORDS_READ)

    def has_perm(self, perm: str, _obj: object = None) -> bool:
        """Asked by Django's admin, with its own names; only looking is ever granted."""
        app, _dot, act = perm.partition(".")
        return act.startswith("view_") and self.has_module_perms(app)

    def has_module_perms(self, app_label: str) -> bool:
        also = RECORDS_ALSO.get(app_label, Permission.RECORDS_READ)
        return self.is_staff and role_may(Role(self.role), also)

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        # Django compares this with the session at every request: password and stamp both count.
        value = f"{self.password}|{self.session_stamp.hex}"
        return salted_hmac(
            "daoda.records.accounts.Staff", value, secret=secret, algorithm="sha256"
        ).hexdigest()


class SecondFactor(ShopOwned):
    """The authenticator app of one person (TOTP, RFC 6238). The secret is sealed."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    staff = models.OneToOneField(Staff, on_delete=models.PROTECT, related_name="second_factor")
    key_id = models.CharField(max_length=20)
    sealed_secret = models.BinaryField()
    # The last 30 s step whose code was used: a code opens the door once.
    last_step = models.BigIntegerField(default=0)
    begun_at = models.DateTimeField()
    enrolled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.id.hex


class RecoveryCode(ShopOwned):
    """One of the codes that replace a lost authenticator, once."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="codes")
    fingerprint = models.BinaryField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["factor", "fingerprint"], name="accounts_recovery_once")
        ]

    def __str__(self) -> str:
        return f"{self.factor_id.hex}/{self.pk}"


class ApiKey(ShopOwned):
    """A program's key. Only its hash is kept: it is shown once, when issued."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    token_hash = models.BinaryField()
    scopes = ArrayField(models.CharField(max_length=32))
    issued_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def actor(self) -> str:
        """How facts name this key."""
        return f"api:{self.id.hex}"


class Throttle(models.Model):
    """A leaky bucket per limit and subject: when it will have run empty.

    The table is UNLOGGED: a hit costs no wait for the disk, and a crash of the database forgets
    the counters. It belongs to no shop: some subjects (an address) knock at several.
    """

    pk = models.CompositePrimaryKey("bucket", "subject")
    bucket = models.CharField(max_length=40)
    subject = models.BinaryField(max_length=32)
    # Not indexed, so that a hit rewrites its row in place (HOT).
    empty_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.bucket
