"""Where the Python pipelines take their pictures from: the disk every time, or memory."""

from baseline import package as packages


class SlowSource:
    """Every picture from the disk, every time."""

    def __init__(self, package, threads, skip=False):
        self.package, self.threads, self.skip = package, threads, skip
        self.count = packages.picture_count(package)
        self.loaded_frames = self.count  # none yet; opening counts for all

    def picture(self, name, index):
        """A picture of the caller's own."""
        pictures = packages.open_pictures(self.package, name, self.threads)
        if self.skip:
            pictures.skip(index)
        else:
            pictures.seek(index)
        picture = pictures.read()
        pictures.close()
        if picture is None:
            raise SystemExit(f"{name}: frame {index} cannot be read")
        return picture

    copy = picture

    def rectangle(self, index):
        return packages.read_rectangles(self.package)[str(index)]


class CachedSource:
    """Every picture in memory, as decoded to B, G, R; or only the first `most` of each sequence,
    for measurements in which neither memory nor the time to load them counts."""

    def __init__(self, package, threads, most=None):
        self.pictures = {name: read_all(package, name, threads, most) for name in packages.SEQUENCES}
        self.rectangles = packages.read_rectangles(package)
        if most:
            self.count = packages.picture_count(package)
        else:
            self.count = min(len(self.rectangles), *(len(frames) for frames in self.pictures.values()))
        self.loaded_frames = len(self.pictures["full_body"])

    def picture(self, name, index):
        """A picture that nobody may draw into."""
        return self.pictures[name][index]

    def copy(self, name, index):
        return self.pictures[name][index].copy()

    def rectangle(self, index):
        return self.rectangles[str(index)]

    def bytes(self):
        return sum(picture.nbytes for frames in self.pictures.values() for picture in frames)

    def bytes_per_frame(self):
        return sum(frames[0].nbytes for frames in self.pictures.values())


def read_all(package, name, threads, most=None):
    pictures, frames = packages.open_pictures(package, name, threads), []
    while most is None or len(frames) < most:
        picture = pictures.read()
        if picture is None:
            break
        frames.append(picture)
    pictures.close()
    return frames
