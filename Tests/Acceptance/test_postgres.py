# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same city over PostgreSQL: served by two processes, stopped, copied and put back."""

import os
import urllib.request

import pytest

from conftest import Server
from test_durability import Writers, sign_in
from test_shell import run

URL = os.environ.get("PRECINCT_TEST_POSTGRES")
pytestmark = pytest.mark.skipif(not URL, reason="no PostgreSQL: run by make acceptance")


def hours(server, text):
    """Asks until the page shows a text: the other process is woken, not asked."""
    for _ in range(200):
        if text in urllib.request.urlopen(server.url + "/@hubin").read().decode():
            return True
    return False


def test_two_processes_serve_one_city(tmp_path):
    folder, copy = str(tmp_path / "city"), str(tmp_path / "copy")
    first = Server("demo", folder, "--database", URL)
    second = Server("demo", folder, "--database", URL)
    cookie = sign_in(first.port)
    assert not hours(second, "nowhere to be seen")
    stream = urllib.request.urlopen(second.url + "/live/events", timeout=30)
    writers = Writers(first.port, cookie, threads=4, stop_at=40)
    assert writers.reached.wait(60)
    writers.join()
    assert writers.statuses == {303} and writers.lost == 0
    while b"event: entry" not in stream.readline():
        pass
    stream.close()
    assert "@hubin" in urllib.request.urlopen(second.url + "/live").read().decode()
    assert "chain holds" in run("doctor", "--data", folder, "--database", URL)
    run("backup", copy, "--data", folder, "--database", URL)
    assert first.stop()[0] == 0 and second.stop()[0] == 0
    run("desk", "add", "gone", "将被覆盖", "--parent", "qingquan", "--data", folder, "--database", URL)
    run("restore", copy, "--data", folder, "--database", URL)
    third = Server("demo", folder, "--database", URL)
    page = urllib.request.urlopen(third.url + "/desks").read().decode()
    assert "湖滨派出所" in page and "将被覆盖" not in page
    third.stop()


def test_a_lost_server_is_told_and_found_again(tmp_path):
    said = run("serve", "--data", str(tmp_path), "--database", "postgresql://127.0.0.1:1/none", code=1)
    assert "can't be reached" in said
