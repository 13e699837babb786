"""The buyer's addresses. Acts are nouns one creates."""

from __future__ import annotations

from django.urls import path

from daoda.doors.web.buyer.views import checkout, finding, order, paying, shelf

app_name = "buyer"
urlpatterns = [
    path("", shelf.front, name="front"),
    path("p/<slug:slug>", shelf.product, name="product"),
    path("checkout", checkout.details, name="checkout"),
    path("checkout/changes", checkout.changes, name="changes"),
    path("orders", checkout.placing, name="orders"),
    path("find", finding.find, name="find"),
    path("o/<str:handle>", order.order, name="order"),
    path("o/<str:handle>/cancellation", order.cancellation, name="cancellation"),
    path("o/<str:handle>/choice", order.choice, name="choice"),
    path("o/<str:handle>/payee", order.payee, name="payee"),
    path("o/<str:handle>/codes/reveal", order.reveal_all, name="reveal_all"),
    path("o/<str:handle>/codes/<int:position>/reveal", order.reveal, name="reveal"),
    path("o/<str:handle>/payment", paying.payment, name="payment"),
    path("o/<str:handle>/payment/claim", paying.claim, name="claim"),
    path("o/<str:handle>/back", paying.back, name="back"),
    path("o/<str:handle>/payments", paying.payments_of_order, name="payments"),
]
