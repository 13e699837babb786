"""The table of rehearsals."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from daoda.kit import ids
from daoda.records.promises.models import Dated, dated_constraints
from daoda.watch.rehearsals.states import REHEARSAL


class Rehearsal(Dated):
    """A day to be played. ``day``: see ``rules``; ``outcome``: what the simulation has told.

    ``done`` of ``whole`` buyers have come, at ``clock_at`` of the simulated clock; ``heard_at``
    is when whoever plays it last gave a sign of life.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    name = models.CharField(max_length=60, blank=True, default="")
    actor = models.CharField(max_length=60)
    day = models.JSONField()
    outcome = models.JSONField(default=dict)
    reason = models.CharField(max_length=24, blank=True, default="")
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    step = models.CharField(max_length=12, blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    whole = models.PositiveIntegerField(default=0)
    clock_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *dated_constraints("rehearsals_rehearsal", REHEARSAL),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(reason=""), name="rehearsal_failed_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["promised_at"],
                condition=Q(state__in=REHEARSAL.open_states),
                name="rehearsal_by_date",
            ),
            models.Index(fields=["shop", "-id"], name="rehearsal_of_shop_newest"),
        ]
