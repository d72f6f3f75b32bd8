"""The weights of a checkpoint by name, each of the shape that is expected of it."""

import numpy as np

from synctalk.torch_file import CheckpointError, Tensor, read_checkpoint, shown

WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "generator")
PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "generator.")  # of DataParallel, torch.compile, Lightning
EPSILON = 1e-5  # of torch.nn.BatchNorm2d

# What else lies about in these projects, by how its keys begin.
STRANGERS = {
    "face_encoder_blocks.": "Wav2Lip's generator",
    "face_decoder_blocks.": "Wav2Lip's generator",
    "face_encoder.": "a SyncNet, which is needed for training only",
    "pfld_backbone": "the landmark detector",
    "down_blocks.": "a diffusion model's U-Net",
    "audio_model.": "a generator",
    "0.conv_block.": "the audio encoder, which goes behind --audio-encoder",
    "audio_encoder.": "the audio encoder, which goes behind --audio-encoder",
}


def _listed(names):
    names = list(names)
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(shown(name) for name in names[:3]) + rest if names else "none"


def _find_state(document, path):
    """The dictionary of tensors in what was saved: itself, or under one of the usual names."""
    def holds_tensors(value):
        return isinstance(value, dict) and any(isinstance(inner, Tensor) for inner in dict.values(value))

    state = document
    if isinstance(document, dict) and not holds_tensors(document):
        state = next((dict.get(document, name) for name in WRAPPERS if holds_tensors(dict.get(document, name))), None)
    if not holds_tensors(state):
        found = f"the keys {_listed(document)}" if isinstance(document, dict) else shown(document)
        raise CheckpointError(f"{path}: expected weights, by themselves or under {', '.join(WRAPPERS)}, found {found}")
    strange = next((key for key in state if not isinstance(key, str)), None)
    if strange is not None:
        raise CheckpointError(f"{path}: expected weights by name, found {shown(strange)} as a key")
    state = dict(dict.items(state))
    while (prefix := next((p for p in PREFIXES if all(key.startswith(p) for key in state)), None)) is not None:
        state = {key[len(prefix):]: value for key, value in state.items()}
    return state


class Weights:
    """Hands out each weight once. All errors are CheckpointError and name the file and the key."""

    def __init__(self, path):
        self.path = path
        self.state = _find_state(read_checkpoint(path), path)
        self.taken = set()
        self.parameters = 0

    def __contains__(self, key):
        return key in self.state

    def drop_prefix(self, prefix):
        if all(key.startswith(prefix) for key in self.state):
            self.state = {key[len(prefix):]: value for key, value in self.state.items()}

    def require(self, key, kind):
        """Fails unless `key`, which every `kind` has, is there."""
        if key in self.state:
            return
        strange = next((f", which looks like {what}" for start, what in STRANGERS.items()
                        if any(name.startswith(start) for name in self.state)), "")
        raise CheckpointError(f"{self.path}: expected {kind} with the key {key}, found the keys "
                              f"{_listed(self.state)}{strange}")

    def shape(self, key):
        if key not in self.state:
            raise CheckpointError(f"{self.path}: {key}: expected weights, found no such key")
        if not isinstance(self.state[key], Tensor):
            raise CheckpointError(f"{self.path}: {key}: expected a tensor, found {shown(self.state[key])}")
        return self.state[key].shape

    def take(self, key, *expected):
        """float64 values; None in `expected` stands for any size."""
        found = self.shape(key)
        if len(found) != len(expected) or any(e not in (None, f) for e, f in zip(expected, found)) or 0 in found:
            shown = ", ".join("any" if e is None else str(e) for e in expected)
            raise CheckpointError(f"{self.path}: {key}: expected [{shown}], found [{', '.join(map(str, found))}]")
        try:
            values = self.state[key].numpy()
        except ValueError as error:
            raise CheckpointError(f"{self.path}: {key}: {error}") from error
        if values.dtype.kind != "f":
            raise CheckpointError(f"{self.path}: {key}: expected floating point values, found {values.dtype}")
        values = values.astype(np.float64)
        if not np.isfinite(values).all():
            raise CheckpointError(f"{self.path}: {key}: expected finite values, found "
                                  f"{values[~np.isfinite(values)][0]}")
        self.taken.add(key)
        if not key.endswith((".running_mean", ".running_var")):  # counted, not trained
            self.parameters += values.size
        return values

    def convolution(self, key, channels, kernel, depthwise=False, bias=False, norm=None):
        """Weight [outputs, channels or 1, kernel, kernel] and bias [outputs], float32, of the convolution `key` of
        `channels` with the batch norm `norm`, as it is after training, folded in."""
        shape = (channels, 1) if depthwise else (None, channels)
        weight = self.take(f"{key}.weight", *shape, kernel, kernel)
        outputs = len(weight)
        offset = self.take(f"{key}.bias", outputs) if bias else np.zeros(outputs)
        if norm is not None:
            scale, shift, mean, variance = (self.take(f"{norm}.{name}", outputs)
                                            for name in ("weight", "bias", "running_mean", "running_var"))
            if variance.min() < 0:
                raise CheckpointError(f"{self.path}: {norm}.running_var: expected 0 or more, found {variance.min()}")
            scale /= np.sqrt(variance + EPSILON)
            weight *= scale[:, None, None, None]
            offset = (offset - mean) * scale + shift
        return weight.astype(np.float32), offset.astype(np.float32)

    def expect_all_taken(self, kind):
        rest = [key for key in self.state if key not in self.taken and not key.endswith(".num_batches_tracked")]
        if rest:
            raise CheckpointError(f"{self.path}: expected the weights of {kind} only, found also {_listed(rest)}")
