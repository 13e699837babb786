"""Who works here and which programs may knock: staff, roles, second factors, API keys, limits.

Lifecycle of a member of staff: invited with a one-time password → set a password of her own and
enrolled a second factor → works → switched off (never deleted: facts name her).
What a role may do is one table, `roles.ROLE_MAY`.

Facts written: ``staff.invited``, ``staff.signed_in``, ``staff.signed_out``, ``staff.locked_out``,
``staff.password_set``, ``staff.password_reset``, ``staff.role_changed``, ``staff.switched_off``,
``staff.switched_on``, ``second_factor.enrolled``, ``second_factor.reset``,
``recovery_code.used``, ``recovery_codes.renewed``, ``api_key.issued``, ``api_key.revoked``.
Facts answered: none.
"""
