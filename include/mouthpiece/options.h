// What a caller may choose, by concern: the machine that renders, the job, and its output.
#ifndef MOUTHPIECE_OPTIONS_H_
#define MOUTHPIECE_OPTIONS_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "mouthpiece/matte.h"
#include "mouthpiece/shape.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

struct FeatureTable;  // audio.h
class SpeechStream;   // speech_stream.h

/// What of the machine rendering takes. None of it changes a picture, but for `precision`, `engine`
/// and `device`, which change how its arithmetic rounds.
struct Machine {
  CacheMode cache = CacheMode::kAuto;
  uint64_t memory_budget = uint64_t{2} << 30;  ///< Bytes, for all but the network.
  /// Decoded frames of CacheMode::kRam stay in memory between renders, and serve those that show no
  /// others; not for JPEG files, which keep frames of their own.
  bool keep_frames = false;
  /// The first render prepares the avatar (prepare.h) where it is not.
  bool prepare = false;
  int chunk_frames = 500;  ///< Frames a chunk of CacheMode::kChunk.
  int threads = 0;         ///< For each of decoding, network and encoding. 0: all cores.
  int batch = 0;           ///< Frames a call of the network. 0: chosen for the machine.
  Precision precision = Precision::kAuto;
  EngineKind engine = EngineKind::kAuto;  ///< On the CPU.
  /// What runs the network and composites: "cpu", "vulkan" (the first GPU, one in software where
  /// there is no other), "vulkan:1" (the second), GPUs that share the frames: "vulkan:0,vulkan:1",
  /// or "auto": the CPU unless MeasureDevices (devices.h) has found a GPU to be faster.
  std::string device = "cpu";
  /// Bytes of a GPU's memory for faces, which go there once while they fit. 0: chosen for it.
  uint64_t device_memory = 0;
};

/// The package's own features move the mouth.
struct PackageFeatures {};

/// The sound of a file, which any that FFmpeg reads may be, moves the mouth through the package's
/// audio encoder, and becomes the sound of a video.
struct SpeechFile {
  std::filesystem::path path;  ///< "-": standard input
  int track = 0;               ///< Of its audio tracks, from 1; 0: the one FFmpeg calls the best
};

/// Mono samples: floating-point, full scale at -1 and 1, or of 16 bits.
using Samples = std::variant<std::vector<float>, std::vector<int16_t>>;

/// Sound in memory, which does what that of a file with the same samples does. Not null; one sample
/// or more, none over 100, since samples of 16 bits may have been converted without being scaled;
/// what is no number counts as silence.
struct SpeechSamples {
  std::shared_ptr<const Samples> samples = nullptr;
  int rate = 16000;  ///< A second, 1000 to 768000
};

/// Speech that still arrives moves the mouth. Not null; heard by one render.
using ArrivingSpeech = std::shared_ptr<SpeechStream>;

/// Features of a .npy or .bin file move the mouth.
struct FeatureFile {
  std::filesystem::path path;
};

/// Features from memory move the mouth. Not null; finite values.
using FeatureRows = std::shared_ptr<const FeatureTable>;

/// What is rendered.
struct Job {
  /// What moves the mouth.
  std::variant<PackageFeatures, SpeechFile, FeatureFile, FeatureRows, SpeechSamples, ArrivingSpeech>
      drive = {};
  /// The sound of a video whose mouth is not moved by speech; any file FFmpeg reads. Empty: none.
  std::filesystem::path sound = {};
  int sound_track = 0;               ///< As SpeechFile::track
  SpeechSamples sound_samples = {};  ///< The same from memory, instead of `sound`; null: none
  /// Unset: as long as the speech, that is ceil(25 * seconds) frames, or one a row of features.
  std::optional<FrameRange> frames = std::nullopt;
  LoopMode loop = LoopMode::kPingPong;
  /// Render only this part of `frames`. Its video file is no video of its own, but for Join
  /// (join.h); of anything else it is the same as asking for fewer frames. A shard is a whole
  /// number of the segments of 250 frames in which video is encoded, so there may be none for it:
  /// then the file, which Join wants too, says so.
  std::optional<Shard> shard = std::nullopt;
  Resample resample = Resample::kLinear;
  AudioWindowMode audio_window = AudioWindowMode::kZero;
};

/// How video and images are encoded. Unset values mean the encoder's own or the documented
/// default.
struct EncodeOptions {
  std::string codec = {};                 ///< libavcodec encoder name; empty: by the suffix.
  std::optional<int> crf = std::nullopt;  ///< Constant quality, of encoders that have it.
  std::string preset = {};                ///< Encoder preset, or speed.
  int64_t bitrate = 0;                    ///< Bits a second; 0: constant quality.
  int quality = 95;                       ///< JPEG and WebP quality, 1..100.
};

/// Keys, as FFmpeg calls them, and what they say: {"title", "Good morning"}.
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// Where a render goes.
struct Output {
  std::string name;  ///< x.mp4, x.gif, a folder, %05d.jpg, x.png, x.y4m, -, null:, hash:
  EncodeOptions encode = {};
  std::optional<Crop> crop = std::nullopt;    ///< Unset: all of the frames.
  std::optional<Scale> scale = std::nullopt;  ///< Of what is cropped. Unset: as it is.
  /// What becomes transparent of an avatar whose frames do not say so.
  std::optional<KeyOut> key_out = std::nullopt;
  /// What is seen where the avatar is transparent: #rrggbb, a picture or a video, which starts over
  /// at its end; scaled to cover the frames. Empty: outputs that can are transparent there.
  std::string background = {};
  bool overwrite = false;  ///< Replace an output that exists, and `stats`.
  /// What a video says of itself: title, artist ... Containers know few keys; Matroska nearly any.
  Metadata metadata = {};
  /// Where what it cost goes (StatsToJson); "-": standard output. Empty: nowhere.
  std::filesystem::path stats = {};
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_OPTIONS_H_
