"""Who has it, in words a waiting person understands; never "the system"."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MACHINES = {
    "orders": gettext_lazy("Automatic order desk"),
    "settle": gettext_lazy("Automatic booking"),
    "confirm": gettext_lazy("Automatic payment check"),
    "fulfilment": gettext_lazy("Automatic delivery"),
    "stock": gettext_lazy("Automatic stock keeping"),
    "stock_import": gettext_lazy("Automatic stock import"),
    "rehearsals": gettext_lazy("Automatic rehearsal"),
}
DEPARTMENTS = {
    "technical": gettext_lazy("Technical department"),
    "finance": gettext_lazy("Finance department"),
    "supplier": gettext_lazy("Supplier relations"),
    "risk": gettext_lazy("Risk department"),
    "operations": gettext_lazy("Operations department"),
}


def words(text: str, *, staff: Mapping[str, str] | None = None) -> str:
    """Owner text ("department:finance") in words.

    `staff` maps an agent's id (hex) to the name and work number shown; without it an agent is
    called an agent, which names no one: pages that know the agent pass it.
    """
    kind, _sep, name = text.partition(":")
    if kind == "buyer":
        return _("You")
    if kind == "machine":
        return str(MACHINES.get(name, _("Automatic handling")))
    if kind == "department":
        return str(DEPARTMENTS.get(name, _("Shop staff")))
    if kind == "staff":
        return (staff or {}).get(name) or _("A shop agent")
    return _("Shop staff")
