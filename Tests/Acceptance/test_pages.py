# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every page in both languages, light and dark, on a phone and on a desk: readable by everyone, and no wider than
the screen."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from conftest import SHOTS, sign_in, take_duty

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]

PUBLIC = {
    "home": "/",
    "desks": "/desks",
    "desk": "/@hudong",
    "desk-trial": "/@xincheng-traffic",
    "desk-closed": "/@baiyun",
    "history": "/@hudong/history",
    "search": "/search?q=交警",
    "search-nothing": "/search?q=xyzzy",
    "stations": "/stations?place=柳园",
    "live": "/live",
    "register": "/register",
    "sign-in": "/sign-in",
    "not-found": "/nowhere",
}
OWN = {
    "account": "/account",
    "password": "/account/password",
    "second-factor": "/account/second-factor",
    "delete": "/account/delete",
}
STAFF = {
    "duty": "/duty",
    "work": "/@qingquan/work",
    "edit": "/@qingquan/edit",
    "children": "/@qingquan/children",
    "people": "/@qingquan/people",
    "forbidden": "/city",
}
OPERATOR = {"city": "/city"}

LOOKS = [
    (language, scheme, width) for language in ("zh-CN", "en") for scheme in ("light", "dark") for width in (360, 1280)
]


def look(page, name, path, look_name):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path)
    page.screenshot(path=SHOTS / f"{name}-{look_name}.png", full_page=True)
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert not found, [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than the screen"
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") in ("zh-Hans", "en")
    # A piece of HTML that was taken for text shows its tags.
    assert not re.search(r"&lt;/?(form|p|a|li|span|button)\b", page.content())
    assert not errors


@pytest.mark.parametrize("language,scheme,width", LOOKS)
def test_public_pages(browser, language, scheme, width):
    page = browser(language, scheme, width)
    for name, path in PUBLIC.items():
        look(page, name, path, f"{language}-{scheme}-{width}")


@pytest.mark.parametrize("language,scheme,width", LOOKS)
def test_own_and_staff_pages(browser, language, scheme, width):
    page = browser(language, scheme, width)
    sign_in(page, "shimin")
    for name, path in OWN.items():
        look(page, name, path, f"{language}-{scheme}-{width}")
    staff = browser(language, scheme, width)
    take_duty(staff, "guanli")
    for name, path in STAFF.items():
        look(staff, name, path, f"{language}-{scheme}-{width}")
    operator = browser(language, scheme, width)
    take_duty(operator, "yunwei")
    for name, path in OPERATOR.items():
        look(operator, name, path, f"{language}-{scheme}-{width}")


def test_no_page_is_wider_than_the_smallest_phone(browser):
    page = browser(width=320)
    take_duty(page, "guanli")
    for path in [*PUBLIC.values(), *OWN.values(), *STAFF.values()]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_forms_with_mistakes(browser):
    page = browser(width=360)
    page.goto("/register")
    page.fill("#f-name", "x")
    page.locator("main form button").click()
    look_at = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert not look_at
    assert page.locator(".summary a").first.get_attribute("href") == "#f-name"
    assert page.input_value("#f-name") == "x"
