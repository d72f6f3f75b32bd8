"""The server's page in a real browser, measured from within (page.js)."""

import pathlib
import subprocess

from playwright.sync_api import sync_playwright

from live import barcode

CHROMIUM = "/usr/bin/chromium"
LOOK_AHEAD = 21720  # ticks of sound that a frame looks at, from its beginning on
SCRIPT = pathlib.Path(__file__).with_name("page.js")


def bursts(speech, path, count):
    """A sound file of the speech's first 0.4 s every 2 s, for the fake microphone."""
    subprocess.run(["ffmpeg", "-v", "error", "-f", "s16le", "-ar", "24000", "-ac", "1", "-i", speech, "-af",
                    f"aresample=48000,atrim=0.4:0.8,asetpts=PTS-STARTPTS,apad=whole_dur=2,aloop=loop={count - 1}:size=96000",
                    path], check=True)


def walk(frame, count):
    """The avatar's frame that a session's frame shows."""
    place = frame % (2 * count - 2)
    return min(place, 2 * count - 2 - place)


def measure(url, speech, frames, folder, rounds, bursts_heard):
    """The page's figures. `speech`: file of 16-bit samples at 24 kHz. The avatar has bars and `frames` frames."""
    microphone = folder / "microphone.wav"
    bursts(speech, microphone, bursts_heard + 2)
    samples = list(memoryview(pathlib.Path(speech).read_bytes()).cast("h"))
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, headless=True, args=[
            "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}%noloop"])
        page = browser.new_context(bypass_csp=True, viewport={"width": 1100, "height": 850}).new_page()
        page.goto(url)
        page.click("#connect")
        page.wait_for_function("mouthpiece.player?.stats().shown > 20")
        page.evaluate(SCRIPT.read_text())
        page.evaluate("([bits, block]) => probe.begin(bits, block)", [barcode.BITS, barcode.BLOCK])
        page.evaluate("(speech) => { window.speech = Int16Array.from(speech); }", samples)
        pixels, past, silent, flushed = [], [], [], []
        for _ in range(rounds):
            took = page.evaluate("(ticks) => probe.speak(speech, ticks)", LOOK_AHEAD)
            pixels += took["decided"]
            past += took["past"]
        drawn = page.evaluate("probe.drawn")
        for _ in range(rounds * 2):
            cut = page.evaluate("probe.stop(speech)")
            silent.append(cut["silent"])
            flushed.append(cut["flushed"])
        talk = page.locator("#talk").bounding_box()
        page.evaluate("probe.listen()")
        page.mouse.move(talk["x"] + 5, talk["y"] + 5)
        page.mouse.down()
        page.wait_for_timeout(2000 * bursts_heard + 1000)
        page.mouse.up()
        page.wait_for_timeout(1500)
        heard = page.evaluate("probe.delays()")
        browser.close()
    wrong = sum(walk(round(one["pts"] / 1920), frames) != one["bars"] for one in drawn)
    return {"pixels_ms": pixels, "past_ms": past, "skew_ms": [one["skew"] for one in drawn], "drawn": len(drawn), "wrong_pictures": wrong,
            "silent_ms": silent, "flushed_ms": flushed, "microphone_ms": heard}
