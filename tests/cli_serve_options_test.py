#!/usr/bin/env python3
"""What `mouthpiece serve` does when it is told to: encrypt, record, serve a folder of avatars."""

import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest
from unittest import mock

import program
from cli_serve_test import BAD_INPUT, DEMO, SPEECH, tone
from live_client import SOUND, VIDEO, Server, Socket
from program import run


def certificate(folder, name="127.0.0.1"):
    """Files of a certificate that signs itself, and of its key."""
    files = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                    "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{name}", "-out", files[0], "-keyout", files[1]],
                   check=True, capture_output=True)
    return files


class Folder(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)


class PreparedFirst(Folder):
    def test_the_avatar_is_prepared_when_it_is_loaded(self):
        avatar = shutil.copytree(DEMO, self.folder / "demo")
        with mock.patch.dict(os.environ, XDG_CACHE_HOME=str(self.folder / "cache")), Server(avatar, "--prepare") as server:
            server.open()
            self.assertEqual(len(list(avatar.glob("prepared-*.frames"))), 1)
            self.assertEqual(len(list(self.folder.glob("cache/mouthpiece/*.weights"))), 1)


class Encrypted(Folder):
    def test_she_speaks(self):
        chain, key = certificate(self.folder)
        trusted = ssl.create_default_context(cafile=chain)
        with Server(DEMO, "--tls-cert", chain, "--tls-key", key, tls=trusted) as server:
            self.assertEqual(server.request("GET", "/healthz")[0], 200)
            session = server.open()
            with Socket(server, session) as client:
                client.wait_for("ready")
                client.speak("u1", tone(0.5), 24000)
                self.assertFalse(client.wait_for("finished")["interrupted"])
                self.assertTrue(client.of(VIDEO))
                self.assertTrue(client.of(SOUND))
            status, _, body = server.request("POST", f"/v1/sessions/{session['id']}/speech?wait=1", SPEECH.read_bytes(),
                                             session["token"])
            self.assertEqual(status, 200, body)

    def test_strangers_are_let_go(self):
        chain, key = certificate(self.folder)
        with Server(DEMO, "--tls-cert", chain, "--tls-key", key, tls=ssl.create_default_context(cafile=chain)) as server:
            for says in (b"GET /healthz HTTP/1.1\r\n\r\n", b"\x16\x03\x01" + bytes(200), b""):
                with self.subTest(says=says), socket.create_connection((server.host, server.port), timeout=30) as plain:
                    plain.sendall(says)
                    try:
                        while answer := plain.recv(4096):
                            self.assertNotIn(b"HTTP", answer)
                    except ConnectionResetError:
                        pass
            with self.assertRaises(ssl.SSLCertVerificationError), socket.create_connection((server.host, server.port)) as plain:
                ssl.create_default_context().wrap_socket(plain, server_hostname=server.host)
            self.assertEqual(server.request("GET", "/healthz")[0], 200)

    def test_what_is_no_certificate_is_refused(self):
        chain, key = certificate(self.folder)
        other = self.folder / "other"
        other.mkdir()
        _, wrong = certificate(other)
        text = self.folder / "text.pem"
        text.write_text("no certificate\n")
        for files, word in [((chain, wrong), wrong), ((text, key), text), ((chain, text), text),
                            ((self.folder / "none.pem", key), "none.pem"), ((key, chain), key)]:
            with self.subTest(files=files):
                result = run("serve", DEMO, "--listen", "127.0.0.1:0", "--tls-cert", files[0], "--tls-key", files[1])
                self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
                self.assertIn(str(word), result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)


class Recording(Folder):
    def test_holds_what_was_seen_and_heard(self):
        with Server(DEMO, "--record", self.folder) as server:
            session = server.open()
            with Socket(server, session) as client:
                client.wait_for("ready")
                client.speak("u1", tone(1), 24000)
                client.wait_for("finished")
                client.receive(0.5)
            self.assertEqual(server.request("DELETE", f"/v1/sessions/{session['id']}", token=session["token"])[0], 204)
        film = self.folder / f"{session['id']}.mp4"
        self.assertEqual(list(self.folder.iterdir()), [film])
        probed = json.loads(subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_entries",
                                            "stream=codec_name,nb_read_frames,duration", "-of", "json", film],
                                           capture_output=True, check=True).stdout)
        video, sound = probed["streams"]
        self.assertEqual((video["codec_name"], sound["codec_name"]), ("h264", "aac"))
        self.assertGreater(int(video["nb_read_frames"]), 40)
        loud = subprocess.run(["ffmpeg", "-i", film, "-af", "silencedetect=noise=-40dB:d=0.2", "-f", "null", "-"],
                              capture_output=True, text=True, check=True).stderr
        self.assertIn("silence_end", loud, "silence, then speech")

    def test_wants_a_folder(self):
        result = run("serve", DEMO, "--listen", "127.0.0.1:0", "--record", self.folder / "none")
        self.assertEqual(result.returncode, BAD_INPUT)
        self.assertIn("none", result.stderr)

    def test_ends_whole_when_the_server_does(self):
        with Server(DEMO, "--record", self.folder) as server:
            session = server.open()
            with Socket(server, session) as client:
                client.wait_for("ready")
                client.receive(1)
                with client.reading():
                    server.stop()
        film = self.folder / f"{session['id']}.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", film, "-f", "null", "-"], check=True)


class Avatars(Folder):
    def test_of_a_folder_are_those_that_are_packages(self):
        shutil.copytree(DEMO, self.folder / "anna")
        shutil.copytree(DEMO, self.folder / "berta")
        (self.folder / "notes").mkdir()
        (self.folder / "file").write_text("")
        with Server("--avatars", self.folder) as server:
            avatars = json.loads(server.request("GET", "/v1/avatars")[2])
            self.assertEqual([avatar["name"] for avatar in avatars], ["anna", "berta"])
            self.assertFalse(any(avatar["loaded"] for avatar in avatars), "nobody asked for one")
            server.open(avatar="berta")
            loaded = {avatar["name"]: avatar["loaded"] for avatar in json.loads(server.request("GET", "/v1/avatars")[2])}
            self.assertEqual(loaded, {"anna": False, "berta": True})

    def test_are_rendered_in_the_precision_that_is_asked_for(self):
        shutil.copytree(DEMO, self.folder / "anna")
        with mock.patch.dict(os.environ, {"MOUTHPIECE_INSTRUCTION_SET": "avx2"}):
            with Server("--avatars", self.folder, "--precision", "int8") as server:
                server.open(avatar="anna")
            with Server("--avatars", self.folder, "--precision", "bf16") as server:  # which AVX2 alone has not
                status, _, body = server.request("POST", "/v1/sessions", {"avatar": "anna"})
                self.assertGreaterEqual(status, 400)
                self.assertIn(b"bf16", body)

    def test_that_nobody_uses_go_when_another_needs_the_room(self):
        shutil.copytree(DEMO, self.folder / "anna")
        shutil.copytree(DEMO, self.folder / "berta")
        with Server("--avatars", self.folder) as server:
            server.open(avatar="anna")
            size = json.loads(server.request("GET", "/v1/avatars")[2])[0]["bytes"]
        with Server("--avatars", self.folder, "--memory-budget", str(int(size * 1.5))) as server:
            first = server.open(avatar="anna")
            status, headers, body = server.request("POST", "/v1/sessions", {"avatar": "berta"})
            self.assertEqual(status, 503, body)
            self.assertIn("Retry-After", headers)
            server.request("DELETE", f"/v1/sessions/{first['id']}", token=first["token"])
            server.open(avatar="berta")
            loaded = {avatar["name"]: avatar["loaded"] for avatar in json.loads(server.request("GET", "/v1/avatars")[2])}
            self.assertEqual(loaded, {"anna": False, "berta": True})


if __name__ == "__main__":
    program.main(__doc__)
