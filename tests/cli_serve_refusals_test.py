#!/usr/bin/env python3
"""Whom `mouthpiece serve` refuses, and how: strangers, those without a token, those who are too many."""

import json
import socket
import tempfile
import time
import unittest

import program
from cli_serve_test import BAD_INPUT, DEMO, SPEECH, Serving, tone
from live_client import VIDEO, Server, Socket
from program import run


class OneAfterTheOther(unittest.TestCase):
    def finished(self, client, count):
        end = time.monotonic() + 30
        while len(client.told("finished")) < count:
            self.assertLess(time.monotonic(), end, client.texts)
            time.sleep(0.002)
        return client.told("finished")[count - 1]

    def test_speak_where_there_is_room_for_one(self):
        with Server(DEMO, "--threads", "1") as server, Socket(server, server.open()) as one, \
                Socket(server, server.open()) as two, one.reading(), two.reading():
            for number in range(3):  # as soon as the other is told that it has finished
                for client in (one, two):
                    client.speak(f"u{number}", tone(0.2), 24000)
                    self.assertFalse(self.finished(client, number + 1)["interrupted"], client.texts)


class Strangers(Serving):
    def test_say_who_they_are_first(self):
        session = self.server.open()
        for first in ({"type": "ping", "t": 1}, {"type": "hello", "token": "x" * 64}, {"type": "hello"}):
            with self.subTest(first=first), Socket(self.server, session, hello=False) as client:
                client.say(**first)
                client.receive(5)
                self.assertEqual(client.closed[0], 1008)
                self.assertFalse(client.packets)

    def test_messages_that_are_none_end_that_connection_alone(self):
        session = self.server.open()
        with Socket(self.server, session) as other, other.reading():
            for kind, payload in [(1, b"{"), (1, b"[]"), (1, b'{"type":"dance"}'), (1, b"\xff\xfe"), (1, b"[" * 30000),
                                  (2, b""), (2, b"x" * 10), (2, b"\x02" + bytes(23)), (2, b"\x10" + bytes(24)),
                                  (2, bytes(70000)), (1, b'{"type":"hello","token":""}')]:
                with self.subTest(payload=payload[:30]), Socket(self.server, session) as client:
                    client.wait_for("ready")
                    client.send(kind, payload)
                    client.receive(20)
                    self.assertIsNotNone(client.closed)
                    self.assertIn(client.closed[0], (1007, 1008, 1009))
            self.assertIsNone(other.closed)
            other.say(type="ping", t=1)
            end = time.monotonic() + 20
            while not other.told("pong"):
                self.assertLess(time.monotonic(), end)
                time.sleep(0.02)

    def test_of_other_origins_are_refused(self):
        evil = {"Origin": "http://evil.example"}
        self.assertEqual(self.server.request("POST", "/v1/sessions", {}, **evil)[0], 403)
        self.assertEqual(self.server.request("GET", "/v1/avatars", Host="evil.example")[0], 403)
        own = {"Origin": f"http://127.0.0.1:{self.server.port}"}
        status, headers, _ = self.server.request("GET", "/v1/avatars", **own)
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (200, own["Origin"]))
        with Socket(self.server, self.server.open(), **evil) as client:
            self.assertEqual(client.status, 403)

    def test_that_say_nothing_are_let_go(self):
        with socket.create_connection((self.server.host, self.server.port)) as silent:
            silent.settimeout(30)
            self.assertEqual(silent.recv(100), b"")

    def test_that_vanish_are_noticed(self):
        session = self.server.open()
        path = f"/v1/sessions/{session['id']}"
        with Socket(self.server, session) as client:
            client.wait_for("ready")
            begin = time.monotonic()
            while json.loads(self.server.request("GET", path, token=session["token"])[2])["viewers"] > 0:
                self.assertLess(time.monotonic() - begin, 10, "it neither reads nor answers pings")
                time.sleep(0.1)
        with Socket(self.server, session) as client:
            client.wait_for("ready")
            self.assertTrue(client.receive(2, lambda one: one.of(VIDEO)), "it may come back")

    def test_send_no_http(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: " + b"x" * 99999):
            with socket.create_connection((self.server.host, self.server.port)) as stranger:
                stranger.settimeout(30)
                stranger.sendall(data)
                answer = stranger.recv(100)
                self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer)


class Tokens(unittest.TestCase):
    def test_are_wanted(self):
        token = "a secret of the server"
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(token + "\n")
            file.flush()
            with Server(DEMO, "--token", file.name, "--origin", "https://app.example", listen="0.0.0.0:0") as server:
                server.host = "127.0.0.1"
                for path in ("/v1/avatars", "/metrics"):
                    self.assertEqual(server.request("GET", path)[0], 401)
                    self.assertEqual(server.request("GET", path, token=token)[0], 200)
                self.assertEqual(server.request("POST", "/v1/sessions", {}, token=token + "x")[0], 401)
                self.assertEqual(server.request("GET", "/")[0], 200)
                self.assertTrue(json.loads(server.request("GET", "/v1/server")[2])["token"])
                self.assertEqual(server.request("POST", "/v1/sessions", {}, token, Origin="https://app.example")[0], 201)
                with Socket(server, server.open(token)) as client:
                    client.wait_for("ready")

    def test_are_wanted_where_others_are(self):
        result = run("serve", DEMO, "--listen", "0.0.0.0:0", timeout=30)
        self.assertEqual(result.returncode, BAD_INPUT)
        self.assertIn("--token", result.stderr)


class Limits(unittest.TestCase):
    def test_of_sessions(self):
        with Server(DEMO, "--max-sessions", 2) as server:
            sessions = [server.open(), server.open()]
            status, headers, body = server.request("POST", "/v1/sessions", {})
            self.assertEqual((status, headers["Retry-After"]), (503, "2"), body)
            server.request("DELETE", f"/v1/sessions/{sessions[0]['id']}", token=sessions[0]["token"])
            server.open()

    def test_of_those_who_speak(self):
        with Server(DEMO, "--threads", 1) as server:
            speech = SPEECH.read_bytes()
            statuses = []
            for _ in range(12):
                session = server.open()
                status, headers, _ = server.request("POST", f"/v1/sessions/{session['id']}/speech", speech,
                                                    session["token"])
                statuses.append(status)
                if status == 503:
                    self.assertIn("Retry-After", headers)
            self.assertEqual(statuses, sorted(statuses))
            self.assertEqual((statuses[0], statuses[-1]), (202, 503), statuses)

    def test_of_what_is_promised(self):
        def cost(server):
            return json.loads(server.request("GET", "/v1/avatars")[2])[0]["cost_ms"]

        with Server(DEMO, "--threads", 2) as server:
            server.open()  # and loaded
            before = cost(server)
            server.open(reserve=True)
            after = cost(server)
            load = server.metrics()["mouthpiece_load_ratio"]
        promised = load * 0.9 * 2 * 40  # milliseconds of a frame's 40, of nine tenths of two cores
        self.assertGreater(promised, 0.95 * min(before, after))
        self.assertLess(promised, 1.05 * max(before, after))

    def test_of_options(self):
        for arguments in ([], ["--listen", "nowhere"], ["--listen", "127.0.0.1:99999"], ["--tls-cert", "x"],
                          ["--tts", "'"], ["--tts", "no-such-program --stdout"], ["--avatars", "/no/such/folder"],
                          ["--token", "/no/such/file"]):
            with self.subTest(arguments=arguments):
                packages = [DEMO] if arguments else []
                result = run("serve", *packages, *arguments, timeout=30)
                self.assertIn(result.returncode, (1, BAD_INPUT))
                self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)


if __name__ == "__main__":
    program.main(__doc__)
