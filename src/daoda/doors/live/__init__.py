"""The live door: server-sent events that tell an open page its order has changed.

One tail of the journal per process, fanned out to the viewers; an idle viewer costs memory and
a heartbeat, no query. An event says that something changed, the page then asks for itself: so a
viewer sees nothing here that it may not see there.
Facts answered: those about orders.
"""
