#!/usr/bin/env python3
"""When frames are shown, and which of a trimmed clip's there are."""

import shutil
import subprocess

import program
from package_case import BODY, FRAMES, PackageCase, ffmpeg, inspected
from program import hashes


class Stamps(PackageCase):
    def test_time_stamps(self):
        # (name, presentation time of frame n in ticks of 1/1000 s, rate, texts of the warning)
        jitter = [0, 13, -11, 9, -14, 12, 0, 10, -9, 15, -12, 0]
        table = [
            ("even", lambda n: 40 * n, 25, None),
            ("rounded", lambda n: round(n * 1001 / 30), 30000 / 1001, None),
            ("pairs", lambda n: 40 * n - 20 * (n % 2), 25, "are shown for longer or shorter"),
            ("jitter", lambda n: 40 * n + jitter[n] + 20, 25, "are shown for longer or shorter"),
            ("a gap", lambda n: 40 * n + (400 if n >= 6 else 0), 25, "1 frame of 12"),
            ("slow", lambda n: 100 * n, 10, None),
        ]
        for name, stamp, rate, text in table:
            with self.subTest(name):
                package = self.copy(name.replace(" ", "_"))
                expression = "+".join(f"eq(N\\,{n})*{stamp(n)}" for n in range(FRAMES))
                ffmpeg("-i", self.good / BODY, "-vf", f"settb=1/1000,setpts={expression}", "-fps_mode",
                       "passthrough", "-enc_time_base", "1:1000", "-video_track_timescale", "1000",
                       "-c:v", "libx264", package / BODY)
                status, body, said = inspected(package)
                self.assertEqual(status, 0)
                self.assertAlmostEqual(body["frame_rate"][0] / body["frame_rate"][1], rate, delta=0.02 * rate)
                if text is None:
                    self.assertEqual((said, body["uneven_frames"]), ("", 0))
                else:
                    self.assertIn(text, said)
                    self.assertGreater(body["uneven_frames"], 0)


class Trims(PackageCase):
    def test_trimmed_clips_give_one_set_of_frames(self):
        long = self.root / "long.mp4"
        body = self.good / BODY
        keep = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-threads", "1"]
        kinds = {"closed": ["-g", "10", "-bf", "2"],
                 "open": ["-x264-params", "open-gop=1:keyint=8:min-keyint=8:scenecut=0:bframes=3"],
                 "refresh": ["-x264-params", "intra-refresh=1:keyint=10"]}
        for kind, options in kinds.items():
            for cut in (["-ss", "0.5"], ["-ss", "0.5", "-avoid_negative_ts", "make_zero"], ["-t", "0.7"]):
                with self.subTest(f"{kind} {cut}"):
                    ffmpeg("-stream_loop", "2", "-i", body, *keep, *options, long)
                    before, after = (cut[:2], cut[2:]) if cut[0] == "-ss" else ([], cut)
                    package = self.root / "trim" / "".join([kind, *cut]).replace(".", "_")
                    shutil.copytree(self.good, package)
                    ffmpeg(*before, "-i", long, "-c", "copy", *after, package / BODY)
                    decoded = subprocess.run(
                        ["ffmpeg", "-nostdin", "-v", "quiet", "-i", package / BODY, "-fps_mode", "passthrough",
                         "-f", "framemd5", "-"], capture_output=True, check=True).stdout.decode()
                    count = sum(not line.startswith("#") for line in decoded.splitlines())
                    status, found, said = inspected(package)
                    self.assertEqual((status, found["frames"]), (0, count), said)
                    frames = min(count, FRAMES)
                    expected = hashes(package, "--frames", f"0:{frames}", "--cache", "ram", "--threads", "1")
                    for arguments in (["--cache", "chunk", "--threads", "2", "--chunk-frames", "3"],
                                      ["--cache", "stream", "--threads", "3"], ["--cache", "disk"]):
                        self.assertEqual(hashes(package, "--frames", f"0:{frames}", *arguments), expected)
                    middle = frames // 2
                    later = hashes(package, "--frames", f"{middle}:{frames}", "--cache", "stream")
                    self.assertEqual([md5 for _, md5 in later], [md5 for _, md5 in expected[middle:]])

    def test_left_out_frames_are_said(self):
        long = self.root / "refresh.mp4"
        ffmpeg("-stream_loop", "2", "-i", self.good / BODY, "-c:v", "libx264", "-x264-params",
               "intra-refresh=1:keyint=10", long)
        package = self.copy()
        ffmpeg("-ss", "0.5", "-i", long, "-c", "copy", "-avoid_negative_ts", "make_zero", package / BODY)
        _, body, said = inspected(package)
        self.assertGreater(body["undecodable_frames"], 0)
        self.assertIn(f"{body['undecodable_frames']} frames cannot be decoded", said)


if __name__ == "__main__":
    program.main(__doc__)
