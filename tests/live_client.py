"""A client of `mouthpiece serve` for the tests: HTTP and RFC 6455 on a plain socket, nothing more."""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import select
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import program

VIDEO, SOUND, MP4, SPEECH = 1, 2, 3, 0x10
KEY, IDLE, FIRST, LAST = 1, 2, 4, 8
HEADER = struct.Struct("<BBHIIIq")
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

VOICE = """#!/usr/bin/env python3
import array, math, sys, wave
seconds = 0.4 + 0.08 * len(sys.stdin.read())
samples = array.array("h", (int(9000 * math.sin(i * 0.07) * (0.6 + 0.4 * math.sin(i * 0.001)))
                            for i in range(int(seconds * 16000))))
with wave.open("/dev/stdout", "wb") as file:
    file.setparams((1, 2, 16000, len(samples), "NONE", ""))
    file.writeframes(samples.tobytes())
"""


def write_voice(folder):
    """The path of a program that says any text, for --tts: no machine has to have a speech synthesiser."""
    voice = pathlib.Path(folder) / "voice"
    voice.write_text(VOICE)
    voice.chmod(0o755)
    return voice


class Server:
    """The program, serving on a port of its own. `tls`: how its certificate is checked, when it has one."""

    def __init__(self, *arguments, listen="127.0.0.1:0", tls=None):
        self.tls = tls
        self.process = subprocess.Popen(program.command("serve", *arguments, "--listen", listen),
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on https?://(.*):(\d+)/\n", line)
        if not found:
            self.process.kill()
            raise AssertionError(f"the server said {line!r}, then {self.process.communicate()[1]!r}")
        self.host, self.port = found[1].strip("[]"), int(found[2])
        self.log = []
        self.reader = threading.Thread(target=self._read_log, daemon=True)
        self.reader.start()

    @property
    def url(self):
        return f"http{'s' if self.tls else ''}://{self.host}:{self.port}"

    def connect(self):
        """A socket, encrypted where the server is."""
        plain = socket.create_connection((self.host, self.port), timeout=30)
        return self.tls.wrap_socket(plain, server_hostname=self.host) if self.tls else plain

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, timeout=90):
        """Seconds until it ended after SIGTERM, and its exit status."""
        begin = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        self.reader.join(5)
        self.process.stdout.close()
        self.process.stderr.close()
        return time.monotonic() - begin, self.process.returncode

    def request(self, method, path, body=None, token=None, **headers):
        """Status, headers and body."""
        if self.tls:
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=30, context=self.tls)
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        with contextlib.closing(connection):
            if token:
                headers["Authorization"] = f"Bearer {token}"
            if isinstance(body, dict):
                body = json.dumps(body)
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def open(self, token=None, **wanted):
        status, _, body = self.request("POST", "/v1/sessions", wanted, token)
        if status != 201:
            raise AssertionError(f"{status}: {body}")
        return json.loads(body)

    def metrics(self):
        text = self.request("GET", "/metrics")[2].decode()
        return {line.split(" ")[0]: float(line.split(" ")[1]) for line in text.splitlines() if line[0] != "#"}


class Socket:
    """A WebSocket. What comes is collected in `texts` and `packets` by receive()."""

    def __init__(self, server, session, hello=True, role="drive,view", video=None, **headers):
        self.socket = server.connect()
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {session['ws']}?role={role} HTTP/1.1", f"Host: {server.host}:{server.port}", "Upgrade: websocket",
                 "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Protocol: mouthpiece.1", *(f"{name}: {value}" for name, value in headers.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                break
            self.buffer += data
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.status = int(head.split(b" ")[1])
        self.texts, self.packets, self.events = [], [], []
        self.closed = None  # (code, reason) once the server closed
        if self.status == 101 and hello:
            self.say(type="hello", token=session["token"], **({"video": video} if video else {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, kind, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | kind])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        masks = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(masks, "big")).to_bytes(size, "big")
        self.socket.sendall(head + mask + masked)

    def say(self, **message):
        self.send(TEXT, json.dumps(message).encode())

    def push(self, samples):
        """16-bit samples as bytes."""
        self.send(BINARY, HEADER.pack(SPEECH, 0, 0, 0, 0, len(samples), 0) + samples)

    def speak(self, utterance, samples, rate, piece=8192):
        self.say(type="speak", utterance=utterance, rate=rate)
        for at in range(0, len(samples), piece):
            self.push(samples[at:at + piece])
        self.say(type="end", utterance=utterance)

    def _frame(self):
        """Kind and payload of the first whole frame of the buffer."""
        data = self.buffer
        if len(data) < 2:
            return None
        size, start = data[1] & 127, 2
        if size == 126:
            size, start = (struct.unpack(">H", data[2:4])[0], 4) if len(data) >= 4 else (0, 1 << 60)
        elif size == 127:
            size, start = (struct.unpack(">Q", data[2:10])[0], 10) if len(data) >= 10 else (0, 1 << 60)
        if len(data) < start + size:
            return None
        self.buffer = data[start + size:]
        return data[0] & 15, data[start:start + size]

    @contextlib.contextmanager
    def reading(self):
        """Reads on in a thread of its own: who does not has vanished after some seconds."""
        stop = threading.Event()
        reader = threading.Thread(target=lambda: self.receive(600, until=lambda _: stop.is_set()))
        reader.start()
        try:
            yield
        finally:
            stop.set()
            reader.join()

    def receive(self, seconds=0.0, until=None):
        """Takes what comes for so long, or until the function of this says so, or the server closes. Returns whether it
        did say so."""
        end = time.monotonic() + seconds
        while self.closed is None:
            if until is not None and until(self):
                return True
            frame = self._frame()
            if frame is not None:
                self._take(*frame)
                continue
            left = end - time.monotonic()
            if left <= 0:
                break
            pending = self.socket.pending() if isinstance(self.socket, ssl.SSLSocket) else 0
            if not pending and not select.select([self.socket], [], [], min(left, 0.05))[0]:
                continue
            try:
                data = self.socket.recv(1 << 20)
            except ConnectionError:
                data = b""
            if not data:
                self.closed = (1006, "")
                break
            self.buffer += data
        return until is not None and until(self)

    def _take(self, kind, payload):
        now = time.monotonic()
        if kind == TEXT:
            message = json.loads(payload) | {"at": now}
            self.texts.append(message)
            self.events.append(message)
        elif kind == BINARY:
            number, flags, _, epoch, seq, size, pts = HEADER.unpack(payload[:HEADER.size])
            assert size == len(payload) - HEADER.size, "a header that lies"
            packet = {"kind": number, "flags": flags, "epoch": epoch, "seq": seq, "pts": pts, "at": now,
                      "payload": payload[HEADER.size:]}
            self.packets.append(packet)
            self.events.append(packet)
        elif kind == PING:
            self.send(PONG, payload)
        elif kind == CLOSE:
            self.closed = (struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005, payload[2:].decode())
            with contextlib.suppress(OSError):
                self.send(CLOSE, payload[:2])

    def during(self, function):
        """What the function returns, which runs beside this: a client that does not read has vanished."""
        results = []
        thread = threading.Thread(target=lambda: results.append(function()))
        thread.start()
        self.receive(120, lambda _: not thread.is_alive())
        while thread.is_alive():
            self.receive(0.05)
        [result] = results
        return result

    def of(self, kind):
        return [packet for packet in self.packets if packet["kind"] == kind]

    def told(self, kind):
        return [text for text in self.texts if text["type"] == kind]

    def wait_for(self, kind, seconds=30, count=1):
        if not self.receive(seconds, lambda client: len(client.told(kind)) >= count):
            raise AssertionError(f"no {kind} came within {seconds} s: {self.texts} {self.closed}")
        return self.told(kind)[count - 1]


def decode(data, form):
    """Frames that FFmpeg's program finds in the bytes."""
    result = subprocess.run(["ffmpeg", "-v", "error", "-f", form, "-i", "-", "-map", "0:v", "-f", "framemd5", "-"],
                            input=data, capture_output=True, check=True, timeout=120)
    if result.stderr:
        raise AssertionError(result.stderr.decode())
    return [line for line in result.stdout.decode().splitlines() if not line.startswith("#")]
