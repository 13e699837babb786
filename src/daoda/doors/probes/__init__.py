"""The door for machines that watch: is it alive, is it ready, what does it count.

Lean ASGI, so that it answers when every page thread is busy. /metrics is for this machine only:
what a shop sells is nobody else's business. Behind proxies nobody gets it.
"""
