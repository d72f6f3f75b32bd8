"""Reads PyTorch's checkpoint files without PyTorch, and without running anything that they hold.

A checkpoint is a pickle, which may ask for any function to be called. Here it may name the few things that tensors
are made of; every other name is an error, as it is to torch.load(weights_only=True).
"""

import collections
import io
import math
import pickle
import zipfile

import numpy as np

# The elements of torch.FloatStorage and its kin. NumPy has no bfloat16: it is read as the upper half of a float32.
_ELEMENTS = {"DoubleStorage": "f8", "FloatStorage": "f4", "HalfStorage": "f2", "BFloat16Storage": "u2",
             "LongStorage": "i8", "IntStorage": "i4", "ShortStorage": "i2", "CharStorage": "i1", "ByteStorage": "u1",
             "BoolStorage": "?"}
_LEGACY_MAGIC, _LEGACY_PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


class CheckpointError(Exception):
    """One line: the file, the key, what was expected and what was found."""


def shown(name):
    """`name`, which comes from a file, as part of a line."""
    if not isinstance(name, str):
        return f"a {type(name).__name__}"
    name = name if name.isprintable() else ascii(name)
    return name if len(name) <= 100 else f"{name[:100]}..."


class _Elements:
    """A storage class by name. It cannot be called."""
    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name


class _Storage:
    """The memory of one or more tensors; `data` comes later in files of the old kind."""
    __slots__ = ("elements", "count", "data", "order")

    def __init__(self, elements, count):
        if not isinstance(elements, _Elements) or not isinstance(count, int) or count < 0:
            raise ValueError("a storage that is none")
        self.elements, self.count, self.data, self.order = elements.name, count, None, "<"

    @property
    def size(self):
        """In bytes."""
        return self.count * np.dtype(_ELEMENTS[self.elements]).itemsize

    def values(self):
        values = np.frombuffer(self.data, np.dtype(_ELEMENTS[self.elements]).newbyteorder(self.order))
        if self.elements == "BFloat16Storage":
            return (values.astype(np.uint32) << 16).view(np.float32)
        return values


class Tensor(tuple):
    """A view of a storage. As a tuple it cannot be changed by what a pickle says next."""
    __slots__ = ()

    def __new__(cls, storage, offset, shape, strides):
        shape, strides = tuple(shape), tuple(strides)
        numbers = (offset, *shape, *strides)
        if not isinstance(storage, _Storage) or len(shape) != len(strides) or \
                any(not isinstance(number, int) or number < 0 for number in numbers):
            raise ValueError("a tensor that is none")
        last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides))
        if math.prod(shape) > 0 and last >= storage.count:
            raise ValueError(f"a tensor of {last + 1} elements in a storage of {storage.count}")
        return super().__new__(cls, (storage, offset, shape, strides))

    @property
    def shape(self):
        return self[2]

    def numpy(self):
        """The values as an array of their own; bfloat16 as float32."""
        storage, offset, shape, strides = self
        if math.prod(shape) > storage.count:
            raise ValueError("a tensor that repeats its storage")
        values = storage.values()
        steps = [stride * values.itemsize for stride in strides]
        return np.lib.stride_tricks.as_strided(values[offset:], shape, steps).copy()


def _rebuild_tensor(storage, offset, shape, strides, *_):
    return Tensor(storage, offset, shape, strides)


def _rebuild_parameter(tensor, *_):
    return tensor


_KNOWN = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch", "Size"): tuple,
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
} | {("torch", name): _Elements(name) for name in _ELEMENTS}


class _Unpickler(pickle._Unpickler):
    """The one that is written in Python: that in C takes as much memory as a file says that it has objects."""

    def __init__(self, file, path, storages):
        super().__init__(file)
        self.path, self.storages = path, storages

    def find_class(self, module, name):
        if (module, name) not in _KNOWN:
            raise CheckpointError(
                f"{self.path}: expected tensors in dictionaries, found the pickled name {shown(f'{module}.{name}')}, "
                "which is not loaded; save model.state_dict() and nothing else")
        return _KNOWN[module, name]

    def persistent_load(self, identity):
        kind, elements, key, _, count, *view = identity
        if kind != "storage" or not isinstance(key, str) or any(part is not None for part in view):
            raise ValueError("a storage of an unknown kind")
        if key not in self.storages:
            self.storages[key] = _Storage(elements, count)
        return self.storages[key]


def _read_zip(path):
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: info for info in archive.infolist()}
        roots = [name[:-len("data.pkl")] for name in members if name == "data.pkl" or name.endswith("/data.pkl")]
        if len(roots) != 1:
            raise CheckpointError(f"{path}: is no PyTorch checkpoint: expected one data.pkl in the archive, found "
                                  f"{len(roots)}")
        root = roots[0]
        if f"{root}constants.pkl" in members:
            raise CheckpointError(f"{path}: expected a state_dict, found a TorchScript module")

        def read(name):
            # PyTorch never compresses; so nothing is larger than the file.
            if members[name].compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{name} is compressed")
            return archive.read(name)

        storages = {}
        document = _Unpickler(io.BytesIO(read(f"{root}data.pkl")), path, storages).load()
        if sum(storage.size for storage in storages.values()) > path.stat().st_size:
            raise ValueError("it ends early")
        order = ">" if f"{root}byteorder" in members and read(f"{root}byteorder") == b"big" else "<"
        for key, storage in storages.items():
            storage.data, storage.order = read(f"{root}data/{key}"), order
            if len(storage.data) != storage.size:
                raise ValueError(f"storage {key} has {len(storage.data)} bytes instead of {storage.size}")
        return document


def _read_legacy(path):
    """The format before PyTorch 1.6: pickles one behind the other, then the storages."""
    storages = {}
    file = io.BytesIO(path.read_bytes())

    def load():
        return _Unpickler(file, path, storages).load()

    if load() != _LEGACY_MAGIC:
        raise CheckpointError(f"{path}: expected a PyTorch checkpoint, found another pickle")
    if load() != _LEGACY_PROTOCOL:
        raise ValueError("another version of the format")
    order = "<" if load()["little_endian"] else ">"
    document = load()
    for key in load():
        storage = storages[key]
        count = int.from_bytes(file.read(8), "little" if order == "<" else "big")
        storage.data, storage.order = file.read(storage.size), order
        if count != storage.count or len(storage.data) != storage.size:
            raise ValueError(f"storage {key} has {len(storage.data)} bytes instead of {storage.size}")
    if any(storage.data is None for storage in storages.values()):
        raise ValueError("storages are missing")
    return document


def read_checkpoint(path):
    """What torch.load(path) returns, with Tensor for tensors; `path` is a pathlib.Path. Throws CheckpointError."""
    try:
        with open(path, "rb") as file:
            start = file.read(24)
        if start[:4] == b"PK\3\4":
            return _read_zip(path)
        if start[:1] == b"\x80":
            return _read_legacy(path)
    except CheckpointError:
        raise
    except OSError as error:
        raise CheckpointError(f"{path}: {error.strerror or error}") from error
    except Exception as error:  # bytes that make no sense raise all there is
        what = shown(" ".join(str(error).split()) or type(error).__name__)
        raise CheckpointError(f"{path}: is a damaged PyTorch checkpoint: {what}") from error
    raise CheckpointError(f"{path}: expected a PyTorch checkpoint, found a file that begins with {start!r}")
