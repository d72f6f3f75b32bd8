"""Writes checkpoints as torch.save does, without PyTorch: the archive since 1.6, and the format before it."""

import collections
import contextlib
import io
import pickle
import sys
import types
import zipfile
from unittest import mock

import numpy as np

_STORAGES = {"float32": "FloatStorage", "float64": "DoubleStorage", "float16": "HalfStorage", "int64": "LongStorage"}


class Halved:
    """float32 values that are stored as bfloat16, rounded towards zero."""

    def __init__(self, values):
        self.values = values


class Foreign:
    """An object whose pickle calls `module.name(*arguments)`."""

    def __init__(self, module, name, *arguments):
        self.module, self.name, self.arguments = module, name, arguments


@contextlib.contextmanager
def _names(*names):
    """Modules that hold something under these (module, name), so that pickles can name them."""
    modules = {module: types.ModuleType(module) for module, _ in names}
    made = {}
    for module, name in names:
        made[module, name] = type(name, (), {"__module__": module})
        setattr(modules[module], name, made[module, name])
    with mock.patch.dict(sys.modules, modules):
        yield made


class _Pickler(pickle.Pickler):
    """Arrays become tensors, each with a storage of its own."""

    def __init__(self, file, made, legacy):
        super().__init__(file, protocol=2)
        self.made, self.legacy, self.storages = made, legacy, []

    def persistent_id(self, value):
        if not isinstance(value, _Storage):
            return None
        key = str(len(self.storages))
        self.storages.append(value)
        identity = ("storage", self.made["torch", value.name], key, "cuda:0", value.count)
        return (*identity, None) if self.legacy else identity

    def reducer_override(self, value):
        if isinstance(value, Foreign):
            return self.made[value.module, value.name], value.arguments
        if isinstance(value, Halved):
            storage = _Storage("BFloat16Storage", (value.values.view(np.uint32) >> 16).astype(np.uint16))
            array = value.values
        elif isinstance(value, np.ndarray):
            # A transposed array is a tensor with other strides than C's.
            storage, array = _Storage(_STORAGES[value.dtype.name], value if value.flags.c_contiguous else value.T), value
        else:
            return NotImplemented
        strides = tuple(stride // array.itemsize for stride in array.strides)
        return (self.made["torch._utils", "_rebuild_tensor_v2"],
                (storage, 0, array.shape, strides, False, collections.OrderedDict()))


class _Storage:
    def __init__(self, name, array):
        self.name, self.count, self.data = name, array.size, np.ascontiguousarray(array).tobytes()


def _find_foreign(document):
    if isinstance(document, Foreign):
        yield document.module, document.name
    elif isinstance(document, dict):
        for value in document.values():
            yield from _find_foreign(value)


def _pickled(document, legacy):
    names = [("torch", name) for name in (*_STORAGES.values(), "BFloat16Storage")]
    with _names(*names, ("torch._utils", "_rebuild_tensor_v2"), *_find_foreign(document)) as made:
        file = io.BytesIO()
        pickler = _Pickler(file, made, legacy)
        pickler.dump(document)
        return file.getvalue(), pickler.storages


def state_dict(weights):
    """With the attribute that PyTorch's have."""
    state = collections.OrderedDict(weights)
    state._metadata = collections.OrderedDict({"": {"version": 1}})
    return state


def write_checkpoint(path, document):
    data, storages = _pickled(document, legacy=False)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{path.stem}/data.pkl", data)
        archive.writestr(f"{path.stem}/byteorder", "little")
        for key, storage in enumerate(storages):
            archive.writestr(f"{path.stem}/data/{key}", storage.data)
        archive.writestr(f"{path.stem}/version", "3\n")


def write_legacy_checkpoint(path, document):
    data, storages = _pickled(document, legacy=True)
    with open(path, "wb") as file:
        for header in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True}):
            pickle.dump(header, file, protocol=2)
        file.write(data)
        pickle.dump([str(key) for key in range(len(storages))], file, protocol=2)
        for storage in storages:
            file.write(storage.count.to_bytes(8, "little") + storage.data)
