#!/usr/bin/env python3
"""Makes damaged and unusual copies of a good avatar package, and says what must come of each.

Writes OUT/NAME/ for each case and OUT/cases.json, a list of
  {"name", "what", "stage", "expect": [...]}  rendering fails with one line that holds each text, or
  {"name", "what", "stage", "renders": true}  it must work all the same, with a warning that holds
                                              each text of "warns" if there is one.
"stage" is where it shows: "package" when the package is opened, "render" only later (the model is
loaded, features meet the model, pictures are decoded). Untouched files are hard links: change a
case's files by replacing them.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper

BODY, CROPS = "full_body_video.mp4", "crops_328_video.mp4"
ROIS, INPUTS = "rois_320_video.mp4", "model_inputs_video.mp4"
RECTANGLES, FEATURES = "cache/crop_rectangles.json", "aud_ave.npy"
MODEL, CONFIG = "checkpoint/model_best.onnx", "onnx_dist_config.json"
REQUIRED = [BODY, CROPS, ROIS, INPUTS, RECTANGLES, MODEL]
IMAGE_FOLDERS = {BODY: "full_body_img", CROPS: "crops_328", ROIS: "rois_320", INPUTS: "model_inputs"}


class Case:
    """One copy of the package, with the ways to damage it."""

    def __init__(self, good, folder):
        self.good, self.folder = good, folder

        def link(source, target):
            try:
                os.link(source, target)
            except OSError:
                shutil.copyfile(source, target)

        shutil.copytree(good, folder, copy_function=link)

    def read(self, name):
        return (self.folder / name).read_bytes()

    def remove(self, name):
        path = self.folder / name
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)

    def write(self, name, content):
        self.remove(name)
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def cut(self, name, share):
        content = self.read(name)
        self.write(name, content[:int(len(content) * share)])

    def link(self, name, target):
        self.remove(name)
        (self.folder / name).symlink_to(target)

    def rectangles(self, change):
        """Replaces the list of rectangles by what `change` makes of it, or changes it in place."""
        document = json.loads(self.read(RECTANGLES))
        rectangles = [document[str(i)]["rect"] for i in range(len(document))]
        changed = change(rectangles)
        self.write(RECTANGLES, json.dumps(rectangles if changed is None else changed))

    def features(self, change):
        array = change(np.load(self.folder / FEATURES))
        self.remove(FEATURES)
        np.save(self.folder / FEATURES, array)

    def npy_header(self, old, new):
        self.write(FEATURES, self.read(FEATURES).replace(old, new, 1))

    def config(self, **entries):
        self.write(CONFIG, json.dumps(entries))

    def ffmpeg(self, name, *options):
        """Makes the file anew from what it was."""
        with tempfile.TemporaryDirectory() as folder:
            made = pathlib.Path(folder) / "made.mp4"
            subprocess.run(["ffmpeg", "-v", "error", "-i", self.good / name, *options, "-threads", "1", made],
                           check=True)
            self.write(name, made.read_bytes())

    def images(self, suffix="jpg", **sizes):
        """Turns the videos into image folders. `sizes` gives folders another size of picture."""
        for video, folder in IMAGE_FOLDERS.items():
            (self.folder / folder).mkdir()
            capture = cv2.VideoCapture(str(self.good / video))
            number = 0
            while True:
                there, frame = capture.read()
                if not there:
                    break
                number += 1
                if folder in sizes:
                    frame = cv2.resize(frame, sizes[folder])
                cv2.imwrite(str(self.folder / folder / f"{number}.{suffix}"), frame)
            self.remove(video)

    def model(self, visual=(6, 320, 320), audio=(32, 16, 16), output=(3, 320, 320)):
        """A valid network that has these shapes and computes nothing of use."""
        def value(name, shape):
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape])

        inputs = [value("input", visual)] + ([value("audio", audio)] if audio else [])
        heard = [helper.make_node("ReduceMean", ["audio"], ["heard"], keepdims=0),
                 helper.make_node("Add", ["seen", "heard"], ["mean"])] if audio else [
                     helper.make_node("Identity", ["seen"], ["mean"])]
        nodes = [helper.make_node("ReduceMean", ["input"], ["seen"], keepdims=0), *heard,
                 helper.make_node("Shape", ["input"], ["n"], start=0, end=1),
                 helper.make_node("Concat", ["n", "rest"], ["shape"], axis=0)]
        level = "mean"
        if audio:
            nodes += [helper.make_node("ReduceMean", ["audio"], ["loudness"], keepdims=0),
                      helper.make_node("Add", ["mean", "loudness"], ["level"])]
            level = "level"
        nodes.append(helper.make_node("Expand", [level, "shape"], ["output"]))
        constant = helper.make_tensor("rest", TensorProto.INT64, [len(output)], output)
        graph = helper.make_graph(nodes, "wrong", inputs, [value("output", output)], [constant])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        onnx.checker.check_model(model)
        self.write(MODEL, model.SerializeToString())


def no_frames():
    """An MP4 file that is whole and holds no video."""
    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder) / "made.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", made],
                       check=True)
        return made.read_bytes()


def png():
    return cv2.imencode(".png", np.zeros((320, 320, 3), np.uint8))[1].tobytes()


def digest(content):
    return hashlib.sha256(content).hexdigest()


def set_rectangle(index, values):
    def change(rectangles):
        rectangles[index] = values

    return lambda case: case.rectangles(change)


def keep_first_frame(case):
    for name in (BODY, CROPS, ROIS, INPUTS):
        case.ffmpeg(name, "-frames:v", "1")
    case.rectangles(lambda rectangles: rectangles[:1])


def to_bin(case):
    array = np.load(case.folder / FEATURES)
    case.remove(FEATURES)
    case.write("aud_ave.bin", array.tobytes())
    return array


def bin_with_shape(case, **claims):
    array = to_bin(case)
    shape = {"num_frames": array.shape[0], "feature_size": array.shape[1], "shape": list(array.shape)}
    case.write("aud_ave.bin.json", json.dumps({**shape, **claims}))


def image_package(then=lambda case: None, **options):
    def action(case):
        case.images(**options)
        then(case)

    return action


def move_model(case):
    content = case.read(MODEL)
    case.remove("checkpoint")
    case.write("models/generator.onnx", content)
    case.config(generator={"file": "models/generator.onnx", "sha256": digest(content)})


def into_cache(case):
    case.images("png")
    for folder in ("crops_328", "rois_320", "model_inputs"):
        (case.folder / folder).rename(case.folder / "cache" / folder)


def damaged():
    """(name, what, texts of the message, action) of what is refused when the package is opened."""
    for path in REQUIRED:
        stem = pathlib.Path(path).stem
        yield f"missing_{stem}", f"{path} is missing", [path, "missing"], lambda c, p=path: c.remove(p)
        yield f"empty_{stem}", f"{path} is empty", [path, "empty"], lambda c, p=path: c.write(p, b"")
        yield (f"folder_{stem}", f"{path} is a folder", [path, "folder"],
               lambda c, p=path: (c.remove(p), (c.folder / p).mkdir()))
    yield "empty_features", "no byte of features", [FEATURES, "empty"], lambda c: c.write(FEATURES, b"")
    for path in (BODY, CROPS, ROIS, INPUTS):
        stem = pathlib.Path(path).stem
        yield f"text_{stem}", f"{path} is text", [path], lambda c, p=path: c.write(p, "This is no video.\n" * 99)
        yield f"cut_{stem}", f"{path} is half as long", [path], lambda c, p=path: c.cut(p, 0.5)
    yield "cut_body_start", "a few bytes of video", [BODY], lambda c: c.write(BODY, c.read(BODY)[:40])
    yield "cut_body_end", "the video's last byte is missing", [BODY, "cut short"], lambda c: c.write(BODY, c.read(BODY)[:-1])
    for percent in (60, 95):
        yield (f"cut_faststart_{percent}", f"{percent} % of a video whose index comes first", [BODY, "cut short"],
               lambda c, s=percent / 100: (c.ffmpeg(BODY, "-c", "copy", "-movflags", "faststart"), c.cut(BODY, s)))
    yield "png_rois", "a picture in place of a video", [ROIS, "MP4"], lambda c: c.write(ROIS, png())
    yield "random_crops", "random bytes in place of a video", [CROPS], lambda c: c.write(
        CROPS, np.random.default_rng(1).bytes(9999))
    yield "playlist_rois", "a playlist that names another file", [ROIS, "MP4"], lambda c: c.write(
        ROIS, f"ffconcat version 1.0\nfile {BODY}\n")
    yield "sound_only", "a file with sound and no video: 0 frames", [BODY, "video"], lambda c: c.write(BODY, no_frames())
    yield "size_crops", "crops as large as the rois", [ROIS, "320x320"], lambda c: c.write(CROPS, c.read(ROIS))
    yield "size_rois", "rois larger than the crops", [ROIS, "336x336"], lambda c: c.ffmpeg(ROIS, "-vf", "scale=336:336")
    yield "size_inputs", "model inputs of another size", [INPUTS, "320x320", "318x318"], lambda c: c.ffmpeg(
        INPUTS, "-vf", "scale=318:318")
    yield "flat_crops", "crops that are not square", [CROPS, "328x320", "square"], lambda c: c.ffmpeg(
        CROPS, "-vf", "scale=328:320")
    yield "body_is_crops", "the wrong full-body video", [RECTANGLES, "16x16"], lambda c: c.ffmpeg(
        BODY, "-vf", "scale=16:16")

    rectangle = "frame 2 "
    for name, values, text in [
            ("outside", [9, 9, 99999, 99999], "99999"), ("negative", [-3, 0, 50, 50], "-3"),
            ("reversed", [90, 90, 20, 20], "reversed"), ("empty", [30, 30, 30, 90], "empty"),
            ("strings", ["1", "1", "90", "90"], "string"), ("fractions", [1.5, 1, 90, 90], "1.5"),
            ("short", [1, 2, 90], "3 values"), ("long", [1, 2, 90, 90, 0], "5 values"), ("null", None, "null"),
            ("huge", [0, 0, 10**18, 10**18], "1000000000000000000")]:
        yield f"rectangle_{name}", f"a rectangle {values}", [RECTANGLES, rectangle, text], set_rectangle(2, values)
    yield "rectangle_gap", "frame 2 has no rectangle", [RECTANGLES, "frame 2"], lambda c: c.rectangles(
        lambda r: {str(i): {"rect": v} for i, v in enumerate(r) if i != 2})
    yield "rectangle_twice", "frame 2 has two rectangles", [RECTANGLES, "twice"], lambda c: c.write(
        RECTANGLES, '{"0": {"rect": [0,0,9,9]}, "1": {"rect": [0,0,9,9]}, "1": {"rect": [0,0,8,8]}}')
    yield "rectangles_none", "no rectangle at all", [RECTANGLES, "no rectangle"], lambda c: c.write(RECTANGLES, "{}")
    yield "rectangles_cut", "half of the JSON", [RECTANGLES, "JSON"], lambda c: c.cut(RECTANGLES, 0.5)
    yield "rectangles_text", "no JSON", [RECTANGLES, "JSON"], lambda c: c.write(RECTANGLES, "rect = 1, 2, 3, 4")
    yield "rectangles_binary", "bytes that are no text", [RECTANGLES, "JSON"], lambda c: c.write(
        RECTANGLES, b'{"\xff\xfe\x00": 1}')
    yield "rectangles_number", "JSON of another kind", [RECTANGLES, "number"], lambda c: c.write(RECTANGLES, "7")
    yield "rectangles_deep", "a million opened lists", [RECTANGLES, "deep"], lambda c: c.write(RECTANGLES, "[" * 10**6)
    yield "rectangles_deep_objects", "100,000 opened objects", [RECTANGLES, "deep"], lambda c: c.write(
        RECTANGLES, '{"a":' * 10**5)

    yield "features_cut", "half of the features", [FEATURES, "bytes"], lambda c: c.cut(FEATURES, 0.5)
    yield "features_cut_header", "half of their header", [FEATURES, "early"], lambda c: c.write(
        FEATURES, c.read(FEATURES)[:60])
    yield "features_text", "text", [FEATURES, "NUMPY"], lambda c: c.write(FEATURES, "1.0 2.0 3.0")
    yield "features_nan", "a value that is no number", [FEATURES, "row 3", "NaN"], lambda c: c.features(
        lambda a: np.where(np.arange(a.size).reshape(a.shape) == 3 * a.shape[1] + 5, np.nan, a).astype(np.float32))
    yield "features_infinite", "an infinite value", [FEATURES, "row 0", "infinity"], lambda c: c.features(
        lambda a: np.where(np.arange(a.size).reshape(a.shape) == 7, np.inf, a).astype(np.float32))
    yield "features_flat", "one dimension", [FEATURES, "shape"], lambda c: c.features(lambda a: a.ravel())
    yield "features_no_rows", "no rows", [FEATURES, "shape"], lambda c: c.features(lambda a: a[:0])
    yield "features_integers", "integers", [FEATURES, "<i8"], lambda c: c.features(lambda a: a.astype(np.int64))
    yield "features_big_endian", "big-endian", [FEATURES, ">f4"], lambda c: c.features(lambda a: a.astype(">f4"))
    yield "features_text_array", "an array of texts", [FEATURES, "<U"], lambda c: c.features(lambda a: a.astype(str))
    yield "features_objects", "pickled objects", [FEATURES, "Python objects"], lambda c: c.features(
        lambda a: a[:1].astype(object))
    yield "features_fortran", "columns first", [FEATURES, "Fortran"], lambda c: c.features(np.asfortranarray)
    yield "features_terabytes", "a header that claims terabytes", [FEATURES, "bytes"], lambda c: c.npy_header(
        b"'shape': (", b"'shape': (99999999999, ")
    yield "features_overflow", "a size beyond 64 bits", [FEATURES, "bytes"], lambda c: c.npy_header(
        b"'shape': (", b"'shape': (9223372036854775807, 9223372036854775807, ")
    yield "features_negative", "a negative size", [FEATURES, "-"], lambda c: c.npy_header(b"'shape': (", b"'shape': (-1, -")
    yield "features_long_header", "a header of 4 GiB", [FEATURES, "4294967295"], lambda c: c.write(
        FEATURES, b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}")
    yield "bin_odd_size", "a .bin that is no whole rows", ["aud_ave.bin", "2048"], lambda c: (
        to_bin(c), c.write("aud_ave.bin", c.read("aud_ave.bin") + b"x"))
    yield "bin_wrong_shape", "a .bin.json that claims too much", ["aud_ave.bin", "bytes"], lambda c: bin_with_shape(
        c, num_frames=10**9, shape=[10**9, 512])
    yield "bin_contradiction", "a .bin.json that contradicts itself", ["aud_ave.bin.json"], lambda c: bin_with_shape(
        c, num_frames=7)

    yield "sha256_wrong", "a model with another digest", [MODEL, "sha256", "000000000000"], lambda c: c.config(
        generator={"file": MODEL, "sha256": "0" * 64})
    yield "sha256_malformed", "a digest that is none", [CONFIG, "sha256"], lambda c: c.config(
        generator={"file": MODEL, "sha256": "abc"})
    yield "config_names_missing", "a model that is named and not there", ["models/audio_encoder.onnx", "missing"], \
        lambda c: c.config(audio_encoder={"included": True, "file": "models/audio_encoder.onnx"})
    yield "config_broken", "half a config", [CONFIG, "JSON"], lambda c: c.write(CONFIG, '{"generator": {')
    for name, path in (("up", "../../../etc/passwd"), ("absolute", "/etc/passwd")):
        yield f"path_{name}", f"a model path that leaves the package: {path}", ["leaves the package"], \
            lambda c, p=path: c.config(generator={"file": p})
    for path in (FEATURES, BODY, MODEL, RECTANGLES):
        yield f"link_{pathlib.Path(path).stem}", f"{path} is a link to no file", [path, "is no file"], \
            lambda c, p=path: c.link(p, "/dev/zero")
    yield "link_loop", "a link to itself", [FEATURES], lambda c: c.link(FEATURES, FEATURES)

    yield "images_gap", "an image is missing", ["full_body_img/3.jpg", "missing"], image_package(
        lambda c: c.remove("full_body_img/3.jpg"))
    yield "images_from_zero", "images counted from 0", ["rois_320/0.jpg", "counted from 1"], image_package(
        lambda c: c.write("rois_320/0.jpg", c.read("rois_320/1.jpg")))
    yield "images_none", "an empty folder of images", ["crops_328", "no image"], image_package(
        lambda c: (c.remove("crops_328"), (c.folder / "crops_328").mkdir()))
    yield "images_empty_file", "an empty image", ["model_inputs/2.jpg", "empty"], image_package(
        lambda c: c.write("model_inputs/2.jpg", b""))
    yield "images_text", "a first image that is text", ["rois_320/1.jpg", "image"], image_package(
        lambda c: c.write("rois_320/1.jpg", "no image at all"))
    yield "images_size", "images of a wrong size", ["rois_320", "300x320"], image_package(rois_320=(300, 320))
    yield "images_change_size", "one image of another size", ["rois_320/4.jpg", "as 1.jpg"], image_package(
        lambda c: c.write("rois_320/4.jpg", c.read("full_body_img/4.jpg")))
    if os.geteuid() != 0:
        yield "unreadable", "features that may not be read", [FEATURES, "Permission"], lambda c: (
            c.write(FEATURES, c.read(FEATURES)), (c.folder / FEATURES).chmod(0))


def damaged_inside():
    """The same for what only shows later."""
    yield "no_features", "no features, and none given", ["features"], lambda c: c.remove(FEATURES)
    yield "features_narrow", "rows of another length than the model's", ["100"], lambda c: c.features(
        lambda a: a[:, :100].copy())
    yield "model_text", "a model that is text", [MODEL], lambda c: c.write(MODEL, "This is no model.")
    yield "model_random", "a model of random bytes", [MODEL], lambda c: c.write(MODEL, np.random.default_rng(2).bytes(9999))
    yield "model_cut", "half a model", [MODEL], lambda c: c.cut(MODEL, 0.5)
    yield "model_channels", "a model of 3 channels", [MODEL], lambda c: c.model(visual=(3, 320, 320))
    yield "model_size", "a model for other pictures", ["model_best.onnx", "256"], lambda c: c.model((6, 256, 256), output=(3, 256, 256))
    yield "model_oblong", "a model for oblong pictures", [MODEL], lambda c: c.model((6, 320, 240), output=(3, 320, 240))
    yield "model_output", "a model that gives one channel", [MODEL], lambda c: c.model(output=(1, 320, 320))
    yield "model_output_size", "a model that gives smaller pictures", [MODEL], lambda c: c.model(output=(3, 160, 160))
    yield "model_no_audio", "a model that hears nothing", [MODEL], lambda c: c.model(audio=None)
    yield "model_audio_flat", "a model with a flat audio input", [MODEL], lambda c: c.model(audio=(8192,))
    yield "model_audio_odd", "a model whose audio is no 16 rows", ["512"], lambda c: c.model(audio=(7, 5, 3))
    yield "images_cut", "half an image in the middle", ["full_body_img/4.jpg"], image_package(
        lambda c: c.cut("full_body_img/4.jpg", 0.5))


def unusual():
    """(name, what, texts of the warning, action) of what must work."""
    yield "good", "nothing is wrong", [], lambda c: None
    yield "one_frame", "a single frame", [], keep_first_frame
    yield "one_crop", "24 frames, but one crop", ["frame counts differ"], lambda c: c.ffmpeg(CROPS, "-frames:v", "1")
    yield "fewer_rectangles", "fewer rectangles than frames", ["frame counts differ"], lambda c: c.rectangles(
        lambda r: r[:5])
    yield "rectangle_list", "rectangles as a list", [], lambda c: c.rectangles(lambda r: r)
    yield "rectangle_one_pixel", "a rectangle of one pixel", [], set_rectangle(2, [7, 7, 8, 8])
    yield "rectangle_oblong", "a rectangle that is not square", [], set_rectangle(2, [11, 20, 114, 91])
    yield "odd_body", "a full body of odd size", [], lambda c: c.ffmpeg(
        BODY, "-vf", "pad=iw+1:ih+1", "-c:v", "mpeg4", "-q:v", "2")
    yield "features_doubles", "float64 features", [], lambda c: c.features(lambda a: a.astype(np.float64))
    yield "features_halves", "float16 features", [], lambda c: c.features(lambda a: a.astype(np.float16))
    yield "features_more", "more features than frames", [], lambda c: c.features(lambda a: np.concatenate([a, a]))
    yield "features_one", "one row of features", [], lambda c: c.features(lambda a: a[:1])
    yield "bin", "features without a header", [], to_bin
    yield "bin_shape", "features without a header, and their shape", [], bin_with_shape
    yield "generator_place", "the model at its other place, with its digest", [], move_model
    yield "images_jpg", "image folders of JPEG", [], image_package()
    yield "images_png_in_cache", "image folders of PNG, some under cache/", [], into_cache
    for path in (FEATURES, BODY, MODEL, RECTANGLES):
        yield f"elsewhere_{pathlib.Path(path).stem}", f"{path} is a link to a file elsewhere", [], \
            lambda c, p=path: c.link(p, c.good / p)
    yield "images_odd_body", "full-body images of odd size", [], image_package(full_body_img=(433, 251))
    yield "junk", "files that mean nothing", [], lambda c: (
        c.write("package_info.json", "{"), c.write("notes.txt", "hello"), c.write("cache/frame_metadata.json", ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("good", type=pathlib.Path, help="a good package, of videos and aud_ave.npy")
    parser.add_argument("out", type=pathlib.Path, help="is made anew")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.out, ignore_errors=True)
    arguments.out.mkdir(parents=True)
    cases = []
    for stage, group in (("package", damaged), ("render", damaged_inside), ("package", unusual)):
        for name, what, texts, action in group():
            action(Case(arguments.good.resolve(), arguments.out / name))
            case = {"name": name, "what": what, "stage": stage}
            if group is unusual:
                case.update(renders=True, warns=texts)
            else:
                case.update(expect=texts)
            cases.append(case)
    (arguments.out / "cases.json").write_text(json.dumps(cases, indent=1))
    refused = sum("expect" in case for case in cases)
    print(f"{refused} damaged packages, {len(cases) - refused} unusual ones")


if __name__ == "__main__":
    main()
