#!/usr/bin/env python3
"""Transparent avatars and green screens: what outputs show of them, and what is seen behind."""

import json
import subprocess

import cv2
import numpy as np

import package_case
import program
from package_case import FRAMES, HEIGHT, WIDTH, ffmpeg
from program import run

# The left third is transparent, the right one opaque, with a slope in between.
MATTE = f"255*clip((X-{WIDTH}/3)/({WIDTH}/3)\\,0\\,1)"
WITH_ALPHA = f"format=yuva444p,geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='{MATTE}'"
GREEN = (40, 170, 60)


def rgba(path, *decoder):
    """[frames, height, width, 4] of a video or picture, as ffmpeg decodes it."""
    data = subprocess.run(["ffmpeg", "-v", "error", *decoder, "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgba",
                           "-fps_mode", "passthrough", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, HEIGHT, WIDTH, 4)


def expected_alpha():
    return np.clip((np.arange(WIDTH) - WIDTH / 3) / (WIDTH / 3), 0, 1) * 255


class Transparency(package_case.PackageCase):
    def render(self, package, name, *arguments):
        """The output and what was said."""
        path = package.parent / name
        frames = [] if "--frames" in arguments else ["--frames", f"0:{FRAMES}"]
        result = run("render", package, "-o", path, *frames, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return path, result.stderr

    def transparent(self, kind):
        if kind == "pictures":
            def write(folder, number, frame):
                alpha = np.broadcast_to(expected_alpha().astype(np.uint8), frame.shape[:2])
                cv2.imwrite(str(folder / f"{number + 1}.png"), np.dstack([frame, alpha]))
            return self.image_package(write, kind)
        codec = {"prores": ["-c:v", "prores_ks", "-pix_fmt", "yuva444p10le", "-f", "mov"],
                 "png": ["-c:v", "png", "-pix_fmt", "rgba", "-f", "mov"],
                 "vp9": ["-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0", "-crf", "5", "-b:v", "0",
                         "-f", "webm"]}[kind]
        package = self.with_body(kind, "-vf", WITH_ALPHA, *codec)
        if kind == "vp9":
            (package / package_case.BODY).rename(package / "full_body_video.webm")
        elif kind == "prores":
            (package / package_case.BODY).rename(package / "full_body_video.mov")
        return package

    def green_screen(self, name="green"):
        """A copy whose left third is green."""
        colour = "0x{:02x}{:02x}{:02x}".format(*GREEN)
        return self.with_body(name, "-vf", f"drawbox=0:0:{WIDTH // 3}:{HEIGHT}:{colour}:fill", "-c:v", "libx264",
                              "-qp", "4")

    def test_packages_with_alpha_stay_transparent(self):
        for kind in ("prores", "vp9", "png", "pictures"):
            package = self.transparent(kind)
            for name, decoder, arguments, tolerance in (
                    ("out.webm", ["-c:v", "libvpx-vp9"], ["--crf", "10"], 12),
                    ("out.mov", [], ["--codec", "prores_ks"], 4), ("out/%02d.png", [], [], 4)):
                with self.subTest(package=kind, output=name):
                    name = f"{kind}_{name}"
                    path, said = self.render(package, name, *arguments)
                    self.assertNotIn("transparency is left out", said)
                    self.assertNotIn("has transparency", said)
                    path = path.parent / "00.png" if "%" in name else path
                    shown = rgba(path, *decoder)
                    self.assertEqual(len(shown), 1 if "%" in name else FRAMES)
                    difference = np.abs(shown[0][..., 3].astype(int) - expected_alpha())
                    self.assertLessEqual(difference.max(), tolerance)

    def test_colours_are_those_of_the_avatar_without_transparency(self):
        def write(folder, number, frame):
            cv2.imwrite(str(folder / f"{number + 1}.png"), frame)
        plain, _ = self.render(self.image_package(write, "plain"), "plain/%02d.png")
        clear, _ = self.render(self.transparent("pictures"), "clear/%02d.png")
        for number in range(FRAMES):
            a = cv2.imread(str(plain.parent / f"{number:02d}.png"), cv2.IMREAD_UNCHANGED)
            b = cv2.imread(str(clear.parent / f"{number:02d}.png"), cv2.IMREAD_UNCHANGED)
            self.assertEqual((a.shape[2], b.shape[2]), (3, 4))
            np.testing.assert_array_equal(a, b[..., :3], "the mouth, too")

    def test_outputs_without_transparency_warn_as_before(self):
        package = self.transparent("prores")
        for name in ("x.mp4", "x.gif", "y.mov", "x.y4m", "x/"):
            with self.subTest(name):
                _, said = self.render(package, name)
                self.assertIn("has transparency: it is left out", said)
        _, said = self.render(self.green_screen(), "z.mp4", "--key-out", "green")
        self.assertIn("z.mp4: cannot be transparent, so --key-out changes nothing; .webm, .png", said)
        _, body, said = package_case.inspected(package)
        self.assertTrue(body["alpha"])

    def test_a_background_is_blended(self):
        """Within a level of real numbers, in the frames' own YUV."""
        package = self.transparent("pictures")
        plain = list(program.rendered_planes(package, "--frames", "0:3"))
        blended = list(program.rendered_planes(package, "--frames", "0:3", "--background", "#2040e0"))
        black = list(program.rendered_planes(package, "--frames", "0:3", "--background", "#000000"))
        alpha = expected_alpha().astype(np.uint8).astype(float)
        half = (alpha[0::2] + alpha[1::2]) / 2
        red, green, blue = 0x20, 0x40, 0xe0
        luma = 0.299 * red + 0.587 * green + 0.114 * blue
        scale = 224 / 255
        full = [16 + 219 / 255 * luma, 128 + scale * (blue - luma) / 1.772, 128 + scale * (red - luma) / 1.402]
        for p in range(3):
            weight = (alpha if p == 0 else half) / 255
            for frame in range(3):
                for shown, back in ((blended, full[p]), (black, [16, 128, 128][p])):
                    expected = plain[frame][p] * weight + back * (1 - weight)
                    self.assertLessEqual(np.abs(shown[frame][p] - expected).max(), 1.6, (p, frame))

    def test_a_green_screen_becomes_transparent_and_loses_its_light(self):
        package = self.green_screen()
        path, said = self.render(package, "key/%02d.png", "--key-out", "green")
        self.assertNotIn("cannot be", said)
        picture = cv2.imread(str(path.parent / "03.png"), cv2.IMREAD_UNCHANGED).astype(int)
        self.assertLessEqual(picture[:, :WIDTH // 3 - 3, 3].max(), 3)
        blue, green, red = (picture[:, :WIDTH // 3 - 3, c] for c in range(3))
        self.assertLessEqual((green - np.maximum(red, blue)).max(), 24, "nothing green is left")
        opaque = picture[..., 3] == 255
        self.assertGreater(opaque[:, WIDTH // 3 + 3:].mean(), 0.5)

        for frames in (1, 3):
            with self.subTest(webp=frames):
                path, said = self.render(package, f"{frames}.webp", "--key-out", "green", "--frames", f"3:{3 + frames}")
                self.assertNotIn("cannot be", said)
                self.assertEqual(path.read_bytes().count(b"ANMF"), 0 if frames == 1 else frames)
                shown = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
                self.assertLessEqual(np.abs(shown[..., 3].astype(int) - picture[..., 3]).max(), 3)

        # What is seen behind it, in any output.
        for name in ("x.mp4", "x/%02d.jpg", "x.webm", "x.gif"):
            with self.subTest(name):
                path, said = self.render(package, name, "--key-out", "green", "--background", "#ff0000")
                self.assertNotIn("cannot be", said)
                path = path.parent / "03.jpg" if "%" in name else path
                red, green, blue, _ = (rgba(path)[0][10:-10, 5:WIDTH // 3 - 8, c].astype(int) for c in range(4))
                self.assertGreater(red.min(), 225)
                self.assertLess(max(green.max(), blue.max()), 40)

    def test_what_is_seen_behind(self):
        """A picture or a video covers the frames with its middle, and a video starts over."""
        package = self.green_screen()
        folder = package.parent
        wide = np.zeros((90, 400, 3), np.uint8)
        wide[:, 140:260] = (30, 200, 240)  # blue, green, red; as high as the frames when scaled
        cv2.imwrite(str(folder / "wide.png"), wide)
        path, _ = self.render(package, "a/%02d.png", "--key-out", "green", "--background", folder / "wide.png")
        corner = cv2.imread(str(path.parent / "05.png"))[5:-5, 2:WIDTH // 3 - 6]
        self.assertLessEqual(np.abs(corner.astype(int) - (30, 200, 240)).max(), 6)

        ffmpeg("-f", "lavfi", "-i", "color=red:size=64x64:r=25:d=0.12", "-f", "lavfi", "-i",
               "color=blue:size=64x64:r=25:d=0.08", "-filter_complex", "[0][1]concat", "-c:v", "ffv1",
               folder / "loop.mkv")
        path, _ = self.render(package, "b/%02d.png", "--key-out", "green", "--background", folder / "loop.mkv")
        reds = [cv2.imread(str(path.parent / f"{n:02d}.png"))[HEIGHT // 2, 8, 2] > 128 for n in range(FRAMES)]
        self.assertEqual(reds, [n % 5 < 3 for n in range(FRAMES)])
        single, _ = self.render(package, "c.png", "--key-out", "green", "--background", folder / "loop.mkv",
                                "--frames", "9:10")
        np.testing.assert_array_equal(cv2.imread(str(single)), cv2.imread(str(path.parent / "09.png")))

    def test_parts_and_sizes_have_alpha_and_background_too(self):
        package = self.transparent("pictures")
        path, _ = self.render(package, "a/%02d.png", "--crop", "96x72@64,30", "--scale", "192x144")
        alpha = cv2.imread(str(path.parent / "00.png"), cv2.IMREAD_UNCHANGED)[..., 3]
        expected = np.repeat(expected_alpha()[64:160], 2)
        self.assertEqual(alpha.shape, (144, 192))
        self.assertLessEqual(np.abs(alpha - expected).max(), 6)
        tall = np.zeros((300, 100, 3), np.uint8)
        tall[:, :50] = (0, 0, 255)
        cv2.imwrite(str(package.parent / "tall.png"), tall)
        path, _ = self.render(package, "b/%02d.png", "--crop", "48x144@0,0", "--background",
                              package.parent / "tall.png")
        shown = cv2.imread(str(path.parent / "00.png")).astype(int)
        self.assertGreater(shown[70, 6, 2], 200, "the picture's middle covers the part, not the frames")
        self.assertLess(shown[70, 42, 2], 60)

    def test_wrong_values_are_errors_before_the_work(self):
        package = self.copy("plain")
        clear = self.transparent("pictures")
        (package.parent / "text.txt").write_text("no picture")
        for avatar, arguments, words in (
                (package, ["--background", "#102030"], "background: expected an avatar that is transparent in part"),
                (clear, ["--key-out", "green"], "key-out: expected an avatar without transparency"),
                (package, ["--key-out", "pink"], 'found "pink"'),
                (package, ["--key-out", "green:2"], 'found "green:2"'),
                (package, ["--key-out", "#777777"], "no grey"),
                (clear, ["--background", "#12"], 'found "#12"'),
                (clear, ["--background", "text.txt"], "text.txt"),
                (clear, ["--background", "missing.png"], "missing.png")):
            with self.subTest(arguments):
                result = run("render", avatar, "-o", package.parent / "x.webm", *arguments, cwd=package.parent)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
                self.assertIn(words, result.stderr)
                self.assertFalse((package.parent / "x.webm").exists())

    def test_a_background_is_never_replaced(self):
        package = self.green_screen()
        back = package.parent / "back.png"
        cv2.imwrite(str(back), np.zeros((10, 10, 3), np.uint8))
        before = back.read_bytes()
        result = run("render", package, "-o", back, "--frames", "0:1", "--key-out", "green", "--background", back,
                     "--overwrite")
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(back.read_bytes(), before)

    def test_shards_know_their_background(self):
        package = self.green_screen()
        back = package.parent / "back.png"
        arguments = ["--key-out", "green", "--background", back, "--frames", "0:500"]
        for part, grey in ((0, 40), (1, 40), (1, 90)):
            cv2.imwrite(str(back), np.full((10, 10, 3), grey, np.uint8))
            self.render(package, f"{part}_{grey}.mp4", *arguments, "--shard", f"{part}/2")
        for grey, status in ((90, 2), (40, 0)):
            result = run("join", package.parent / "0_40.mp4", package.parent / f"1_{grey}.mp4", "-o",
                         package.parent / f"{grey}.mp4")
            self.assertEqual(result.returncode, status, result.stderr)

    def test_statistics_tell(self):
        package = self.green_screen()
        stats = package.parent / "stats.json"
        self.render(package, "x.mp4", "--key-out", "green", "--background", "#102030", "--crop", "1:1", "--stats", stats)
        config = json.loads(stats.read_text())["config"]
        self.assertEqual((config["key_out"], config["background"], config["crop"]), ("#00ff00:0.7", "#102030", "1:1"))


if __name__ == "__main__":
    program.main(__doc__)
