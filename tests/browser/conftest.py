"""A real Chromium, signed in as whom a test asks for."""

import os

import pytest
from expecting import STILL

import site_under_test

pytest_configure = site_under_test.pytest_configure
# Playwright keeps an event loop in this thread; Django would refuse the database beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
PATIENCE = 120_000
"""Milliseconds until a page that does not come is a fault, on a machine with much else to do."""


@pytest.fixture
def open_page(chromium, live_server, sign_in):
    """`open_page("/path", user, phone=True)` opens a page and watches its console."""
    contexts, complaints = [], []

    def opened(path="/", user=None, *, phone=False, **options):
        size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        context = chromium.new_context(
            viewport=size, base_url=live_server.url, **(STILL | {"locale": "en-US"} | options)
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if user:
            session = sign_in(user).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: line.type == "error" and complaints.append(line.text))
        page.goto(path)
        return page

    yield opened
    said = list(complaints)  # what is under way is broken off by closing, which is no complaint
    for context in contexts:
        context.close()
    assert said == []
