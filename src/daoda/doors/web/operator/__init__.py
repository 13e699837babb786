"""The operator's desk: everything staff see of the shop, and every act they may do.

Pages under ``/desk/``, each guarded by one permission (``staff.gate``); an act is a POST to a noun
and calls one verb of the package that owns the row. Settings of the shop itself are changed here,
because the journal stands above ``shops`` and the fact has to be written beside them.
Facts written: shop.configured.
"""
