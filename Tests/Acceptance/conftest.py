# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real server and a real browser for the acceptance tests."""

import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRECINCT = ROOT / ".build/release/precinct"
SHOTS = ROOT / "build/screenshots"


class Server:
    """One `precinct` process, started as an operator would start it."""

    def __init__(self, command="demo", folder=None, *options, under=()):
        self.folder = folder or tempfile.mkdtemp(prefix="precinct-")
        self.process = subprocess.Popen(
            [*under, str(PRECINCT), command, "--port", "0", "--data", self.folder, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = []
        for line in self.process.stdout:
            self.output.append(line)
            if "is ready at " in line:
                self.url = line.split("is ready at ")[1].strip().rstrip("/")
                return
        raise RuntimeError("precinct did not start:\n" + "".join(self.output))

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        rest = self.process.stdout.read()
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        return code, rest


@pytest.fixture(scope="session")
def demo():
    server = Server()
    yield server
    code, _ = server.stop()
    shutil.rmtree(server.folder)
    assert code == 0


@pytest.fixture(scope="session")
def chromium():
    SHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium, demo):
    """Makes browsing contexts: language, colours, width."""
    contexts = []

    def make(language="zh-CN", scheme="light", width=1280, **more):
        context = chromium.new_context(
            base_url=demo.url, locale=language, color_scheme=scheme, viewport={"width": width, "height": 800}, **more
        )
        context.set_default_timeout(15000)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def sign_in(page, name, password=None):
    page.goto("/sign-in")
    page.fill("#f-name", name)
    page.fill("#f-password", password or "qingquan-" + name)
    page.locator("main .narrow button.button").click()


def take_duty(page, name, number=0):
    sign_in(page, name)
    page.goto("/duty")
    page.locator("main form button").nth(number).click()
