"""The documentation page of the API works under the site's content security policy."""

import pytest
from expecting import expect

pytestmark = pytest.mark.browser


def test_try_an_address_out(open_page, erin):
    page = open_page("/api/v1/docs", erin)
    page.locator("#operations-Service-get_me").get_by_role("button").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(
        page.locator(".live-responses-table .response td.response-col_description")
    ).to_contain_text('"username": "erin"')
