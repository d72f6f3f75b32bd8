"""mel() and features(): what the command line's `features` writes."""

import subprocess

import numpy as np
import pytest

import mouthpiece
import program


def command_line(tmp_path, audio, *arguments):
    out = tmp_path / "out.npy"
    result = program.run("features", audio, "-o", out, "--quiet", "--overwrite", *arguments)
    assert result.returncode == 0, result.stderr
    return np.load(out)


@pytest.mark.parametrize("size", [0, 1, 399, 40000, 100001])
def test_mel_is_the_command_lines(speech, wav, tmp_path, size):
    samples = speech[:size]
    found = mouthpiece.mel(samples)
    assert (found.shape, found.dtype) == ((size // 200 + 1, 80), np.float32)
    np.testing.assert_array_equal(mouthpiece.mel(samples / 32768), found)
    np.testing.assert_array_equal(mouthpiece.mel((samples / 32768).astype(np.float32)), found)
    if size:
        audio = wav(samples)
        np.testing.assert_array_equal(found, command_line(tmp_path, audio, "--stage", "mel"))
        np.testing.assert_array_equal(mouthpiece.mel(audio), found)


@pytest.mark.parametrize("size", [1, 40000, 100001])
def test_features_are_the_command_lines(speaker, speech, wav, tmp_path, size):
    avatar = mouthpiece.Avatar.open(speaker)
    samples, audio = speech[:size], wav(speech[:size])
    found = mouthpiece.features(samples, avatar)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, command_line(tmp_path, audio, "--avatar", speaker))
    np.testing.assert_array_equal(mouthpiece.features(str(audio), avatar, threads=1), found)


def test_strided_samples_are_taken_as_they_are(speech):
    both = np.stack([speech, speech[::-1]], axis=1)
    np.testing.assert_array_equal(mouthpiece.mel(both[:, 0]), mouthpiece.mel(speech))


@pytest.mark.parametrize("samples", [np.zeros((2, 100), np.float32), np.zeros(100, np.int64), [1, 2], 3.0])
def test_other_samples_are_type_errors(samples):
    with pytest.raises(TypeError, match="samples: expected a path, or one dimension of float or int16 samples, found"):
        mouthpiece.mel(samples)


def test_errors_are_the_command_lines(drawn, avatar, speech, tmp_path):
    result = program.run("features", "nowhere.wav", "-o", tmp_path / "x.npy", "--stage", "mel", "--quiet")
    with pytest.raises(mouthpiece.Error) as caught:
        mouthpiece.mel("nowhere.wav")
    assert result.stderr == f"mouthpiece: {caught.value}\n"
    with pytest.raises(mouthpiece.Error, match="has no audio encoder"):
        mouthpiece.features(speech, avatar)


def test_an_audio_track_is_chosen(speaker, speech, wav, tmp_path):
    """As with --audio-track: of mel(), features(), render() and frames()."""
    samples = speech[:40000]
    one, two = wav(samples * 0, "one.wav"), wav(samples, "two.wav")
    both = tmp_path / "both.mka"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", one, "-i", two, "-map", "0", "-map", "1", "-c", "copy",
                    both], check=True)
    avatar = mouthpiece.Avatar.open(speaker)
    renderer = mouthpiece.Renderer(avatar)
    for track, single in ((1, one), (2, two)):
        np.testing.assert_array_equal(mouthpiece.mel(both, audio_track=track), mouthpiece.mel(single))
        np.testing.assert_array_equal(mouthpiece.features(both, avatar, audio_track=track),
                                      mouthpiece.features(single, avatar))
        hashes = []
        for arguments in ({"audio": both, "audio_track": track}, {"audio": single}):
            renderer.render(out=f"hash:{tmp_path / 'hashes'}", overwrite=True, **arguments)
            hashes.append((tmp_path / "hashes").read_text())
            with renderer.frames(**arguments, frames=(20, 22)) as frames:
                hashes.append([frame.tobytes() for frame in frames])
        assert hashes[:2] == hashes[2:]
    with pytest.raises(mouthpiece.Error, match="expected an audio track from 1 to 2, found 3"):
        mouthpiece.mel(both, audio_track=3)
