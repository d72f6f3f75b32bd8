#!/usr/bin/env python3
"""Makes fuzz/corpus: small files of every kind that is read, good ones and odd ones.

What the committed corpus holds beside them, regression files named after what they showed and a few that fuzzing found,
stays. Files made anew need not be the same bytes: encoders differ from version to version.
"""

import argparse
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

import corpus_networks
import numpy as np

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def write(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def ffmpeg(name, *arguments):
    """The bytes of the file `name` that FFmpeg writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / name
        subprocess.run(["ffmpeg", "-loglevel", "error", "-bitexact", *map(str, arguments), "-fflags", "+bitexact",
                        "-flags", "+bitexact", path], check=True)
        return path.read_bytes()


def pictures(size="32x32", frames=6, rate=25):
    return ["-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate}", "-frames:v", frames]


def clip(name, *options, **source):
    return ffmpeg(name, *pictures(**source), *options)


X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "40", "-pix_fmt", "yuv420p"]


def cut(data, name, *options):
    """What FFmpeg makes of a file without encoding it anew."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"whole{pathlib.Path(name).suffix}"
        path.write_bytes(data)
        return ffmpeg(name, "-i", path, "-c", "copy", *options)


def write_clips():
    plain = clip("a.mp4", *X264, "-g", "3", "-bf", "0")
    bframes = clip("a.mp4", *X264, "-bf", "2", "-g", "6", frames=9)
    write("clip", "h264.mp4", plain)
    write("clip", "b_frames.mp4", bframes)
    for table in (b"stsz", b"stts", b"stco"):
        at = plain.index(table) + (12 if table == b"stsz" else 8)
        write("clip", f"{table.decode()}_too_long", plain[:at] + b"\x0a\0\0\0" + plain[at + 4:])
    write("clip", "faststart.mp4", cut(plain, "a.mp4", "-movflags", "+faststart"))
    write("clip", "fragments.mp4", cut(plain, "a.mp4", "-movflags", "+frag_keyframe+empty_moov"))
    write("clip", "open_gop.mp4", clip("a.mp4", *X264, "-x264-params", "open-gop=1:keyint=4:bframes=2", frames=9))
    write("clip", "intra_refresh.mp4", clip("a.mp4", *X264, "-x264-params", "intra-refresh=1:keyint=4", frames=9))
    write("clip", "turned.mp4", cut(plain, "a.mp4", "-metadata:s:v:0", "rotate=90"))
    write("clip", "late.mp4", ffmpeg("a.mp4", "-itsoffset", "0.5", *pictures(), *X264))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "whole.mp4"
        path.write_bytes(bframes)
        write("clip", "edit_list.mp4", ffmpeg("a.mp4", "-ss", "0.16", "-i", path, "-c", "copy"))
    write("clip", "mpeg4.mp4", clip("a.mp4", "-c:v", "mpeg4", "-q:v", "20"))
    write("clip", "mjpeg.mp4", clip("a.mp4", "-c:v", "mjpeg", "-q:v", "20", size="16x16", frames=2))
    write("clip", "hevc.mp4", clip("a.mp4", "-c:v", "libx265", "-x265-params", "log-level=none:crf=45:pools=1",
                                   "-pix_fmt", "yuv420p"))
    write("clip", "ten_bit.mp4", clip("a.mp4", *X264[:-1], "yuv420p10le", frames=3))
    write("clip", "rgb.mp4", clip("a.mp4", "-c:v", "libx264rgb", "-crf", "40", frames=2))
    write("clip", "interlaced.mp4", clip("a.mp4", *X264, "-flags", "+ilme+ildct", "-top", "1", frames=3))
    write("clip", "tagged.mp4", clip("a.mp4", *X264, "-color_primaries", "bt2020", "-color_trc", "smpte2084",
                                     "-colorspace", "bt2020nc", "-aspect", "2:1", frames=3))
    write("clip", "uneven.mp4", clip("a.mp4", "-vf", "setpts='N*N/25/TB'", "-fps_mode", "vfr", *X264))
    write("clip", "with_sound.mp4", ffmpeg("a.mp4", *pictures(frames=3)[:4], "-f", "lavfi", "-i", "sine=duration=0.1",
                                           "-frames:v", "3", *X264, "-c:a", "aac", "-b:a", "8k"))


def write_packets():
    def packet(data):
        # What FuzzedDataProvider takes for the end of a string.
        return data.replace(b"\\", b"\\\\") + b"\\ "

    idr = bytes([0, 0, 0, 4, 0x65, 0x88, 0x80, 0x10])
    recovery = bytes([0, 0, 0, 5, 6, 6, 1, 0xc4, 0x80, 0, 0, 0, 2, 0x41, 0x9a])
    avcc = bytes([1, 66, 0, 10, 0xff, 0xe1, 0, 0])
    for index, codec in enumerate(["h264", "hevc", "mpeg4", "mjpeg"]):
        for name, data in (("idr", idr), ("recovery", recovery), ("start_codes", b"\0\0\1\x65\x88\0\0\1\x06\x06\1\xc0")):
            write("clean_start", f"{codec}_{name}", packet(avcc if name != "start_codes" else b"") + packet(data)
                  + bytes([index]))
    write("frame_times", "even", b"".join(struct.pack("<H", n * 512) for n in range(12)) + b"\0"
          + struct.pack("<iiii", 1, 25, 12800, 1)[::-1])
    write("frame_times", "wide", b"".join(struct.pack("<q", n << 58) for n in range(-8, 8)) + b"\1" + b"\1\0\0\0" * 4)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(kind, depth, channels, extra=b"", size=8, interlaced=0):
    """Stored, not compressed, so that what changes a byte of it changes a pixel."""
    row = b"\0" + bytes(range((size * channels * depth + 7) // 8))
    header = struct.pack(">IIBBBBB", size, size, depth, kind, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + extra
            + png_chunk(b"IDAT", zlib.compress(row * size * (2 if interlaced else 1), 0)) + png_chunk(b"IEND", b""))


def exif(orientation, order="<"):
    return ((b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IHHHIHH", 8, 1, 0x112, 3, 1, orientation, 0)
            + bytes(4))


def write_pictures():
    palette = png_chunk(b"PLTE", bytes(range(48)))
    files = {
        "gray.png": png(0, 8, 1), "gray1.png": png(0, 1, 1), "gray2.png": png(0, 2, 1), "gray16.png": png(0, 16, 1),
        "rgb.png": png(2, 8, 3), "rgb16.png": png(2, 16, 3), "palette.png": png(3, 8, 1, palette),
        "palette4.png": png(3, 4, 1, palette), "gray_alpha.png": png(4, 8, 2), "rgba.png": png(6, 8, 4),
        "rgba16.png": png(6, 16, 4), "interlaced.png": png(2, 8, 3, interlaced=1),
        "transparent.png": png(3, 8, 1, palette + png_chunk(b"tRNS", b"\0\x80")),
        "turned.png": png(2, 8, 3, png_chunk(b"eXIf", exif(6))),
        "empty_exif.png": png(2, 8, 3, png_chunk(b"eXIf", b"")),
        "texts.png": png(2, 8, 3, png_chunk(b"gAMA", b"\0\1\x86\xa0") + png_chunk(b"tEXt", b"a\0b")),
    }
    for name, data in files.items():
        write("png", name, data)
        write("picture_header", name, data)

    base = {}
    for name, options in {"444": ["-pix_fmt", "yuvj444p"], "420": ["-pix_fmt", "yuvj420p"],
                          "422": ["-pix_fmt", "yuvj422p"], "gray": ["-pix_fmt", "gray"]}.items():
        base[name] = clip("a.jpg", "-c:v", "mjpeg", "-q:v", "20", "-update", "1", *options, size="17x18", frames=1)
    whole = base["420"]
    for order, letter in (("<", "i"), (">", "m")):
        for orientation in (3, 6):
            block = b"Exif\0\0" + exif(orientation, order)
            segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
            base[f"turned_{letter}{orientation}"] = whole[:2] + segment + whole[2:]
    base["cut"] = whole[:-12]
    base["ends_in_header"] = b"\xff\xd8\xff\xc2" + struct.pack(">HBHHB", 11, 8, 18, 17, 1) + b"\1\x11\0"
    base.update(opencv_jpegs())
    for name, data in base.items():
        write("jpeg", f"{name}.jpg", data)
        write("picture_header", f"{name}.jpg", data)


def opencv_jpegs():
    import cv2

    random = np.random.default_rng(1)
    picture = random.integers(0, 256, (16, 16, 3), np.uint8)
    encoded = {}
    for name, options in {"progressive": [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], "restarts": [cv2.IMWRITE_JPEG_RST_INTERVAL, 1],
                          "optimised": [cv2.IMWRITE_JPEG_OPTIMIZE, 1]}.items():
        encoded[name] = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 20, *options])[1].tobytes()
    return encoded


def write_texts():
    rectangles = {str(i): {"rect": [10 + i, 20, 110 + i, 120], "path": f"C:\\\\images\\\\{i}.jpg"} for i in range(3)}
    documents = {
        "0_by_number": json.dumps(rectangles), "0_list": "[[1,2,3,4],[5.0,6,7,8]]",
        "0_backslashes": r'{"0": {"rect": [1, 2, 3, 4], "file": "C:\data\uploads\x.jpg"}}',
        "0_huge": "[[0,0,32767,32768]]", "0_deep": "[" * 40 + "]" * 40, "0_twice": '{"0":{"rect":[0,0,1,1]},"0":1}',
        "1_models": json.dumps({"generator": {"file": "models\\generator.onnx", "sha256": "0" * 64},
                                "audio_encoder": {"file": "onnx_dist_config.json", "sha256": None, "included": True}}),
        "1_self": json.dumps({"generator": {"file": "onnx_dist_config.json", "sha256": "ab" * 32}}),
        "1_control": json.dumps({"generator": {"file": "a\x1b[2J\nb.onnx"}}),
        "1_outside": json.dumps({"generator": {"file": "../up.onnx"}}), "1_null": json.dumps({"generator": {"file": None}}),
        "2_shape": json.dumps({"num_frames": 2, "feature_size": 512, "shape": [2, 512]}),
        "2_batch": json.dumps({"shape": [1, 2, 512]}), "2_wrong": json.dumps({"shape": [2**40, 2**40, 2**40]}),
    }
    for name, text in documents.items():
        write("package_json", name, bytes([int(name[0])]) + text.encode())

    lines = [f"{100 + i} {200.5 + i}" for i in range(110)]
    lines[31], lines[52] = "300 230", "200 210"
    write("landmarks", "good", "\n".join(lines) + "\n")
    write("landmarks", "windows", "\r\n".join(lines))
    write("landmarks", "odd", "1e3\t-2\nnan inf\n0x10 5\n")
    mark = {"mouthpiece_shard": 1, "shard": [0, 2], "frames": [0, 250], "job": [0, 500], "rate": [25, 1],
            "container": ".mp4", "avatar": "a", "speech": "s", "settings": "x"}
    write("shard_mark", "good", json.dumps(mark))
    write("shard_mark", "floats", json.dumps({**mark, "shard": [0.5, 1e30], "job": [0, 1e300]}))
    write("shard_mark", "most", json.dumps({**mark, "shard": [2**31 - 2, 2**31 - 1], "job": [0, 2**31],
                                            "frames": [2**31, 2**31]}))
    for index, name in enumerate(["clip.mp4", "clip.MKV", "folder/", "a%05d.jpg", "%d.png", "%%d.jpg", "x.y4m", "-", "null:",
                                  "hash:sums", "hash:", "100%/a%0d.jpg", ".mp4", "a.b/%09d.jpeg", ""]):
        write("output_name", f"{index:02}", name.encode() + b"\0")
    for which, texts in enumerate((["2GiB", "1.5 GB", "4096", "1e308T", "nan"], ["4M", "800k", "1e18G"],
                                   ["0:10", "0:9223372036854775807", "-1:2"], ["0/1", "6/7", "2147483646/2147483647"],
                                   ["pingpong", "ram", "cubic", "edge", "bf16", "openvino"])):
        for number, text in enumerate(texts):
            write("option_text", f"{which}_{number}", bytes([which]) + text.encode())
    write_live_messages()


def write_live_messages():
    messages = [{"type": "hello", "token": "t", "video": "mse"}, {"type": "speak", "utterance": "u1", "rate": 24000},
                {"type": "say", "utterance": "u:1", "text": "h\u00e9"}, {"type": "end", "utterance": "u1"},
                {"type": "interrupt", "heard": 48000}, {"type": "playhead", "epoch": 1, "pts": 2}, {"type": "ping", "t": 1.5}]
    for message in messages:
        write("live_message", f"0_{message['type']}", b"\0" + json.dumps(message).encode())
    header = struct.Struct("<BBHIIIq")
    write("live_message", "1_samples", b"\1" + header.pack(16, 0, 0, 0, 0, 6, 0) + b"\1\2\3\4\5\6")
    write("live_message", "1_short", b"\1" + header.pack(16, 0, 0, 0, 0, 8, 0) + b"\1\2")
    write("live_message", "2_session", b"\2" + json.dumps({"avatar": "a", "video": {"bitrate": 1}, "reserve": True}).encode())
    h264 = ffmpeg("x.h264", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=0.04", "-c:v", "libx264")
    write("live_message", "3_h264", b"\3" + h264[:300])
    write("live_message", "4_rtmp", b"\4rtmp://live.example:1936/app/key?sign=%41")
    write("live_message", "4_rtsp", b"\4rtsp://me:word@[::1]:8554/live/x")
    write("live_message", "4_srt", b"\4srt://host:9000?streamid=a%2Fb&passphrase=0123456789&mode=caller")
    write("live_message", "5_target", b"\5/v1/sessions/x?token=%41+b&wait=1")
    write("live_message", "5_command", b"\5espeak-ng 'a b' \"c \\\" d\"")

    for number, text in enumerate(['{"output": "a.mp4", "crf": 18, "overwrite": true, "audio": null}\n\n{"output": "b"}',
                                   '{"metadata": ["title=A", "b=c"], "output": "x"}\n{"a": 1, "a": {}}\n[1]\n{"a": [[[]]]}']):
        write("job_list", f"lines_{number}", b"\0" + text.encode())
    for number, text in enumerate(['output,audio,audio\r\na.mp4,"say ""hi"", you.wav",\r\n\r\n"b\nc",d,e',
                                   'a\n"b\nc"d\n"e']):
        write("job_list", f"table_{number}", b"\1" + text.encode())


def npy(kind, array, version=1):
    text = repr({"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}).encode()
    return bytes([kind]) + b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) \
        + text + array.tobytes()


def write_tables():
    spans = np.array([[0, 1, 2, 5], [0, 1, 6, 9], [0, 2, 0, 16], [1, 6, 4, 9], [2, 39, 7, 9]], np.int32)
    write("npy", "kept", npy(0, spans))
    write("npy", "kept_far", npy(1, np.array([[0, 32750, 32752, 32760], [1, 32766, 5, 32767]], np.int32)))
    write("npy", "float32", npy(2, np.arange(12, dtype=np.float32).reshape(2, 6)))
    write("npy", "float64", npy(2, np.array([[1e300, -1e300], [1, np.nan]])))
    write("npy", "float16", npy(2, np.arange(8, dtype=np.float16).reshape(2, 2, 2), version=2))
    write("npy", "batch", npy(2, np.zeros((1, 2, 512), np.float32)))
    write("npy", "bin", bytes([3]) + bytes(2048))
    random = np.random.default_rng(2)
    for index in range(4):
        write("parsing", str(index), random.integers(0, 256, 40 * (index + 1), np.uint8).tobytes())
        write("mel", str(index), random.integers(0, 256, 60 * (index + 1), np.uint8).tobytes())
        write("network", str(index), random.integers(0, 256, 50 * (index + 1), np.uint8).tobytes())


def sound(name, *options, duration=0.12, rate=16000):
    return ffmpeg(name, "-f", "lavfi", "-i", f"sine=frequency=300:duration={duration}:sample_rate={rate}", *options)


def write_sounds():
    short = {"duration": 0.04, "rate": 8000}
    plain = sound("a.wav", **short)
    write("sound", "s16.wav", plain)
    for rate in (1, 2**31 - 1):
        write("sound", f"rate_{rate}.wav", plain[:24] + struct.pack("<I", rate) + plain[28:])
    write("sound", "joined.wav", plain + plain + plain)
    write("sound", "no_size.wav", plain[:4] + b"\xff" * 4 + plain[8:40] + b"\xff" * 4 + plain[44:])
    for codec in ("pcm_u8", "pcm_s24le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "adpcm_ms", "adpcm_ima_wav"):
        write("sound", f"{codec}.wav", sound("a.wav", "-c:a", codec, **short))
    write("sound", "channels.wav", sound("a.wav", "-af", "pan=5.1|c0=c0|c2=c0", **short))
    write("sound", "many.wav", sound("a.wav", "-af", "pan=hexadecagonal|c0=c0|c7=c0", "-ar", "2000", **short))
    write("sound", "not_finite.wav", sound("a.wav", "-c:a", "pcm_f32le", **short)[:-64] + struct.pack("<16f", *[
        float("nan"), float("inf"), 1e30, -1e30, *[0.5] * 12]))
    for name, options in {"a.flac": [], "a.mp3": ["-b:a", "32k"], "a.ogg": ["-c:a", "libvorbis"],
                          "a.opus": ["-c:a", "libopus", "-b:a", "8k"], "a.m4a": ["-c:a", "aac", "-b:a", "16k"],
                          "a.aac": ["-c:a", "aac", "-b:a", "16k"], "a.aiff": [], "a.au": [], "a.caf": [],
                          "a.mka": ["-c:a", "pcm_s16le"], "a.avi": ["-c:a", "pcm_s16le"], "a.w64": [],
                          "a.ts": ["-c:a", "mp2", "-b:a", "32k"]}.items():
        write("sound", name.replace("a.", "sound."), sound(name, *options))


def write_shards():
    def shard(index, frames, count=2, name="a.mp4", **changed):
        begin = 0 if index == 0 else 250
        mark = {"mouthpiece_shard": 1, "shard": [index, count], "frames": [begin, begin + frames], "job": [0, 250 + 3],
                "rate": [25, 1], "container": ".mp4", "avatar": "a", "speech": "s", "settings": "x", **changed}
        return clip(name, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "51", "-pix_fmt", "yuv420p",
                    "-metadata", f"comment={json.dumps(mark)}", size="16x16", frames=frames)

    def files(*parts):
        return b"".join(struct.pack(">I", len(part)) + part for part in parts)

    first, second = shard(0, 250), shard(1, 3)
    write("join", "two", files(first, second))
    write("join", "one", files(shard(0, 3, count=1, job=[0, 3])))
    empty = {"mouthpiece_shard": 1, "shard": [1, 2], "frames": [3, 3], "job": [0, 3], "rate": [25, 1],
             "container": ".mp4", "avatar": "a", "speech": "s", "settings": "x"}
    write("join", "empty", files(shard(0, 3, job=[0, 3]), json.dumps(empty).encode()))
    write("join", "lines", files(second, json.dumps({**empty, "settings": "a\nb\x1b[2J"}).encode()))


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    for make in (write_clips, write_packets, write_pictures, write_texts, write_tables, write_sounds, write_shards):
        make()
    corpus_networks.write_networks(write)
    corpus_networks.write_encoders(write)
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files)} bytes")
    largest = max(files, key=lambda path: path.stat().st_size)
    if largest.stat().st_size > 1 << 16:
        sys.exit(f"{largest} is too large for a fuzzer")


if __name__ == "__main__":
    main()
