#!/usr/bin/env python3
"""Packages as tools and caches leave them: JSON, links, names of folders."""

import json
import os
import shutil

import program
from package_case import PackageCase, inspected
from program import hashes


class Json(PackageCase):
    def test_oddities_that_tools_write(self):
        rectangles = "cache/crop_rectangles.json"
        floats = json.dumps([[float(v) for v in r] for r in self.rectangles])
        paths = "{" + ", ".join(f'"{i}": {{"rect": {r}, "path": "C:\\Users\\Me\\frames\\{i}.jpg"}}'
                                for i, r in enumerate(self.rectangles)) + "}"
        model = {"generator": {"included": True, "file": "models\\generator.onnx", "sha256": None},
                 "audio_encoder": {"included": False, "file": None, "sha256": None}}
        table = [("whole numbers as 562.0", rectangles, floats), ("backslashes of Windows", rectangles, paths),
                 ("a path of Windows, and no digest", "onnx_dist_config.json", json.dumps(model))]
        expected = hashes(self.good, "--frames", "0:3")
        for number, (why, name, text) in enumerate(table):
            with self.subTest(why):
                package = self.copy(str(number))
                (package / name).write_text(text)
                if "config" in name:
                    (package / "models").mkdir()
                    (package / "checkpoint/model_best.onnx").rename(package / "models/generator.onnx")
                self.assertEqual(hashes(package, "--frames", "0:3"), expected)

    def test_fractions_of_pixels_are_refused(self):
        package = self.copy()
        (package / "cache/crop_rectangles.json").write_text(json.dumps(
            [[*r[:3], r[3] + 0.5] for r in self.rectangles]))
        status, _, said = inspected(package)
        self.assertEqual(status, 2)
        self.assertIn("the number", said)


class Places(PackageCase):
    def test_a_package_of_links_into_a_cache(self):
        expected = hashes(self.good, "--frames", "0:3")
        package, blobs = self.root / "linked", self.root / "blobs"
        blobs.mkdir()
        for number, path in enumerate(sorted(self.good.rglob("*"))):
            if path.is_dir():
                continue
            shutil.copy(path, blobs / str(number))
            link = package / path.relative_to(self.good)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(os.path.relpath(blobs / str(number), link.parent))
        self.assertEqual(hashes(package, "--frames", "0:3"), expected)
        # What is no plain file is not opened, and names may not leave the package.
        (package / "aud_ave.npy").unlink()
        (package / "aud_ave.npy").symlink_to("/dev/zero")
        status, _, said = inspected(package)
        self.assertEqual(status, 2)
        self.assertIn("aud_ave.npy: is no file", said)

    def test_folders_whose_names_mean_something_elsewhere(self):
        expected = hashes(self.good, "--frames", "0:3")
        for name in ("100%", "%05d", "a b", "file:x", "a%20b", "-o", "ümlaut", "[x]*?"):
            with self.subTest(name):
                package = self.copy(name)
                self.assertEqual(hashes(package, "--frames", "0:3"), expected)


if __name__ == "__main__":
    program.main(__doc__)
