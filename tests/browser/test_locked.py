"""A gallery that needs a login, in a browser: the way in, and a session that ends meanwhile."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.driver import log_in, titles


@pytest.fixture(autouse=True)
def locked(settings: Any, six: Any) -> None:
    settings.LOGIN_REQUIRED = True


def test_the_login_page_stands_alone_and_leads_back(page: Page, uploader: User) -> None:
    log_in(page, "uploader", path="/search/?q=land", then="**/search/?q=land")
    titles(page, ["Meadow", "Lake", "Heather"])


def test_a_session_that_ends_meanwhile_leads_to_the_login_and_back(page: Page, uploader: User) -> None:
    log_in(page, "uploader", path="/status/", then="**/status/")
    page.context.clear_cookies()
    with page.expect_response("**/login/**"):
        page.locator("#q").press_sequentially("la")
    expect(page.locator("#suggestions")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/login/\?next=/search/%3Fq%3Dla$"))
    expect(page.locator("nav, script")).to_have_count(0)
