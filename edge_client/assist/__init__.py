"""What pages ask this device for on the spot: a topic to help with, and an order for what a search found.

Nothing that is kept changes by it.
"""
