"""Payments: money that was asked for, money that came, money that is owed back.

Owns channels, payment attempts and the questions about them (notices get lost), the inbox of
notices, receipts and refunds. A notice is
verified and stored at the door (`accept`), then settled in batches: every receipt ends in
exactly one of applied to its order, or owed back, or in a person's hands with a date.
Lifecycle of a notice: confirming → received → settled | refused | unmatched | suspect; of a
refund: owed → sent → confirmed | failed | unknown (docs/states.md).
Facts written: channel.configured, payment.started, payment.found, payment.refund_owed,
payment.refund_sent,
payment.refund_handed, payment.refund_failed, payment.refund_retried, payment.refunded,
payment.payee_given, payment.payee_shown,
payment.unmatched, payment.matched, payment.vouched, payment.promise_broken.
"""
