#!/usr/bin/env python3
"""`mouthpiece serve`: sessions over HTTP and WebSocket, what is seen, heard, cut off, refused and survived."""

import array
import json
import math
import pathlib
import socket
import subprocess
import tempfile
import time
import unittest

import live_client
import program
from live_client import FIRST, IDLE, KEY, LAST, MP4, SOUND, VIDEO, Server, Socket
from program import ROOT

DEMO = ROOT / "assets" / "demo"
SPEECH = DEMO / "speech.flac"
FRAME = 1920
BAD_INPUT = 2


def tone(seconds, rate=24000):
    """A voice of sorts, as 16-bit samples."""
    return array.array("h", (int(9000 * math.sin(at * 2 * math.pi * 180 / rate) * (0.6 + 0.4 * math.sin(at * 25 / rate)))
                             for at in range(int(seconds * rate)))).tobytes()


class Serving(unittest.TestCase):
    """One server for all tests of a class."""
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(DEMO, *cls.arguments)
        cls.addClassCleanup(cls.server.stop)

    def check_video(self, packets):
        """Access units that a decoder takes, in order, the first a key."""
        self.assertTrue(packets)
        self.assertTrue(packets[0]["flags"] & KEY)
        times = [packet["pts"] for packet in packets]
        self.assertEqual(times, sorted(set(times)))
        frames = live_client.decode(b"".join(packet["payload"] for packet in packets), "h264")
        self.assertEqual(len(frames), len(packets))


class Sessions(Serving):
    def test_list_avatars(self):
        status, headers, body = self.server.request("GET", "/v1/avatars")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
        [avatar] = json.loads(body)
        self.assertEqual((avatar["name"], avatar["width"], avatar["height"], avatar["fps"]), ("demo", 1280, 720, 25))

    def test_open_and_close(self):
        session = self.server.open(avatar="demo")
        path = f"/v1/sessions/{session['id']}"
        self.assertEqual(session["ws"], f"{path}/ws")
        status, _, body = self.server.request("GET", path, token=session["token"])
        self.assertEqual((status, json.loads(body)["state"]), (200, "idle"))
        self.assertEqual(self.server.request("GET", path)[0], 401)
        self.assertEqual(self.server.request("GET", path, token="x" * 64)[0], 401)
        self.assertEqual(self.server.request("DELETE", path, token=session["token"])[0], 204)
        self.assertEqual(self.server.request("GET", path, token=session["token"])[0], 404)

    def test_are_refused_for_what_is_wrong(self):
        for body, status in [({"avatar": "nobody"}, 404), ("{", 422), ("[]", 422), ({"avatar": 1}, 422),
                             ({"lookahead": 8}, 422), ({"video": {"bitrate": 1}}, 422), ("x" * 20000, 413)]:
            with self.subTest(body=str(body)[:40]):
                self.assertEqual(self.server.request("POST", "/v1/sessions", body)[0], status)
        for method, path, status in [("GET", "/v1/nothing", 404), ("PUT", "/v1/sessions", 405), ("POST", "/", 405),
                                     ("GET", "/../etc/passwd", 404), ("GET", "/%2e%2e/etc/passwd", 404)]:
            self.assertEqual(self.server.request(method, path)[0], status, path)

    def test_serve_the_page(self):
        status, headers, body = self.server.request("GET", "/")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertIn("default-src 'self'", headers["Content-Security-Policy"])
        self.assertEqual(body, (ROOT / "src" / "serve" / "page" / "index.html").read_bytes())
        status, _, body = self.server.request("GET", "/", If_None_Match=headers["ETag"])
        self.assertEqual((status, body), (304, b""))

    def test_tell_how_they_are(self):
        self.assertEqual(self.server.request("GET", "/healthz")[::2], (200, b"ok\n"))
        self.assertEqual(self.server.request("GET", "/readyz")[::2], (200, b"ready\n"))
        metrics = self.server.metrics()
        self.assertIn('mouthpiece_sessions{state="idle"}', metrics)
        self.assertIn('mouthpiece_first_frame_seconds_bucket{le="0.08"}', metrics)


class Seeing(Serving):
    def test_idle_is_seen_at_once_and_goes_on(self):
        session = self.server.open()
        with Socket(self.server, session) as client:
            ready = client.wait_for("ready")
            self.assertEqual((ready["clock"], ready["frame"], ready["epoch"]), (48000, FRAME, 0))
            self.assertRegex(ready["video"]["codec"], "^avc1[.][0-9A-F]{6}$")
            self.assertTrue(client.receive(60, until=lambda seen: len(seen.of(VIDEO)) > 40))
            video = client.of(VIDEO)
            self.check_video(video)
            self.assertTrue(all(packet["flags"] & IDLE for packet in video))
            self.assertFalse(client.of(SOUND))
            steps = [later["pts"] - earlier["pts"] for earlier, later in zip(video, video[1:], strict=False)]
            self.assertTrue(all(step > 0 and step % FRAME == 0 for step in steps), steps)  # late ones are skipped

    def test_several_see_the_same(self):
        session = self.server.open()
        with Socket(self.server, session) as one, Socket(self.server, session, role="view") as two:
            one.wait_for("ready")
            two.wait_for("ready")
            one.speak("u1", tone(0.5), 24000)
            for client in (one, two):
                client.wait_for("finished")
            units = [{packet["pts"]: packet["payload"] for packet in client.of(VIDEO)} for client in (one, two)]
            common = sorted(units[0].keys() & units[1].keys())
            self.assertGreater(len(common), 20)
            for pts in common[12:]:
                self.assertEqual(units[0][pts], units[1][pts])
            two.say(type="speak", utterance="u2", rate=24000)
            two.receive(5)
            self.assertEqual(two.closed[0], 1008, "one who views may not speak")

    def test_mp4_is_a_film(self):
        session = self.server.open()
        with tempfile.TemporaryDirectory() as folder:
            film = pathlib.Path(folder) / "x.mp4"
            url = f"http://127.0.0.1:{self.server.port}{session['live_mp4']}"
            with subprocess.Popen(["curl", "-sN", url, "-o", film]) as curl:
                time.sleep(1)
                status, _, body = self.server.request("POST", f"/v1/sessions/{session['id']}/speech?wait=1",
                                                      SPEECH.read_bytes(), session["token"])
                self.assertEqual(status, 200, body)
                time.sleep(0.5)
                curl.terminate()
            streams = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_entries",
                                      "stream=codec_name,nb_read_frames,width", "-of", "json", film],
                                     capture_output=True, check=True).stdout
            video, sound = json.loads(streams)["streams"]
            self.assertEqual((video["codec_name"], sound["codec_name"], video["width"]), ("h264", "aac", 1280))
            self.assertGreater(int(video["nb_read_frames"]), 100)

    def test_mse_gets_pieces_of_mp4(self):
        with Socket(self.server, self.server.open(), video="mse") as client:
            ready = client.wait_for("ready")
            self.assertRegex(ready["mse"], '^video/mp4; codecs="avc1')
            client.speak("u1", tone(0.5), 24000)
            client.wait_for("finished")
            client.receive(0.5)
            self.assertFalse(client.of(VIDEO))
            pieces = client.of(MP4)
            self.assertEqual(pieces[0]["payload"][4:8], b"ftyp")
            frames = live_client.decode(b"".join(piece["payload"] for piece in pieces), "mp4")
            self.assertGreater(len(frames), 15)


class Speaking(Serving):
    def check_utterance(self, client, name, seconds):
        """Its events, once each, in order, and its sound, without a gap."""
        started = [text for text in client.told("started") if text["utterance"] == name]
        finished = [text for text in client.told("finished") if text["utterance"] == name]
        self.assertEqual((len(started), len(finished)), (1, 1), client.texts)
        self.assertFalse(finished[0]["interrupted"])
        self.assertAlmostEqual(finished[0]["played_ms"], seconds * 1000, delta=60)
        sound = [packet for packet in client.of(SOUND) if started[0]["pts"] <= packet["pts"] + FRAME]
        self.assertTrue(any(packet["flags"] & FIRST for packet in sound))
        self.assertTrue(any(packet["flags"] & LAST for packet in sound))

    def test_in_one_piece_in_many_and_of_any_size(self):
        samples = tone(1.2)
        for piece in (60000, 960, 6, 1234 * 2):
            with self.subTest(piece=piece), Socket(self.server, self.server.open()) as client:
                client.wait_for("ready")
                client.speak("u1", samples if piece > 6 else samples[:2400], 24000, piece)
                client.wait_for("finished")
                self.check_utterance(client, "u1", 1.2 if piece > 6 else 0.05)
                self.check_video(client.of(VIDEO))
                if piece > 6:
                    self.assertTrue(any(not packet["flags"] & IDLE for packet in client.of(VIDEO)))

    def test_one_after_the_other(self):
        with Socket(self.server, self.server.open()) as client:
            client.wait_for("ready")
            for name in ("u1", "u2", "u3"):
                client.speak(name, tone(0.4, 16000), 16000)
            client.wait_for("finished", count=3)
            for name in ("u1", "u2", "u3"):
                self.check_utterance(client, name, 0.4)
            client.receive(1.5)
            self.assertTrue(client.of(VIDEO)[-1]["flags"] & IDLE)
            self.check_video(client.of(VIDEO))

    def test_over_http(self):
        session = self.server.open()
        path = f"/v1/sessions/{session['id']}/speech"
        with Socket(self.server, session) as client:
            client.wait_for("ready")
            status, _, body = self.server.request("POST", path, SPEECH.read_bytes(), session["token"])
            self.assertEqual(status, 202, body)
            name = json.loads(body)["utterance"]
            status, _, body = client.during(lambda: self.server.request(
                "POST", f"{path}?wait=1&utterance=pcm", tone(0.3, 16000), session["token"],
                Content_Type="audio/pcm;rate=16000"))
            self.assertEqual((status, json.loads(body)["played_ms"]), (200, 300), body)
            client.receive(0.2)
            self.assertEqual([text["utterance"] for text in client.told("finished")], [name, "pcm"])
            for wrong in (b"no sound at all", b""):
                status, _, body = client.during(
                    lambda wrong=wrong: self.server.request("POST", f"{path}?wait=1", wrong, session["token"]))
                if wrong:
                    self.assertEqual((status, json.loads(body)["interrupted"]), (200, True))
                    self.assertEqual(client.wait_for("error")["code"], "bad_audio")
                else:
                    self.assertEqual(status, 422)
            self.assertEqual(self.server.request("POST", path, b"x", "wrong")[0], 401)

    def test_is_cut_off(self):
        with Socket(self.server, self.server.open()) as client:
            client.wait_for("ready")
            client.speak("u1", tone(4), 24000)
            client.say(type="speak", utterance="u2", rate=24000)
            client.push(tone(1))
            client.wait_for("started")
            client.receive(0.8)
            asked = time.monotonic()
            client.say(type="interrupt")
            flush = client.wait_for("flush")
            self.assertLess(flush["at"] - asked, 0.5)
            client.wait_for("finished", count=2)
            client.push(tone(1))  # of what was cut off
            client.receive(1)
            finished = {text["utterance"]: text for text in client.told("finished")}
            self.assertTrue(finished["u1"]["interrupted"])
            self.assertTrue(0 < finished["u1"]["played_ms"] < 2500, finished)
            self.assertEqual((finished["u2"]["played_ms"], finished["u2"]["interrupted"]), (0, True))
            after = client.events[client.events.index(flush) + 1:]
            packets = [event for event in after if "kind" in event]
            self.assertTrue(packets)
            self.assertEqual({packet["epoch"] for packet in packets}, {flush["epoch"]})
            video = [packet for packet in packets if packet["kind"] == VIDEO]
            self.check_video(video)
            sound = [packet for packet in packets if packet["kind"] == SOUND]
            self.assertLess(sum(len(packet["payload"]) // 2 for packet in sound), 4800, "it fades and is silent")
            client.speak("u3", tone(0.3), 24000)
            client.wait_for("finished", count=3)
            self.check_utterance(client, "u3", 0.3)

    def test_is_cut_off_again_and_again(self):
        with Socket(self.server, self.server.open()) as client:
            client.wait_for("ready")
            for round_number in range(12):
                client.speak(f"u{round_number}", tone(2), 24000)
                client.receive(0.05 * (round_number % 5))
                client.say(type="interrupt")
                client.wait_for("finished", count=round_number + 1)
            client.receive(0.3)
            names = [text["utterance"] for text in client.told("finished")]
            self.assertEqual(sorted(names), sorted({f"u{number}" for number in range(12)}))
            epoch = 0
            for event in client.events:
                if event.get("type") == "flush":
                    epoch = event["epoch"]
                elif "kind" in event:
                    self.assertGreaterEqual(event["epoch"], epoch)

    def test_answers_and_says_where_it_is(self):
        with Socket(self.server, self.server.open()) as client:
            client.wait_for("ready")
            client.say(type="ping", t=12.5)
            pong = client.wait_for("pong")
            self.assertEqual(pong["t"], 12.5)
            self.assertGreater(pong["pts"], 0)
            client.say(type="playhead", epoch=0, pts=1000)
            before = len(client.of(VIDEO))
            client.say(type="keyframe")
            client.receive(0.5)
            self.assertTrue(any(packet["flags"] & KEY for packet in client.of(VIDEO)[before:]))


class Talking(Serving):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.arguments = ("--tts", str(live_client.write_voice(folder.name)))
        super().setUpClass()

    def test_text_is_spoken(self):
        with Socket(self.server, self.server.open()) as client:
            self.assertTrue(client.wait_for("ready")["tts"])
            client.say(type="say", utterance="u1", text="Good day to you.")
            client.wait_for("finished")
            self.assertGreater(client.told("finished")[0]["played_ms"], 500)
            client.say(type="say", utterance="u2", text="All of this is never heard, " * 20)
            client.say(type="interrupt")
            client.wait_for("finished", count=2)
            self.assertTrue(client.told("finished")[1]["interrupted"])

    def test_without_a_program_it_is_not(self):
        with Server(DEMO) as server, Socket(server, server.open()) as client:
            self.assertFalse(client.wait_for("ready")["tts"])
            client.say(type="say", utterance="u1", text="x")
            self.assertEqual(client.wait_for("error")["code"], "no_tts")


class Ending(unittest.TestCase):
    def test_lets_utterances_end_and_tells_viewers(self):
        with Server(DEMO) as server:
            session = server.open()
            with Socket(server, session) as client:
                client.wait_for("ready")
                client.speak("u1", tone(2), 24000)
                client.wait_for("started")
                server.process.terminate()
                client.receive(0.5)
                self.assertEqual(server.request("GET", "/readyz")[0], 503)
                self.assertEqual(server.request("POST", "/v1/sessions", {})[0], 503)
                client.receive(20, lambda one: one.told("bye"))
                self.assertFalse(client.told("finished")[0]["interrupted"])
                self.assertEqual(len(client.told("bye")), 1)
                client.receive(5)
                self.assertEqual(client.closed[0], 1013)
            self.assertEqual(server.process.wait(20), 0)
            server.reader.join(5)
            self.assertTrue(any("ev=draining" in line for line in server.log), server.log)

    def test_costs_nothing_of_those_who_have_gone(self):
        with Server(DEMO) as server:
            server.open()

            def held():
                process = pathlib.Path("/proc") / str(server.process.pid)
                threads = len(list((process / "task").iterdir()))
                return len(list((process / "fd").iterdir())), threads

            before, seen = held(), time.monotonic()
            while time.monotonic() < seen + 1:  # it has loaded, and what loading held is let go
                if held() != before:
                    before, seen = held(), time.monotonic()
                time.sleep(0.05)
            for _ in range(300):
                with socket.create_connection((server.host, server.port)) as stranger:
                    stranger.sendall(b"GET /v1/avatars HTTP/1.1\r\n")
            for _ in range(30):
                session = server.open()
                with Socket(server, session) as client:
                    client.wait_for("ready")
                server.request("DELETE", f"/v1/sessions/{session['id']}", token=session["token"])
            end = time.monotonic() + 15
            while any(now > then for now, then in zip(held(), before)) and time.monotonic() < end:
                time.sleep(0.2)
            files, threads = held()
            self.assertLessEqual(files, before[0], "files")
            self.assertLessEqual(threads, before[1], "threads")


if __name__ == "__main__":
    program.main(__doc__)
