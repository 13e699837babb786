"""The verbs of compensation."""

from daoda.care.compensation.actions.choosing import CHOICES, approve, choose, decline
from daoda.care.compensation.actions.granting import lapse_grants
from daoda.care.compensation.actions.hearing import hear
from daoda.care.compensation.actions.policies import Refused, Terms, end_policy, publish_policy
from daoda.care.compensation.actions.stepping import pass_dates

__all__ = [
    "CHOICES",
    "Refused",
    "Terms",
    "approve",
    "choose",
    "decline",
    "end_policy",
    "hear",
    "lapse_grants",
    "pass_dates",
    "publish_policy",
]
