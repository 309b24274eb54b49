# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each kind of person does in the running city, in a real browser."""

import json
import random
import urllib.request

import pyotp
from PIL import Image

from conftest import SHOTS, sign_in, take_duty


def register(page, name):
    page.goto("/register")
    page.fill("#f-name", name)
    page.fill("#f-pseudonym", "昵称" + name[-6:])
    page.fill("#f-password", "a fairly long password")
    page.locator("main form button").click()
    page.wait_for_url("**/account")


def fresh_name():
    return f"person{random.randrange(10**9)}"


def test_register_and_sign_in_by_keyboard_alone(browser):
    page = browser(width=360)
    name = fresh_name()
    page.goto("/register")
    page.locator("#f-name").focus()
    for text in (name, "键盘" + name[-6:], "a fairly long password"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
    page.get_by_role("button", name="退出登录").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("/"))
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#f-name").focus()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type("a fairly long password")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")


def test_a_citizen_finds_the_right_station(browser):
    page = browser(width=360)
    page.goto("/")
    page.get_by_role("link", name="找我的派出所").click()
    page.fill("#place", "柳灣橋")  # traditional characters find the simplified name
    page.get_by_role("button", name="查询").click()
    page.get_by_role("link", name="柳园派出所").click()
    assert page.locator(".verified").first.inner_text() == "官方认证"
    assert "周立槐" in page.content() and "由柳湾分局认证" in page.content()


def test_language_is_remembered(browser):
    page = browser()
    page.goto("/desks")
    page.get_by_role("button", name="English").click()
    assert page.url.endswith("/desks")
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").inner_text() == "How can we help you?"


def test_password_sessions_export_and_deletion(browser):
    here, there = browser(), browser()
    name = fresh_name()
    register(here, name)
    sign_in(there, name, "a fairly long password")
    there.wait_for_url("**/account")
    here.goto("/account")
    here.get_by_role("button", name="结束登录", exact=True).click()
    there.goto("/account")
    assert "/sign-in" in there.url
    here.goto("/account/password")
    here.fill("#f-old-password", "wrong")
    here.fill("#f-new-password", "another long password")
    here.locator("main form button").click()
    assert "密码不对" in here.content()
    here.fill("#f-old-password", "a fairly long password")
    here.fill("#f-new-password", "another long password")
    here.locator("main form button").click()
    here.wait_for_url("**/account")
    with here.expect_download() as download:
        here.get_by_role("link", name="下载我的数据").click()
    data = json.loads(open(download.value.path()).read())
    assert data["name"] == name and len(data["sessions"]) == 1
    here.goto("/account/delete")
    here.fill("#f-password", "another long password")
    here.locator("main form button").click()
    assert "您的账号已注销" in here.content()
    sign_in(here, name, "another long password")
    assert "登录名或密码不正确" in here.content()


def test_second_factor_and_recovery_code(browser):
    page = browser()
    name = fresh_name()
    register(page, name)
    page.goto("/account/second-factor")
    assert page.locator(".qr-code").is_visible()
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.fill("#f-code", pyotp.TOTP(secret).now())
    page.locator("main form button").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    other = browser()
    sign_in(other, name, "a fairly long password")
    other.wait_for_url("**/sign-in/code")
    other.fill("#f-code", "000000")
    other.locator("main form button").click()
    assert "验证码不对" in other.content()
    other.fill("#f-code", codes[0])
    other.locator("main form button").click()
    other.wait_for_url("**/account")
    assert "已开启" in other.content()


def test_an_edit_is_public_at_once_and_in_the_live_record(browser):
    watcher, keeper, reader = browser(), browser(), browser(width=360)
    watcher.goto("/live")
    watcher.wait_for_selector("#live-state.open")
    reader.goto("/@hubin")
    take_duty(keeper, "hudong-gl")
    keeper.goto("/@hubin/edit")
    hours = f"每天 {random.randrange(10, 24)} 点前"
    keeper.fill("#f-hours-zh-Hans", hours)
    keeper.get_by_role("button", name="保存并公开").click()
    assert hours in keeper.content() and "已保存" in keeper.content()
    reader.reload()
    assert hours in reader.content()
    watcher.wait_for_selector("#live li.new >> text=湖滨派出所")
    assert "更新了单位主页" in watcher.locator("#live li").first.inner_text()


def test_a_picture_goes_onto_the_page(browser, tmp_path):
    Image.effect_noise((900, 600), 60).convert("RGB").save(tmp_path / "road.jpg")
    (tmp_path / "lie.png").write_text("<svg/>")
    page = browser()
    take_duty(page, "hudong-gl")
    page.goto("/@hudong/edit")
    page.set_input_files("#f-picture", tmp_path / "lie.png")
    page.fill("#f-alt", "说明")
    page.get_by_role("button", name="添加图片").click()
    assert "这不是 JPEG、PNG 或 WebP 图片" in page.content()
    page.set_input_files("#f-picture", tmp_path / "road.jpg")
    page.fill("#f-alt", "湖东路积水路段")
    page.get_by_role("button", name="添加图片").click()
    page.goto("/@hudong")
    picture = page.get_by_alt_text("湖东路积水路段")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.desk-picture').naturalWidth > 0")
    page.goto("/@hudong/edit")
    page.get_by_role("button", name="删除图片").click()
    page.goto("/@hudong")
    assert page.locator(".desk-picture").count() == 0


def test_child_desk_vouching_and_appointment(browser):
    citizen, keeper, public = browser(), browser(), browser()
    name = fresh_name()
    register(citizen, name)
    take_duty(keeper, "hudong-gl")
    handle = f"new-{random.randrange(10**6)}"
    keeper.goto("/@hudong/children")
    keeper.fill("#f-handle", handle)
    keeper.fill("#f-name-zh-Hans", "新建派出所")
    keeper.get_by_role("button", name="新建单位").click()
    public.goto(f"/@{handle}")
    assert "尚未经上级单位认证" in public.content()
    keeper.goto("/@hudong/children")
    row = keeper.locator(f"li:has-text('@{handle}')")
    row.get_by_role("button", name="认证").click()
    row.get_by_role("button", name="正式开通").click()
    public.reload()
    assert "由湖东分局认证" in public.content()
    keeper.goto(f"/@{handle}/people")
    keeper.fill("#f-person", name)
    keeper.fill("#f-shift", "XJ-01")
    keeper.locator("section form button").click()
    public.reload()
    assert "值班编号 XJ-01" in public.content()
    assert name not in public.content()
    citizen.goto("/duty")
    citizen.locator("main form button").click()
    assert citizen.url.endswith(f"/@{handle}/work")
    keeper.get_by_role("button", name="免去岗位").click()
    citizen.reload()
    assert citizen.locator("h1").inner_text() in ("您没有相应权限", "当前岗位不能进行此操作")


def test_operator_changes_the_city(browser):
    page, reader = browser(), browser()
    take_duty(page, "yunwei")
    assert page.url.endswith("/city")
    page.fill("#f-colour", "#ffff00")
    page.get_by_role("button", name="保存设置").click()
    assert "这个颜色在白色背景上看不清" in page.content()
    page.fill("#f-colour", "#5a1e6e")
    page.get_by_role("button", name="保存设置").click()
    assert "设置已保存" in page.content()
    reader.goto("/")
    assert reader.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--police').trim()") == "#5a1e6e"
    page.fill("#f-colour", "#12428a")
    page.get_by_role("button", name="保存设置").click()


def test_everything_works_without_scripts(browser):
    page = browser(java_script_enabled=False)
    take_duty(page, "hudong-gl")
    page.goto("/@hudong/edit")
    page.fill("#f-phone", "0000-7654321")
    page.get_by_role("button", name="保存并公开").click()
    assert "0000-7654321" in page.content()
    page.goto("/live")
    assert page.locator("#live li").count() > 5
    assert "刷新页面可查看最新记录" in page.content()


def test_a_returning_reader_of_the_stream_misses_nothing(browser, demo):
    page = browser()
    take_duty(page, "hudong-gl")
    page.goto("/live")
    last = int(page.locator("#live").get_attribute("data-last"))
    for number in range(3):
        page.goto("/@dongli/edit")
        page.fill("#f-hours-zh-Hans", f"全天 {random.random()}")
        page.get_by_role("button", name="保存并公开").click()
    request = urllib.request.Request(demo.url + "/live/events", headers={"Last-Event-ID": str(last)})
    ids = []
    with urllib.request.urlopen(request, timeout=20) as stream:
        while len(ids) < 3:
            line = stream.readline().decode()
            if line.startswith("id: "):
                ids.append(int(line[4:]))
    assert ids == [last + 1, last + 2, last + 3]


def test_screenshot_of_the_first_screen(browser):
    page = browser(width=1280)
    page.goto("/")
    page.screenshot(path=SHOTS / "first-screen.png")
    assert page.locator("h1").inner_text() == "有什么可以帮您？"
