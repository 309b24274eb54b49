# SPDX-License-Identifier: AGPL-3.0-or-later
"""Measures Precinct beside nginx on this machine, in one run, and prints a table (also to build/bench.md).

Rounds of the things compared are interleaved and medians taken, since machines are noisy.
"""

import http.client
import json
import os
import pathlib
import platform
import re
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRECINCT = ROOT / ".build/release/precinct"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
STREAMS = 10_000
PAGE = "/@station-0500"
rows = []


def note(what, value, target="", verdict=""):
    rows.append((what, value, target, verdict))
    print(f"{what}: {value}  {('(to reach: ' + target + ')') if target else ''} {verdict}", flush=True)


def verdict(is_met):
    return "met" if is_met else "NOT MET"


def city(folder):
    """A city of 1,000 desks, and an administrator."""
    name = lambda zh, en: {"zh-Hans": zh, "en": en}
    desks = [{"handle": "bureau", "kind": "bureau", "name": name("市公安局", "City Police"), "verified": True}]
    for district in range(9):
        desks.append({"handle": f"district-{district}", "parent": "bureau", "kind": "subbureau",
                      "name": name(f"第{district}分局", f"District {district}")})  # fmt: skip
    for number in range(990):
        desks.append({
            "handle": f"station-{number:04}", "parent": f"district-{number % 9}", "kind": "station",
            "name": name(f"第{number}派出所", f"Station {number}"), "phone": "0000-5550000",
            "hours": name("周一至周五 8:30–17:30", "Mon–Fri 08:30–17:30"), "address": name("某路9号", "9 Some Road"),
            "jurisdiction": name("某社区、某路", "Some neighbourhood and road"),
            "intro": name("户籍、身份证、居住证、治安问题都可以在这里问。\n\n紧急情况请拨打110。", "Ask us here.\n\nIn an emergency call 110."),
            "numbers": [{"number": "110", "need": name("紧急报警", "Emergency")}],
            "places": [{"name": name(f"{number}号社区", f"Neighbourhood {number}"), "kind": "community"}],
        })  # fmt: skip
    people = [{"name": "keeper", "password": "bench bench bench", "pseudonym": "k",
               "duties": [{"desk": "bureau", "role": "administrator", "shiftCode": "K-1"}]}]  # fmt: skip
    path = pathlib.Path(folder) / "city.json"
    path.write_text(json.dumps({"desks": desks, "people": people}))
    subprocess.run([PRECINCT, "desk", "import", path, "--people", "--data", folder], check=True, capture_output=True)


class Server:
    def __init__(self, folder, *options):
        began = time.monotonic()
        self.process = subprocess.Popen(
            [PRECINCT, "serve", "--port", "0", "--data", folder, *options], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if "is ready at" in line:
                self.port = int(re.search(r":(\d+)/", line).group(1))
                break
        urllib.request.urlopen(self.url(PAGE)).read()
        self.first_page = time.monotonic() - began

    def url(self, path=""):
        return f"http://127.0.0.1:{self.port}{path}"

    def resident(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def nginx(folder, page):
    """nginx serving the same bytes as a static file, as one would set it up for speed."""
    root = pathlib.Path(folder) / "nginx"
    root.mkdir()
    (root / "page.html").write_bytes(page)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (root / "nginx.conf").write_text(f"""
        worker_processes auto; daemon off; pid {root}/pid; error_log {root}/error.log;
        {"user root;" if os.geteuid() == 0 else ""}
        events {{ worker_connections 2048; }}
        http {{
            access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000; open_file_cache max=10;
            server {{ listen 127.0.0.1:{port}; root {root}; types {{ text/html html; }} }}
        }}""")
    process = subprocess.Popen(["nginx", "-p", root, "-c", root / "nginx.conf"], stderr=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, f"http://127.0.0.1:{port}/page.html"
        except OSError:
            time.sleep(0.05)


def wrk(url, script=None, connections=64):
    command = ["wrk", "-t2", f"-c{connections}", f"-d{SECONDS}s", *(["-s", script] if script else []), url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in said or script, said
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    assert not failed, said
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1))


def session(server):
    """The cookie of the administrator on duty."""
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    connection = http.client.HTTPConnection("127.0.0.1", server.port)

    def ask(method, path, fields=None, cookie=""):
        connection.request(method, path, urllib.parse.urlencode(fields or {}), {**headers, "Cookie": cookie})
        response = connection.getresponse()
        page = response.read().decode()
        found = re.search(r"session=([^;]+)", " ".join(response.headers.get_all("Set-Cookie") or []))
        return (f"session={found.group(1)}" if found else cookie), page

    cookie, _ = ask("POST", "/sign-in", {"name": "keeper", "password": "bench bench bench"})
    _, page = ask("GET", "/duty", cookie=cookie)
    duty = re.search(r'name="duty" value="(\d+)"', page).group(1)
    return ask("POST", "/duty", {"duty": duty}, cookie)[0]


def write_script(folder, cookie):
    """Each request changes a desk's hours to something new: a session, a right, two rows, a journal entry."""
    path = pathlib.Path(folder) / "write.lua"
    path.write_text(f"""
        local count = 0
        math.randomseed(os.time())
        local run = math.random(1000000000)
        request = function()
            count = count + 1
            return wrk.format("POST", string.format("/@station-%04d/hours", count % 990), {{
                ["Cookie"] = "{cookie}", ["Sec-Fetch-Site"] = "same-origin",
                ["Content-Type"] = "application/x-www-form-urlencoded" }},
                "hours-en=" .. run .. "-" .. count .. "-" .. tostring({{}}):sub(8))
        end""")
    return path


class Readers:
    """Idle live streams, all in this process."""

    def __init__(self, server, count):
        self.selector = selectors.DefaultSelector()
        self.sockets = []
        for number in range(count):
            # Several source addresses, so that ports don't run out.
            stream = socket.create_connection(("127.0.0.1", server.port), source_address=(f"127.0.0.{2 + number % 4}", 0))
            stream.sendall(b"GET /live/events HTTP/1.1\r\nHost: bench\r\nAccept-Language: en\r\n\r\n")
            self.sockets.append(stream)
        for stream in self.sockets:
            assert stream.recv(4096).startswith(b"HTTP/1.1 200")
            stream.setblocking(False)
            self.selector.register(stream, selectors.EVENT_READ)

    def until_all_have(self, mark, began):
        """Seconds until every stream has got the mark."""
        waiting = {stream.fileno() for stream in self.sockets}
        held = {}
        while waiting and time.monotonic() - began < 30:
            for key, _ in self.selector.select(1):
                data = held.get(key.fd, b"") + key.fileobj.recv(65536)
                held[key.fd] = data[-300:]
                if mark in data:
                    waiting.discard(key.fd)
        return time.monotonic() - began, len(waiting)

    def close(self):
        for stream in self.sockets:
            stream.close()


def main():
    folder = tempfile.mkdtemp(prefix="precinct-bench-")
    data = folder + "/data"
    os.makedirs(data)
    city(data)
    processes = []
    try:
        starts = []
        for _ in range(ROUNDS):
            server = Server(data)
            starts.append(server.first_page * 1000)
            server.stop()
        server = Server(data)
        processes.append(server.process)
        time.sleep(2)
        idle = server.resident()
        bare = Server(data, "--page-cache", "0")
        processes.append(bare.process)
        page = urllib.request.urlopen(server.url(PAGE)).read()
        peer, peer_url = nginx(folder, page)
        processes.append(peer)
        script = write_script(folder, session(server))

        rates = {"nginx": [], "cached": [], "uncached": [], "writes": []}
        for _ in range(ROUNDS):
            rates["nginx"].append(wrk(peer_url))
            rates["cached"].append(wrk(server.url(PAGE)))
            rates["uncached"].append(wrk(bare.url(PAGE)))
        bare.stop()
        for _ in range(max(3, ROUNDS - 2)):
            rates["writes"].append(wrk(server.url(), script))
        middle = {name: statistics.median(found) for name, found in rates.items()}

        note("Page", f"{len(page)} bytes, {PAGE}, 1,000 desks")
        note("nginx, static file", f"{middle['nginx']:,.0f} req/s")
        ratio = middle["cached"] / middle["nginx"]
        note("Cached public page", f"{middle['cached']:,.0f} req/s, {ratio:.2f} × nginx", "1.2 × nginx", verdict(ratio >= 1.2))
        share = middle["uncached"] / middle["cached"]
        note("The same page, cache off", f"{middle['uncached']:,.0f} req/s, {share:.3f} × cached",
             "10,000 where cached gives 55,000 (0.182)", verdict(share >= 10 / 55))  # fmt: skip
        note("Durable writes, 64 connections", f"{middle['writes']:,.0f} req/s", "5,000", verdict(middle["writes"] >= 5000))
        note("Start to first page", f"{statistics.median(starts):.0f} ms", "150 ms", verdict(statistics.median(starts) < 150))
        note("Idle memory", f"{idle:.0f} MiB", "60 MiB", verdict(idle < 60))

        fresh = Server(data)
        processes.append(fresh.process)
        wrk(fresh.url(PAGE))
        alone = statistics.median(wrk(fresh.url(PAGE)) for _ in range(3))
        readers = Readers(fresh, STREAMS)
        note(f"Memory with {STREAMS:,} idle live streams", f"{fresh.resident():.0f} MiB", "200 MiB", verdict(fresh.resident() < 200))
        beside = statistics.median(wrk(fresh.url(PAGE)) for _ in range(3))
        note("Cached page beside them", f"{beside:,.0f} req/s, {beside / alone:.2f} × without", "0.5 ×", verdict(beside >= alone / 2))
        cookie = session(fresh)
        spread = []
        for number in range(3):
            connection = http.client.HTTPConnection("127.0.0.1", fresh.port)
            head = json.dumps(number)
            began = time.monotonic()
            connection.request("POST", f"/@station-0{number + 1}00/hours", f"hours-en={time.monotonic_ns()}{head}", {
                "Cookie": cookie, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
            assert connection.getresponse().status == 303
            seconds, missing = readers.until_all_have(f"@station-0{number + 1}00".encode(), began)
            assert missing == 0, f"{missing} readers got nothing"
            spread.append(seconds)
        note("One entry to all of them", f"{statistics.median(spread) * 1000:.0f} ms", "1 s", verdict(statistics.median(spread) < 1))
        readers.close()
        fresh.stop()
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    report()


def report():
    versions = f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = ["| What | Measured | To reach | |", "|---|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    text = f"{versions}; {ROUNDS} rounds of {SECONDS} s, medians\n\n" + "\n".join(lines) + "\n"
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build/bench.md").write_text(text)
    print("\n" + text)


if __name__ == "__main__":
    sys.exit(main())
