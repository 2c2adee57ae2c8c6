"""Sends what was ordered of the publisher and never came to anything, until something did."""
