# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator does at the shell."""

import json
import os
import sqlite3
import subprocess
import urllib.request

import pytest

from conftest import PRECINCT, Server

COMMANDS = [
    "serve", "demo", "migrate", "person add", "person reset-password", "desk add", "desk import", "backup", "restore",
    "doctor",
]  # fmt: skip


def run(*words, stdin="", code=0):
    done = subprocess.run([str(PRECINCT), *words], input=stdin, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_every_command_explains_itself():
    overview = run("--help")
    for command in COMMANDS:
        assert command in overview
        assert run(*command.split(), "--help").startswith(f"Usage: precinct {command}")


@pytest.mark.parametrize(
    "words,code",
    [
        (["dance"], 64), (["serve", "--prot", "1"], 64), (["serve", "--port", "x"], 64), (["serve", "--port"], 64),
        (["desk", "add", "x"], 64), (["desk", "add", "A!", "x"], 64), (["desk", "import", "/nowhere.json"], 1),
        (["backup", "/tmp/x", "--data", "/nowhere"], 1), (["restore", "/etc/passwd", "--data", "NEW"], 1),
        (["demo", "--bind", "0.0.0.0"], 64), (["serve", "--bind", "not-an-address", "--data", "NEW"], 1),
        (["migrate", "--database", "postgresql://127.0.0.1:1/none", "--data", "NEW"], 1),
    ],
)  # fmt: skip
def test_a_mistake_is_one_clear_line(tmp_path, words, code):
    words = [str(tmp_path / "new") if word == "NEW" else word for word in words]
    said = run(*words, code=code).strip().splitlines()
    assert said[-1].startswith("precinct: ") and "Error" not in said[-1] and len(said) <= 2


def test_a_port_in_use_is_told(tmp_path, demo):
    said = run("serve", "--data", str(tmp_path), "--port", str(demo.port), code=1)
    assert "in use" in said



def test_setting_a_city_up_by_hand(tmp_path):
    where = ["--data", str(tmp_path / "city")]
    assert "steps" in run("migrate", *where)
    assert "up to date" in run("migrate", *where)
    run("desk", "add", "bureau", "某市公安局", "--name-en", "City Police", *where)
    run("desk", "add", "north", "城北派出所", "--parent", "bureau", *where)
    assert "taken" in run("desk", "add", "north", "又一个", "--parent", "bureau", *where, code=1)
    assert "no such" in run("desk", "add", "south", "城南", "--parent", "nowhere", *where, code=1)
    run("person", "add", "chief", "--administrator", "bureau", "--operator", *where, stdin="a long enough password\n")
    assert "taken" in run("person", "add", "Chief", *where, stdin="a long enough password\n", code=1)
    assert "guessed" in run("person", "add", "two", *where, stdin="password123\n", code=1)
    assert "sessions have ended" in run("person", "reset-password", "chief", *where, stdin="another good password\n")
    said = run("doctor", *where)
    assert "BAD" not in said and "the chain holds" in said
    server = Server("serve", str(tmp_path / "city"))
    assert "城北派出所" in urllib.request.urlopen(server.url + "/desks").read().decode()
    assert server.stop()[0] == 0


def test_shell_and_server_at_once(tmp_path):
    folder = str(tmp_path / "city")
    run("desk", "add", "bureau", "某市公安局", "--data", folder)
    server = Server("serve", folder)
    assert "某市公安局" in urllib.request.urlopen(server.url + "/").read().decode()
    stream = urllib.request.urlopen(server.url + "/live/events", timeout=20)
    run("desk", "add", "north", "城北派出所", "--parent", "bureau", "--data", folder)
    while b"entry" not in stream.readline():
        pass
    stream.close()
    for attempt in range(100):
        if "城北派出所" in urllib.request.urlopen(server.url + "/").read().decode():
            break
    else:
        raise AssertionError("the kept page never learned of the shell's new desk")
    server.stop()


def test_backup_and_restore(tmp_path):
    folder, copy = tmp_path / "city", tmp_path / "copy"
    run("desk", "add", "bureau", "某市公安局", "--data", str(folder))
    run("person", "add", "chief", "--operator", "--data", str(folder), stdin="a long enough password\n")
    server = Server("serve", str(folder))
    assert "Keep a copy of" in run("backup", str(copy), "--data", str(folder))
    server.stop()
    assert sqlite3.connect(copy).execute("PRAGMA integrity_check").fetchone() == ("ok",)
    back = tmp_path / "back"
    assert "Restored" in run("restore", str(copy), "--data", str(back))
    assert "empty folder" in run("restore", str(copy), "--data", str(back), code=1)
    (back / "city.key").write_bytes((folder / "city.key").read_bytes())
    os.chmod(back / "city.key", 0o600)
    assert "BAD" not in run("doctor", "--data", str(back))
    server = Server("serve", str(back))
    assert "某市公安局" in urllib.request.urlopen(server.url + "/desks").read().decode()
    server.stop()


def test_doctor_finds_what_is_wrong(tmp_path):
    folder = tmp_path / "city"
    run("desk", "add", "bureau", "某市公安局", "--data", str(folder))
    # The doctor looks from outside, where this machine's own address must not count.
    assert "is not public" in run("doctor", "--data", str(folder), "--site", "http://127.0.0.1:1", code=1)
    os.chmod(folder / "city.key", 0o644)
    assert "chmod 600" in run("doctor", "--data", str(folder), code=1)
    os.chmod(folder / "city.key", 0o600)
    with sqlite3.connect(folder / "precinct.db") as database:
        database.execute("UPDATE journal SET facts = '{\"a\":\"b\"}' WHERE sequence = 1")
    assert "the chain breaks at entry 1" in run("doctor", "--data", str(folder), code=1)


def test_import_says_what_is_wrong_with_a_file(tmp_path):
    for name, content, word in [
        ("syntax", "{", "form"),
        ("missing", json.dumps({"desks": [{"handle": "a1"}]}), "missing"),
        ("handle", json.dumps({"desks": [{"handle": "A B", "kind": "bureau", "name": {"en": "x"}}]}), "handle"),
    ]:
        path = tmp_path / name
        path.write_text(content)
        assert word in run("desk", "import", str(path), "--data", str(tmp_path / "city"), code=1)
