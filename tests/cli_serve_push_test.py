#!/usr/bin/env python3
"""`mouthpiece serve --push-to`: sessions on their way to peers on this machine, over RTMP, SRT, RTSP and UDP."""

import contextlib
import json
import pathlib
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import numpy as np

import live_client
import program
from cli_serve_test import BAD_INPUT, DEMO, SPEECH
from live_client import IDLE, SOUND, VIDEO, Server, Socket
from program import run

RATE = 48000
FRAME_S, AAC_S = 1 / 25, 1024 / RATE
SECRET = "a-stream-key"
WAYS = ("rtmp", "srt", "rtsp", "udp")


def free_port():
    with socket.socket() as any_socket:
        any_socket.bind(("127.0.0.1", 0))
        return any_socket.getsockname()[1]


def url_of(way, port):
    return f"{way}://127.0.0.1:{port}" + (f"/live/{SECRET}" if way in ("rtmp", "rtsp") else "")


class Peer:
    """FFmpeg's program, which takes what is pushed to a port and writes it to a file."""

    def __init__(self, way, port, path):
        self.path = path
        # Who looks at RTMP for less than usual has written something sooner. Of the RTSP that it looked at FFmpeg guesses
        # the times: it is not to keep that.
        listens = {"rtmp": ["-analyzeduration", "1000000", "-listen", "1"],
                   "rtsp": ["-fflags", "nobuffer", "-analyzeduration", "1000000", "-rtsp_flags", "listen"]}.get(way, [])
        url = url_of(way, port) + {"srt": "?mode=listener", "udp": "?fifo_size=100000"}.get(way, "")
        self.process = subprocess.Popen(["ffmpeg", "-v", "error", "-copyts", *listens, "-i", url, "-c", "copy", "-map", "0",
                                         "-flush_packets", "1", "-y", path],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end(signal.SIGKILL)

    def end(self, how=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
        self.process.wait(20)
        self.process.stderr.close()

    def packets(self, kind):
        """Seconds and whether it is a key, of each packet of the video ("v") or the sound ("a")."""
        text = subprocess.run(["ffprobe", "-v", "error", "-select_streams", kind, "-show_entries", "packet=pts_time,flags",
                               "-of", "json", self.path], capture_output=True, check=True, timeout=60).stdout
        return [(float(packet["pts_time"]), "K" in packet["flags"]) for packet in json.loads(text)["packets"]]

    def pictures(self):
        """Seconds of each picture, by the hash of its samples, of those that there is one of."""
        text = subprocess.run(["ffmpeg", "-v", "error", "-copyts", "-i", self.path, "-map", "0:v", "-fps_mode", "passthrough",
                               "-enc_time_base", "1:48000", "-f", "framemd5", "-"],
                              capture_output=True, check=True, timeout=120).stdout.decode()
        lines = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
        hashes = [line[5].strip() for line in lines]
        return {line[5].strip(): int(line[2]) / RATE for line in lines if hashes.count(line[5].strip()) == 1}

    def sound(self):
        data = subprocess.run(["ffmpeg", "-v", "error", "-i", self.path, "-map", "0:a", "-f", "f32le", "-"],
                              capture_output=True, check=True, timeout=120).stdout
        return np.frombuffer(data, np.float32)


def pushes_of(server, session):
    return json.loads(server.request("GET", f"/v1/sessions/{session['id']}", token=session["token"])[2])["pushes"]


def wait_for(condition, seconds=30):
    """The seconds that it took."""
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > seconds:
            raise AssertionError(f"it did not become so within {seconds} s")
        time.sleep(0.02)
    return time.monotonic() - begin


def said(server, event):
    return [line for line in server.log if line.startswith(f"ev={event} ")]


def rss_mib(server):
    status = (pathlib.Path("/proc") / str(server.process.pid) / "status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


class Pushing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ports = {way: free_port() for way in WAYS}
        cls.server = Server(DEMO, "--push-to", *(url_of(way, port).removesuffix(f"/{SECRET}")
                                                 for way, port in cls.ports.items()))
        cls.addClassCleanup(cls.server.stop)

    def delete(self, session):
        self.assertEqual(self.server.request("DELETE", f"/v1/sessions/{session['id']}", token=session["token"])[0], 204)

    def push(self, session, way):
        status, _, body = self.server.request("POST", f"/v1/sessions/{session['id']}/push",
                                              {"url": url_of(way, self.ports[way])}, session["token"])
        self.assertEqual(status, 201, body)
        return json.loads(body)["push"]

    def are_live(self, session, count=1):
        return [push["state"] for push in pushes_of(self.server, session)] == ["live"] * count

    def check_keys(self, peer):
        packets = peer.packets("v")
        self.assertTrue(packets[0][1], "it begins with a key")
        keys = [at for at, is_key in packets if is_key]
        self.assertGreater(len(keys), 2)
        self.assertLessEqual(max(np.diff([*keys, packets[-1][0]])), 2.002)

    def check_sync(self, peer, seen, heard):
        """`seen`: ticks of pictures by their hashes, `heard`: samples by their ticks, both of the session."""
        pictures = peer.pictures()
        common = pictures.keys() & seen.keys()
        self.assertGreater(len(common), 0.8 * len(seen), f"{len(pictures)} pictures came")
        offsets = [pictures[one] - seen[one] / RATE for one in common]
        self.assertLess(max(offsets) - min(offsets), 0.003, "the time of each picture is that of the session")
        times = [at for at, _ in peer.packets("a")]
        self.assertLess(max(np.abs(np.diff(times) - AAC_S)), 0.003, "the sound has no gap")
        sound = peer.sound()
        first = round((times[0] - np.median(offsets)) * RATE)  # tick of its first sample
        begin, end = min(heard), max(heard) + 1920
        line = np.zeros(end - begin, np.float32)
        for pts, samples in heard.items():
            line[pts - begin:pts - begin + len(samples)] = samples
        most = 9600
        self.assertLess(first + most, begin)
        part = sound[begin - first - most:end - first + most]
        self.assertEqual(len(part), len(line) + 2 * most, "all that was said came")
        size = 1 << (len(part) - 1).bit_length()
        correlation = np.fft.irfft(np.fft.rfft(part, size) * np.conj(np.fft.rfft(line, size)), size)[:2 * most + 1]
        late = (int(np.argmax(correlation)) - most) / RATE
        near = part[most + round(late * RATE):][:len(line)]
        self.assertGreater(np.corrcoef(near, line)[0, 1], 0.95, "it is the same sound")
        print(f"{peer.path.name}: sound {1000 * late:+.2f} ms against the picture", flush=True)
        self.assertLess(abs(late), FRAME_S + AAC_S)

    def test_brings_picture_and_sound_together_whatever_the_way(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            peers = {way: stack.enter_context(Peer(way, port, pathlib.Path(folder) / f"{way}.mkv"))
                     for way, port in self.ports.items()}
            session = self.server.open(push=url_of("rtmp", self.ports["rtmp"]))
            for way in WAYS[1:]:
                self.push(session, way)
            client = stack.enter_context(Socket(self.server, session))
            client.wait_for("ready")
            client.during(lambda: wait_for(lambda: self.are_live(session, 4)))
            encoded = self.server.metrics()["mouthpiece_encode_seconds_count"]
            client.receive(2)
            status, _, body = client.during(lambda: self.server.request(
                "POST", f"/v1/sessions/{session['id']}/speech?wait=1", SPEECH.read_bytes(), session["token"]))
            self.assertEqual(status, 200, body)
            client.receive(1.5)
            encoded = self.server.metrics()["mouthpiece_encode_seconds_count"] - encoded
            self.assertEqual(self.server.metrics()['mouthpiece_pushes{state="live"}'], 4)
            peers["udp"].end()  # nobody tells it that it is over
            self.delete(session)
            client.receive(5)
            for peer in peers.values():
                peer.process.wait(10)
            video = client.of(VIDEO)
            hashes = [line.split(",")[5].strip() for line in
                      live_client.decode(b"".join(packet["payload"] for packet in video), "h264")]
            self.assertLess(encoded, len(video) + 20, "four peers and a page have it encoded once")
            seen = {one: packet["pts"] for one, packet in zip(hashes, video, strict=True)
                    if hashes.count(one) == 1 and not packet["flags"] & IDLE}
            heard = {packet["pts"]: np.frombuffer(packet["payload"], "<i2") / np.float32(32768) for packet in client.of(SOUND)}
            for way, peer in peers.items():
                with self.subTest(way=way):
                    self.check_keys(peer)
                    self.check_sync(peer, seen, heard)

    def test_goes_at_the_pace_of_the_clock(self):
        session = self.server.open()
        arrivals = []  # (when it came, the clock in it)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", self.ports["udp"]))
            peer.settimeout(5)
            self.push(session, "udp")
            begin = time.monotonic()
            while time.monotonic() - begin < 8:
                data = peer.recv(2048)
                now = time.monotonic()
                self.assertIn(len(data), range(188, 1317, 188))
                for at in range(0, len(data), 188):
                    packet = data[at:at + 188]
                    self.assertEqual(packet[0], 0x47)
                    if packet[3] & 0x20 and packet[4] >= 7 and packet[5] & 0x10:
                        arrivals.append((now, (int.from_bytes(packet[6:11], "big") >> 7) / 90000))
        self.delete(session)
        self.assertGreater(len(arrivals), 50)
        late = [arrived - clock for arrived, clock in arrivals]
        print(f"pace: arrivals vary by {1000 * (max(late) - min(late)):.0f} ms, "
              f"95 % by {1000 * (np.percentile(late, 95) - min(late)):.0f} ms", flush=True)
        self.assertLess(np.percentile(late, 95) - min(late), 0.2)
        self.assertGreater(arrivals[-1][1] - arrivals[0][1], 7)

    def test_connects_again(self):
        with tempfile.TemporaryDirectory() as folder:
            session = self.server.open()
            with Socket(self.server, session, role="drive") as driver, driver.reading():
                self.push(session, "rtmp")
                wait_for(lambda: pushes_of(self.server, session)[0]["state"] == "waiting")
                self.assertEqual(pushes_of(self.server, session)[0]["why"], "Connection refused")
                peers = []
                for number in (1, 2):
                    with Peer("rtmp", self.ports["rtmp"], pathlib.Path(folder) / f"{number}.flv") as peer:
                        wait_for(lambda: self.are_live(session))
                        time.sleep(3)
                        self.assertEqual(pushes_of(self.server, session)[0]["connected"], number)
                        peer.end(signal.SIGKILL)
                        wait_for(lambda number=number: pushes_of(self.server, session)[0]["lost"] == number, 10)
                    peers.append(peer)
            first, second = (peer.packets("v") for peer in peers)
            for packets in (first, second):
                self.assertTrue(packets[0][1])
                self.assertGreater(len(packets), 30)
            self.assertGreater(second[0][0], first[-1][0], "time goes on")
            self.assertLess(second[0][0], 60)
            self.assertGreaterEqual(self.server.metrics()["mouthpiece_push_lost_total"], 2)
            self.assertEqual(self.server.request("DELETE", f"/v1/sessions/{session['id']}/push/push-0",
                                                 token=session["token"])[0], 404)
            [push] = pushes_of(self.server, session)
            path = f"/v1/sessions/{session['id']}/push/{push['push']}"
            self.assertEqual(self.server.request("DELETE", path, token=session["token"])[0], 204)
            self.assertEqual(pushes_of(self.server, session), [])
            self.delete(session)

    def test_ends_at_once_though_the_peer_is_stuck(self):
        with socket.create_server(("127.0.0.1", self.ports["rtmp"])) as listener:
            session = self.server.open(push=url_of("rtmp", self.ports["rtmp"]))
            peer, _ = listener.accept()
            with peer:
                time.sleep(0.5)
                self.assertEqual(pushes_of(self.server, session)[0]["state"], "connecting")
                begin = time.monotonic()
                self.delete(session)
                self.assertLess(time.monotonic() - begin, 0.5, "who ends it does not wait")
                peer.settimeout(5)
                while peer.recv(65536):
                    pass
                self.assertLess(time.monotonic() - begin, 1)

    def test_holds_nothing_up_and_no_memory_when_the_peer_is_stuck(self):
        with tempfile.TemporaryDirectory() as folder:
            session = self.server.open()
            with Peer("rtmp", self.ports["rtmp"], pathlib.Path(folder) / "x.flv") as peer, \
                    Socket(self.server, session) as client:
                client.wait_for("ready")
                self.push(session, "rtmp")
                client.during(lambda: wait_for(lambda: self.are_live(session)))
                client.receive(2)
                peer.process.send_signal(signal.SIGSTOP)
                before = rss_mib(self.server)
                ended = len(said(self.server, "push_ended"))
                first = len(client.of(VIDEO))
                stop = threading.Event()

                def speak():
                    while not stop.is_set():
                        self.server.request("POST", f"/v1/sessions/{session['id']}/speech?wait=1", SPEECH.read_bytes(),
                                            session["token"])
                        time.sleep(0.2)

                speaker = threading.Thread(target=speak)
                speaker.start()
                try:
                    took = client.during(lambda: wait_for(lambda: not self.are_live(session), 60))
                finally:
                    stop.set()
                    self.delete(session)
                    begin = time.monotonic()
                    speaker.join()
                wait_for(lambda: len(said(self.server, "push_ended")) > ended, 5)
                self.assertLess(time.monotonic() - begin, 1)
                print(f"stuck: lost after {took:.1f} s, memory {rss_mib(self.server) - before:+.1f} MiB", flush=True)
                self.assertLess(rss_mib(self.server) - before, 48)
                times = [packet["pts"] for packet in client.of(VIDEO)[first:]]
                self.assertGreater(len(times), 25 * took * 0.75, "whoever else sees it sees all of it")

    def test_says_no_secret(self):
        with socket.create_server(("127.0.0.1", self.ports["rtmp"])) as listener:
            session = self.server.open(push=url_of("rtmp", self.ports["rtmp"]))
            listener.accept()[0].close()
            wait_for(lambda: any(session["id"] in line for line in said(self.server, "push_failed")))
        text = json.dumps(pushes_of(self.server, session))
        self.assertIn(f"rtmp://127.0.0.1:{self.ports['rtmp']}", text)
        self.delete(session)
        wait_for(lambda: any(session["id"] in line for line in said(self.server, "push_ended")))
        for secret in (SECRET, "/live"):
            self.assertNotIn(secret, text)
            self.assertFalse([line for line in self.server.log if secret in line])

    def test_is_refused_elsewhere(self):
        with socket.create_server(("127.0.0.1", 0)) as elsewhere:
            port, rtmp = elsewhere.getsockname()[1], self.ports["rtmp"]
            session = self.server.open()
            path = f"/v1/sessions/{session['id']}/push"
            for url, expected in [(f"rtmp://127.0.0.1:{port}/live/x", 403), (f"rtsp://127.0.0.1:{rtmp}/live/x", 403),
                                  (f"rtmp://127.0.0.1:{rtmp}/other/x", 403), (f"rtmp://127.0.0.1:{rtmp}/live2", 403),
                                  (f"rtmp://localhost:{rtmp}/live/x", 403), ("udp://239.0.0.1:1", 403),
                                  (f"rtsp://127.0.0.1:{self.ports['rtsp']}@127.0.0.1:{port}/live/x", 403),
                                  (f"rtmp://127.0.0.1:{rtmp}/live/../x", 422), (f"http://127.0.0.1:{port}/", 422),
                                  ("file:///tmp/x", 422), ("", 422), ("x" * 2000, 422), (f"tcp://127.0.0.1:{port}", 422),
                                  (f"rtmp://127.0.0.1:{rtmp}/live/x socks=127.0.0.1:{port}", 422),
                                  (f"srt://127.0.0.1:{self.ports['srt']}?mode=listener", 422), (5, 422), (None, 422)]:
                with self.subTest(url=url):
                    status, _, body = self.server.request("POST", path, {"url": url}, session["token"])
                    self.assertEqual(status, expected, body)
                    self.assertEqual(len(json.loads(body)["message"].splitlines()), 1)
                    if url is not None:
                        self.assertEqual(self.server.request("POST", "/v1/sessions", {"push": url})[0], expected)
            for method, body, token, expected in [("POST", {"url": url_of("rtmp", rtmp)}, "wrong", 401), ("POST", "[]", None, 422),
                                                  ("GET", None, None, 405), ("DELETE", None, None, 405)]:
                self.assertEqual(self.server.request(method, path, body, token or session["token"])[0], expected)
            self.assertEqual(pushes_of(self.server, session), [])
            self.delete(session)
            self.assertEqual(select.select([elsewhere], [], [], 0.5)[0], [], "nobody came")

    def test_follows_nobody_elsewhere(self):
        with socket.create_server(("127.0.0.1", 0)) as elsewhere, \
                socket.create_server(("127.0.0.1", self.ports["rtsp"])) as listener:
            session = self.server.open(push=url_of("rtsp", self.ports["rtsp"]))
            for _ in range(2):
                peer, _ = listener.accept()
                with peer:
                    peer.settimeout(10)
                    number = [line for line in peer.recv(4096).decode().splitlines() if line.startswith("CSeq")][0]
                    peer.sendall(f"RTSP/1.0 302 Found\r\n{number}\r\n"
                                 f"Location: rtsp://127.0.0.1:{elsewhere.getsockname()[1]}/live/x\r\n\r\n".encode())
                    time.sleep(0.2)
            self.assertEqual(select.select([elsewhere], [], [], 0.5)[0], [], "nobody came")
            self.delete(session)

    def test_is_limited(self):
        session = self.server.open()
        for _ in range(4):
            self.push(session, "udp")
        status, headers, body = self.server.request("POST", f"/v1/sessions/{session['id']}/push",
                                                    {"url": url_of("udp", self.ports["udp"])}, session["token"])
        self.assertEqual((status, headers["Retry-After"]), (503, "2"), body)
        self.delete(session)


class Options(unittest.TestCase):
    def test_without_a_place_nothing_is_pushed(self):
        with Server(DEMO) as server:
            for url in ("rtmp://127.0.0.1:1/x", "x"):
                self.assertEqual(server.request("POST", "/v1/sessions", {"push": url})[0], 403)
            session = server.open()
            status, _, body = server.request("POST", f"/v1/sessions/{session['id']}/push", {"url": "rtmp://127.0.0.1:1/x"},
                                             session["token"])
            self.assertEqual((status, json.loads(body)["error"]), (403, "push"))

    def test_places_that_are_none_are_refused(self):
        for place in ("http://x", "rtmp://", "rtmp://user@host", "rtmp://host/?x", "srt://host", ""):
            with self.subTest(place=place):
                result = run("serve", DEMO, "--push-to", place, timeout=30)
                self.assertEqual(result.returncode, BAD_INPUT)
                self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)

    def test_the_end_of_the_server_is_not_held_up(self):
        port = free_port()
        with socket.create_server(("127.0.0.1", port)), Server(DEMO, "--push-to", f"rtmp://127.0.0.1:{port}") as server:
            server.open(push=f"rtmp://127.0.0.1:{port}/live/x")
            time.sleep(0.5)
            took, status = server.stop(20)
            self.assertEqual(status, 0)
            self.assertLess(took, 8)  # its avatar may still be loading; the peer has ten seconds


if __name__ == "__main__":
    program.main(__doc__)
