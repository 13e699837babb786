"""Suppliers: who sells us what our buyers want, at which price, and how they are asked."""
