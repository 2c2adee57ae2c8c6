"""The published city and citizens at a real browser, for every module of this suite."""

from __future__ import annotations

from tests.support.alert_pages import quiet_city
from tests.support.browser import chromium, new_citizen
from tests.support.playing import city

__all__ = ["chromium", "city", "new_citizen", "quiet_city"]
