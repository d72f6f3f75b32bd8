"""Writes into MP4 files what the ffmpeg command does not."""

import struct

# Bytes between a box's name and the boxes in it.
HEADERS = {b"stsd": 8, b"avc1": 78, b"mp4v": 78}


def box(name, content):
    return struct.pack(">I4s", 8 + len(content), name) + content


def insert(path, places, new):
    """Appends the box `new` to the box that `places` lead to, the first of its name each. The index
    lies behind the pictures, so that no offset changes."""
    data = path.read_bytes()
    start, end, sizes = 0, len(data), []
    for name in places:
        at = start
        while data[at + 4:at + 8] != name:
            at += struct.unpack_from(">I", data, at)[0]
            if at >= end:
                raise AssertionError(f"{path} has no {name} in {sizes}")
        sizes.append(at)
        start, end = at + 8 + HEADERS.get(name, 0), at + struct.unpack_from(">I", data, at)[0]
    changed = bytearray(data[:end] + new + data[end:])
    for at in sizes:
        struct.pack_into(">I", changed, at, struct.unpack_from(">I", changed, at)[0] + len(new))
    path.write_bytes(changed)


def set_matrix(path, values):
    """Writes a display matrix (a, b, c, d) into the track header."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + (32 if data[data.index(b"tkhd") + 4] == 1 else 20) + 16
    for index, value in zip((0, 1, 3, 4), values):
        struct.pack_into(">i", data, at + 4 * index, value * 65536)
    # Translations keep the picture in sight; they mean nothing here.
    path.write_bytes(data)
