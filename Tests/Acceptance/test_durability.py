# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nothing acknowledged is lost: not at kill -9, not on a full disk, not at a stop under load."""

import concurrent.futures
import http.client
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.parse

import pytest

from conftest import Server

HEADERS = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


def sign_in(port):
    """The session cookie of an administrator on duty."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def post(path, fields, cookie=""):
        connection.request("POST", path, urllib.parse.urlencode(fields), {**HEADERS, "Cookie": cookie})
        response = connection.getresponse()
        response.read()
        session = re.search(r"session=([^;]+)", " ".join(response.headers.get_all("Set-Cookie") or []))
        return f"session={session.group(1)}" if session else cookie

    cookie = post("/sign-in", {"name": "hudong-gl", "password": "qingquan-hudong-gl"})
    connection.request("GET", "/duty", headers={"Cookie": cookie})
    page = connection.getresponse().read().decode()
    duty = re.search(r'name="duty" value="(\d+)"', page).group(1)
    return post("/duty", {"duty": duty}, cookie)


class Writers:
    """Many writers that edit hours as fast as they can, and remember what was acknowledged."""

    def __init__(self, port, cookie, threads=8, stop_at=None):
        self.acknowledged = []
        self.refused = 0
        self.lost = 0
        self.statuses = set()
        self.running = True
        self.reached = threading.Event()
        self.stop_at = stop_at
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.write, args=(port, cookie, n)) for n in range(threads)]
        self.mark = f"{os.getpid()}-{time.monotonic_ns()}"
        for thread in self.threads:
            thread.start()

    def write(self, port, cookie, number):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        count = 0
        while self.running:
            count += 1
            text = f"{self.mark}-{number}-{count} " + "时" * 100
            body = urllib.parse.urlencode({"hours-zh-Hans": text})
            try:
                connection.request("POST", "/@hubin/hours", body, {**HEADERS, "Cookie": cookie})
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException):
                self.lost += 1
                return
            with self.lock:
                self.statuses.add(response.status)
                if response.status == 303:
                    self.acknowledged.append(text)
                else:
                    self.refused += 1
                if self.stop_at and len(self.acknowledged) >= self.stop_at or self.refused > 50:
                    self.reached.set()
            if response.getheader("Connection") == "close":
                return

    def join(self):
        self.running = False
        for thread in self.threads:
            thread.join()


def found(folder):
    """Every wording that the database holds."""
    with sqlite3.connect(f"{folder}/precinct.db") as database:
        rows = database.execute("SELECT text FROM desk_version").fetchall()
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return "\n".join(row[0] for row in rows)


def assert_kept(folder, acknowledged):
    kept = set(re.findall(r"\d+-\d+-\d+-\d+", found(folder)))
    missing = [text for text in acknowledged if text.split(" ")[0] not in kept]
    assert not missing, f"{len(missing)} of {len(acknowledged)} acknowledged writes are gone"


def test_kill_at_any_moment(tmp_path):
    folder = str(tmp_path / "city")
    acknowledged = []
    for round_number in range(12):
        server = Server("demo", folder)
        writers = Writers(server.port, sign_in(server.port), stop_at=30 + 41 * round_number % 97)
        assert writers.reached.wait(60)
        server.kill()
        writers.join()
        acknowledged += writers.acknowledged
    assert len(acknowledged) > 500
    assert_kept(folder, acknowledged)
    server = Server("demo", folder)
    assert server.stop()[0] == 0


def test_a_stop_under_load_loses_no_request(tmp_path):
    folder = str(tmp_path / "city")
    server = Server("demo", folder)
    writers = Writers(server.port, sign_in(server.port), threads=16, stop_at=300)
    assert writers.reached.wait(60)
    code, _ = server.stop()
    writers.join()
    assert code == 0 and writers.lost == 0 and writers.statuses == {303}
    assert_kept(folder, writers.acknowledged)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
def test_a_full_disk_loses_nothing_acknowledged(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        server = Server("demo", str(disk / "city"))
        writers = Writers(server.port, sign_in(server.port))
        assert writers.reached.wait(120)
        writers.join()
        assert 503 in writers.statuses and writers.statuses <= {303, 503}
        # Reading goes on, and the log says what is wrong.
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/@hubin")
        assert connection.getresponse().status == 200
        server.kill()
        shutil.copytree(disk / "city", tmp_path / "copy")
        assert_kept(tmp_path / "copy", writers.acknowledged)
        assert len(writers.acknowledged) > 20
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_database_held_by_another_answers_503_and_goes_on(tmp_path):
    folder = str(tmp_path / "city")
    server = Server("demo", folder)
    cookie = sign_in(server.port)
    holder = sqlite3.connect(f"{folder}/precinct.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    body = urllib.parse.urlencode({"hours-zh-Hans": "全天候"})
    connection.request("POST", "/@hubin/hours", body, {**HEADERS, "Cookie": cookie, "Accept-Language": "zh"})
    response = connection.getresponse()
    page = response.read().decode()
    assert response.status == 503 and response.getheader("Retry-After")
    assert "系统暂时繁忙" in page and 'value="全天候"' in page
    holder.execute("ROLLBACK")
    connection.request("POST", "/@hubin/hours", body, {**HEADERS, "Cookie": cookie})
    assert connection.getresponse().status == 303
    server.stop()


def test_a_client_that_trickles_is_cut(demo):
    with socket.create_connection(("127.0.0.1", demo.port)) as client:
        client.settimeout(0.5)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        began = time.monotonic()
        while time.monotonic() - began < 60:
            try:
                client.sendall(b"y")
                if client.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return
        raise AssertionError("the client was never cut")


def test_readers_and_writers_at_once_see_whole_pages(demo):
    cookie = sign_in(demo.port)
    writers = Writers(demo.port, cookie, threads=4, stop_at=200)

    def read(_):
        connection = http.client.HTTPConnection("127.0.0.1", demo.port, timeout=30)
        for _ in range(100):
            connection.request("GET", "/@hubin")
            page = connection.getresponse().read().decode()
            assert page.rstrip().endswith("</html>")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(read, range(4)))
    assert writers.reached.wait(60)
    writers.join()
    assert writers.statuses == {303}
