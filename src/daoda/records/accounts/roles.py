"""Who may do what: one table, pure. A permission missing from a row is refused.

A new page or verb gets its permission here first; `tests/test_roles.py` then asks for the decision
about every role.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a person is here to do. One person has one role at a time."""

    OPERATOR = "operator"
    AGENT = "agent"
    EXPERT = "expert"
    FINANCE = "finance"
    TECHNICAL = "technical"
    SUPPLIER_RELATIONS = "supplier_relations"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """One act, or one kind of thing that can be seen. Written ``noun.verb``."""

    TODAY_SEE = "today.see"
    ORDERS_READ = "orders.read"
    ORDERS_CANCEL = "orders.cancel"
    ORDERS_HOLD = "orders.hold"
    ORDERS_RELEASE = "orders.release"
    ORDERS_DELIVER = "orders.deliver"
    CONTACTS_READ = "contacts.read"
    PERSONS_ERASE = "persons.erase"
    CODES_REVEAL = "codes.reveal"
    STOCK_READ = "stock.read"
    STOCK_IMPORT = "stock.import"
    STOCK_REMOVE = "stock.remove"
    CATALOG_READ = "catalog.read"
    CATALOG_EDIT = "catalog.edit"
    CHANNELS_READ = "channels.read"
    CHANNELS_EDIT = "channels.edit"
    NOTICES_READ = "notices.read"
    NOTICES_MATCH = "notices.match"
    NOTICES_VOUCH = "notices.vouch"
    MONEY_READ = "money.read"
    REFUNDS_OWE = "refunds.owe"
    REFUNDS_PAY = "refunds.pay"
    PROMISES_READ = "promises.read"
    PROMISE_RULES_EDIT = "promise_rules.edit"
    JOURNAL_READ = "journal.read"
    COMPENSATION_READ = "compensation.read"
    COMPENSATION_EDIT = "compensation.edit"
    COMPENSATION_APPROVE = "compensation.approve"
    RISK_READ = "risk.read"
    RISK_EDIT = "risk.edit"
    SUPPLIERS_READ = "suppliers.read"
    SUPPLIERS_EDIT = "suppliers.edit"
    STAFF_READ = "staff.read"
    STAFF_MANAGE = "staff.manage"
    API_KEYS_MANAGE = "api_keys.manage"
    SHOP_EDIT = "shop.edit"
    RECORDS_READ = "records.read"
    REHEARSALS_RUN = "rehearsals.run"


class Scope(StrEnum):
    """What an API key may do. A key without a scope opens nothing."""

    PRODUCTS_READ = "products:read"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    STOCK_READ = "stock:read"
    STOCK_WRITE = "stock:write"
    LEDGER_READ = "ledger:read"
    REFUNDS_READ = "refunds:read"
    REFUNDS_WRITE = "refunds:write"
    SUPPLIERS_READ = "suppliers:read"
    SUPPLIERS_WRITE = "suppliers:write"
    REHEARSALS_RUN = "rehearsals:run"


_P = Permission
_SEE_ORDERS = frozenset({_P.TODAY_SEE, _P.ORDERS_READ, _P.PROMISES_READ, _P.CATALOG_READ})
_HELP_BUYERS = _SEE_ORDERS | {_P.CONTACTS_READ, _P.STOCK_READ, _P.JOURNAL_READ}

# Whoever decides that money is owed does not pay it out, and whoever reads everything for an audit
# changes nothing: the rows of finance, expert and auditor are kept apart for that reason. Matching
# a notice decides no receiver: what nobody can place goes back the way it came. Vouching for one
# books money on a person's word, and goods go out for it: it is for those who read the merchant's
# account, not for those who mend the programs. The operator answers for the shop and holds every
# permission but none in secret: each act is a fact.
ROLE_MAY: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.OPERATOR: frozenset(Permission),
        Role.AGENT: _HELP_BUYERS | {_P.ORDERS_CANCEL, _P.ORDERS_HOLD},
        Role.EXPERT: _HELP_BUYERS
        | {
            _P.ORDERS_CANCEL,
            _P.ORDERS_HOLD,
            _P.ORDERS_DELIVER,
            _P.CODES_REVEAL,
            _P.NOTICES_READ,
            _P.COMPENSATION_READ,
            _P.COMPENSATION_APPROVE,
            _P.REFUNDS_OWE,
        },
        Role.FINANCE: _SEE_ORDERS
        | {
            _P.SUPPLIERS_READ,
            _P.CHANNELS_READ,
            _P.NOTICES_READ,
            _P.NOTICES_MATCH,
            _P.NOTICES_VOUCH,
            _P.COMPENSATION_READ,
            _P.MONEY_READ,
            _P.REFUNDS_PAY,
            _P.JOURNAL_READ,
        },
        Role.TECHNICAL: _SEE_ORDERS
        | {
            _P.SUPPLIERS_READ,
            _P.STOCK_READ,
            _P.CHANNELS_READ,
            _P.CHANNELS_EDIT,
            _P.NOTICES_READ,
            _P.NOTICES_MATCH,
            _P.JOURNAL_READ,
            _P.API_KEYS_MANAGE,
            _P.RECORDS_READ,
            _P.REHEARSALS_RUN,
        },
        Role.SUPPLIER_RELATIONS: _SEE_ORDERS
        | {
            _P.ORDERS_DELIVER,
            _P.STOCK_READ,
            _P.STOCK_IMPORT,
            _P.STOCK_REMOVE,
            _P.SUPPLIERS_READ,
            _P.SUPPLIERS_EDIT,
        },
        Role.REVIEWER: _HELP_BUYERS
        | {
            _P.ORDERS_HOLD,
            _P.ORDERS_RELEASE,
            _P.RISK_READ,
            _P.COMPENSATION_READ,
            _P.COMPENSATION_APPROVE,
            _P.NOTICES_READ,
            _P.REFUNDS_OWE,
        },
        Role.AUDITOR: _SEE_ORDERS
        | {
            _P.SUPPLIERS_READ,
            _P.STOCK_READ,
            _P.CHANNELS_READ,
            _P.NOTICES_READ,
            _P.MONEY_READ,
            _P.JOURNAL_READ,
            _P.RISK_READ,
            _P.COMPENSATION_READ,
            _P.STAFF_READ,
            _P.RECORDS_READ,
        },
    }
)


# Who may look at rows may not look at all of them: what else is asked for, by the app of the row.
RECORDS_ALSO: Mapping[str, Permission] = MappingProxyType(
    {
        "ledger": _P.MONEY_READ,
        "payments": _P.NOTICES_READ,
        "persons": _P.CONTACTS_READ,
        "journal": _P.JOURNAL_READ,
        "accounts": _P.STAFF_READ,
    }
)


def role_may(role: Role, permission: Permission) -> bool:
    return permission in ROLE_MAY[role]
