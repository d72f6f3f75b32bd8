#!/usr/bin/env python3
"""The server's page in a real browser (Debian's Chromium, driven by Playwright): it shows her listening and speaking, by
WebCodecs and by Media Source Extensions; stopping, the microphone, files, lost connections, tokens and the keyboard work.
`make page` runs this. Pictures of the page lie in --pictures afterwards."""

import argparse
import pathlib
import subprocess
import tempfile
import time
import unittest

from playwright.sync_api import sync_playwright

import program
from live_client import Server, write_voice
from program import ROOT

DEMO = ROOT / "assets" / "demo"
SPEECH = DEMO / "speech.flac"
CHROMIUM = "/usr/bin/chromium"
WAIT_S = 30  # for what takes a second on a machine of its own
# A voice without another program: what is typed becomes a tone of its length. As a file, since the server runs no shell.
PROBE = """async () => ({
  secure: isSecureContext,
  h264: 'VideoDecoder' in window && (await VideoDecoder.isConfigSupported({codec: 'avc1.64001F'})).supported,
  mse: 'MediaSource' in window && MediaSource.isTypeSupported('video/mp4; codecs="avc1.64001F, mp4a.40.2"'),
  worklet: 'AudioWorkletNode' in window,
})"""
# How dark the mouth's middle is: open mouths of the demo avatar are.
MOUTH = """() => {
  const seen = document.querySelector('canvas:not([hidden]), video:not([hidden])');
  const paper = document.createElement('canvas');
  [paper.width, paper.height] = [64, 36];
  const pen = paper.getContext('2d');
  pen.drawImage(seen, 0, 0, 64, 36);
  return Array.from(pen.getImageData(0, 0, 64, 36).data);
}"""
FINE = """() => {
  const seen = document.querySelector('canvas:not([hidden]), video:not([hidden])');
  const width = seen.videoWidth || seen.width, height = seen.videoHeight || seen.height;
  const paper = document.createElement('canvas');
  [paper.width, paper.height] = [96, 64];
  const pen = paper.getContext('2d');
  pen.drawImage(seen, width * 0.44, height * 0.40, width * 0.12, height * 0.12, 0, 0, 96, 64);
  return Array.from(pen.getImageData(0, 0, 96, 64).data.filter((_, i) => i % 4 === 1));
}"""


class Settings:
    pictures = pathlib.Path("build/page")


class Page(unittest.TestCase):
    arguments = ()

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        voice = write_voice(folder.name)
        microphone = pathlib.Path(folder.name) / "microphone.wav"
        subprocess.run(["ffmpeg", "-loglevel", "error", "-i", SPEECH, "-ar", "48000", microphone], check=True)
        cls.server = Server(DEMO, "--tts", str(voice), *cls.arguments)
        cls.addClassCleanup(cls.server.stop)
        player = sync_playwright().start()
        cls.addClassCleanup(player.stop)
        cls.browser = player.chromium.launch(executable_path=CHROMIUM, headless=True, args=[
            "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required",
            "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}"])
        cls.addClassCleanup(cls.browser.close)

    def open(self, query="", **options):
        """A page of its own; whatever its console or scripts complain of fails the test."""
        context = self.browser.new_context(**{"viewport": {"width": 1100, "height": 850}, **options})
        self.addCleanup(context.close)
        page = context.new_page()
        problems = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        self.addCleanup(lambda: self.assertEqual(problems, []))
        page.goto(f"{self.server.url}/{query}")
        return page

    def until(self, what, condition):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.03)
        self.fail(f"waited for {what} in vain")

    def until_state(self, page, state):
        self.until(f"{state!r} (state {page.inner_text('#state')!r}, message {page.inner_text('#message')!r})",
                   lambda: page.inner_text("#state") == state)

    def connect(self, page):
        page.click("#connect")
        self.until_state(page, "listening")
        self.until("pictures", lambda: self.shown(page) >= 3)

    @staticmethod
    def shown(page):
        return page.evaluate("mouthpiece.player?.stats().shown ?? 0")

    @staticmethod
    def picture(page, name):
        Settings.pictures.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Settings.pictures / f"{name}.png")


class Chromium(Page):
    def test_has_what_the_page_wants(self):
        page = self.open()
        self.assertEqual(page.evaluate(PROBE), {"secure": True, "h264": True, "mse": True, "worklet": True})


class Speaking(Page):
    def check_lips(self, page):
        """The mouth moves while she speaks."""
        mouths = []
        self.until_state(page, "speaking")
        for _ in range(12):
            mouths.append(page.evaluate(FINE))
            page.wait_for_timeout(80)
        most = max(sum(abs(a - b) for a, b in zip(mouths[0], other, strict=True)) for other in mouths)
        self.assertGreater(most / len(mouths[0]), 2, "levels of grey in the mean")

    def test_shows_her_listening(self):
        page = self.open()
        self.connect(page)
        before = self.shown(page)
        self.until("a second of pictures", lambda: self.shown(page) >= before + 25)
        self.assertGreater(len(set(page.evaluate(MOUTH))), 30, "there is a picture")
        self.picture(page, "listening")

    def test_says_what_is_typed(self):
        page = self.open()
        self.connect(page)
        page.fill("#text", "What is typed is said, and lips move with it.")
        page.press("#text", "Enter")
        self.check_lips(page)
        self.until_state(page, "listening")
        self.assertEqual(page.inner_text("#message"), "")

    def test_speaks_a_file(self):
        page = self.open()
        self.connect(page)
        page.set_input_files("#file", SPEECH)
        self.check_lips(page)
        self.picture(page, "speaking")

    def test_says_what_is_wrong_with_a_file(self):
        page = self.open()
        self.connect(page)
        page.set_input_files("#file", {"name": "notes.txt", "mimeType": "audio/mpeg", "buffer": b"no sound at all"})
        self.until("a message", lambda: "notes.txt" in page.inner_text("#message"))
        self.assertEqual(page.inner_text("#state"), "listening")

    def test_stops(self):
        page = self.open()
        self.connect(page)
        page.set_input_files("#file", SPEECH)
        self.until_state(page, "speaking")
        page.wait_for_timeout(500)
        page.evaluate("""() => {
          window.late = 0;
          const flush = mouthpiece.player.flush.bind(mouthpiece.player);
          mouthpiece.player.flush = (told) => {
            flush(told);
            const take = mouthpiece.player.packet.bind(mouthpiece.player);
            mouthpiece.player.packet = (packet) => { if (packet.epoch < told.epoch) ++window.late; take(packet); };
          };
        }""")
        page.click("#stop")
        self.until_state(page, "listening")
        page.wait_for_timeout(500)
        self.assertEqual(page.evaluate("window.late"), 0, "packets of before the interrupt")
        self.assertEqual(page.evaluate("mouthpiece.player.sound.waiting"), 0, "pieces of sound")
        before = self.shown(page)
        self.until("pictures", lambda: self.shown(page) >= before + 10)

    def test_hears_the_microphone_while_the_button_is_held(self):
        page = self.open(permissions=["microphone"])
        self.connect(page)
        page.hover("#talk")
        page.mouse.down()
        self.until_state(page, "speaking")
        self.assertEqual(page.get_attribute("#talk", "aria-pressed"), "true")
        page.mouse.up()
        self.assertEqual(page.get_attribute("#talk", "aria-pressed"), "false")
        self.until_state(page, "listening")

    def test_goes_on_after_a_lost_connection(self):
        page = self.open()
        self.connect(page)
        session = page.evaluate("mouthpiece.session.id.id")
        page.evaluate("mouthpiece.session.socket.close(4000)")
        self.until_state(page, "reconnecting")
        self.until_state(page, "listening")
        before = self.shown(page)
        self.until("pictures", lambda: self.shown(page) >= before + 10)
        self.assertEqual(page.evaluate("mouthpiece.session.id.id"), session)

    def test_connects_again_after_disconnecting(self):
        page = self.open()
        for _ in range(2):
            self.connect(page)
            page.click("#connect")
            self.until_state(page, "not connected")

    def test_plays_without_webcodecs(self):
        page = self.open("?player=mse")
        page.click("#connect")
        self.until_state(page, "listening")
        self.until("a picture", lambda: page.evaluate("document.getElementById('fallback').videoWidth") == 1280)
        before = page.evaluate("document.getElementById('fallback').currentTime")
        self.until("time to pass",
                   lambda: page.evaluate("document.getElementById('fallback').currentTime") > before + 1)
        page.set_input_files("#file", SPEECH)
        self.check_lips(page)
        page.click("#stop")
        self.until_state(page, "listening")

    def test_is_used_by_keyboard(self):
        page = self.open(permissions=["microphone"])
        self.until("the avatars", lambda: page.evaluate("document.getElementById('avatar').options.length") == 1)
        page.focus("#connect")
        page.keyboard.press("Enter")
        self.until_state(page, "listening")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.down("Space")
        self.until_state(page, "speaking")
        page.keyboard.up("Space")
        page.keyboard.press("Escape")
        self.until_state(page, "listening")

    def test_fits_a_phone(self):
        page = self.open(viewport={"width": 390, "height": 780}, is_mobile=True, has_touch=True, color_scheme="dark")
        self.connect(page)
        self.picture(page, "phone")
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
        for control in ("#connect", "#text", "#say", "#talk", "#stop"):
            box = page.locator(control).bounding_box()
            self.assertGreaterEqual(box["height"], 40, control)
            self.assertLessEqual(box["x"] + box["width"], 390, control)


class Tokens(Page):
    SECRET = "a-secret-of-some-length"

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        token = pathlib.Path(folder.name) / "token"
        token.write_text(cls.SECRET)
        cls.arguments = ("--token", str(token))
        super().setUpClass()

    def test_are_asked_for(self):
        page = self.open()
        page.wait_for_selector("#access:not([hidden])")
        page.fill("#token", self.SECRET)
        page.press("#token", "Enter")
        self.until("the avatars", lambda: page.evaluate("document.getElementById('avatar').options.length") == 1)
        self.connect(page)

    def test_may_come_with_the_address(self):
        page = self.open(f"#token={self.SECRET}")
        self.until("the avatars", lambda: page.evaluate("document.getElementById('avatar').options.length") == 1)
        self.connect(page)


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--pictures", type=pathlib.Path, default=Settings.pictures)
    known, rest = parser.parse_known_args()
    Settings.pictures = known.pictures
    program.sys.argv[1:] = rest
    if not pathlib.Path(CHROMIUM).exists():
        program.sys.exit(f"{CHROMIUM} does not exist: make page installs it")
    program.main(__doc__.splitlines()[0])


if __name__ == "__main__":
    main()
