// Speech into what moves the mouth: mel rows, and the audio features of an avatar.
#ifndef MOUTHPIECE_AUDIO_H_
#define MOUTHPIECE_AUDIO_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "mouthpiece/avatar.h"
#include "mouthpiece/export.h"
#include "mouthpiece/hooks.h"
#include "mouthpiece/options.h"

namespace mouthpiece {

/// Sound is mono float at this rate, full scale at -1 and 1.
inline constexpr int kSpeechSampleRate = 16000;
/// Values of a mel row; there are 80 rows a second, one every 200 samples.
inline constexpr int kMelBands = 80;
/// Values of a feature row; there are 25 rows a second, one a video frame.
inline constexpr int kFeatureValues = 512;
inline constexpr int kFeatureRate = 25;

/// Rows of finite float32 values, one after the other.
struct FeatureTable {
  int64_t rows = 0;
  int64_t row_size = 0;  ///< Values a row: 80 for mel, 512 for AVE features
  std::vector<float> values;

  std::span<const float> row(int64_t i) const {
    return {values.data() + i * row_size, static_cast<size_t>(row_size)};
  }
};

/// Turns samples into mel rows as they arrive.
///
/// Row m looks at samples [200 m - 400, 200 m + 400), silence before the first and after the last,
/// so it can be pulled once sample 200 m + 399 was pushed: a latency of 25 ms. n samples give
/// n / 200 + 1 rows, the last two or three of them after Finish. Values are in [-4, 4], -4 is
/// silence; samples that are no numbers count as silence. What the values are is defined by
/// librosa's functions: pre-emphasis 0.97, stft(n_fft=800, hop_length=200, center=True,
/// pad_mode="constant"), magnitudes, filters.mel(sr=16000, n_fft=800, n_mels=80, fmin=55,
/// fmax=7600), 20 log10(max(1e-5, x)) - 20, then clip(8 (x + 100) / 100 - 4, -4, 4).
///
/// Samples are kept until the rows that need them were pulled: pull as you push. Not thread-safe.
class MOUTHPIECE_EXPORT MelStream {
 public:
  MelStream();
  ~MelStream();
  MelStream(MelStream&&) noexcept;
  MelStream& operator=(MelStream&&) noexcept;

  void Push(std::span<const float> samples);
  /// There are no more samples. Push throws Error (kInvalidArgument) from now on.
  void Finish();
  /// Rows that Pull can give now.
  int64_t ready() const;
  /// Fills `rows`, a multiple of 80 values, with the next rows; returns how many, at most ready().
  int64_t Pull(std::span<float> rows);

 private:
  struct MOUTHPIECE_HIDDEN State;
  std::unique_ptr<State> state_;
};

struct FeatureOptions {
  /// Windows a call of the network. 0: chosen for throughput. 1 is right for samples that arrive in
  /// real time, since a call costs as much when it is not filled.
  int batch = 0;
  int threads = 0;  ///< Of the network; 0: all cores.

  bool operator==(const FeatureOptions&) const = default;
};

/// Turns samples into the audio features of an avatar as they arrive, with the audio encoder of its
/// package.
///
/// Window f of the encoder is the 16 mel rows from int(3.2 f); the last window is moved back to
/// fit. M mel rows make int((M - 16) * 25 / 80) + 2 windows; less than 16 rows are continued with
/// silence. The first and the last window count twice: row 0 and row 1 are those of window 0, row j
/// is that of window j - 1. Row j, which belongs to the video frame that is shown from 40 j ms, can
/// be pulled once the sound up to 40 j + 172.5 ms was pushed (row 0: 212.5 ms); the last two after
/// Finish. A generator's window of 16 rows reaches 7 rows ahead, so a frame needs the sound up to
/// 452.5 ms after it begins.
///
/// Not thread-safe; several streams may run side by side.
class MOUTHPIECE_EXPORT FeatureStream {
 public:
  /// Loads the network. Throws Error (kBadPackage) when the package has no audio encoder, or one of
  /// another kind: expected [N,1,80,16] in and [N,512] out.
  explicit FeatureStream(const Avatar& avatar, const FeatureOptions& options = {});
  ~FeatureStream();
  FeatureStream(FeatureStream&&) noexcept;
  FeatureStream& operator=(FeatureStream&&) noexcept;

  void Push(std::span<const float> samples);
  /// There are no more samples. Push throws Error (kInvalidArgument) from now on.
  void Finish();
  /// Rows that Pull can give now.
  int64_t ready() const;
  /// Fills `rows`, a multiple of 512 values, with the next rows; returns how many, at most ready().
  /// Runs the network. Throws Error (kBadPackage) when it gives values that are not finite.
  int64_t Pull(std::span<float> rows);

 private:
  struct MOUTHPIECE_HIDDEN State;
  std::unique_ptr<State> state_;
};

/// The mel rows [M, 80] of a file's sound: any file FFmpeg reads, video too, at any rate and in any
/// channel layout, up to 24 hours; standard input for "-". Sound that begins later than the file is
/// preceded by silence. `track`: of the file's audio tracks, from 1; 0: the one FFmpeg calls the
/// best. Throws Error (kBadMedia) naming the file, kCancelled.
MOUTHPIECE_EXPORT FeatureTable ComputeMel(const std::filesystem::path& audio,
                                          const Hooks& hooks = {}, int track = 0);

/// The same of samples from memory, of which there may be none. Throws Error (kInvalidArgument) as
/// SpeechSamples says, kCancelled.
MOUTHPIECE_EXPORT FeatureTable ComputeMel(const SpeechSamples& samples, const Hooks& hooks = {});

/// The audio features [T + 2, 512] of a file's sound for `avatar`, as FeatureStream gives them.
MOUTHPIECE_EXPORT FeatureTable ComputeFeatures(const std::filesystem::path& audio,
                                               const Avatar& avatar,
                                               const FeatureOptions& options = {},
                                               const Hooks& hooks = {}, int track = 0);

/// The same of samples from memory, of which there may be none.
MOUTHPIECE_EXPORT FeatureTable ComputeFeatures(const SpeechSamples& samples, const Avatar& avatar,
                                               const FeatureOptions& options = {},
                                               const Hooks& hooks = {});

/// Writes a table as a NumPy file of float32 [rows, row_size]. The file appears under its name when
/// it is complete. Throws Error (kInvalidArgument) when `path` does not end in .npy, or exists and
/// may not be overwritten; kIo.
class MOUTHPIECE_EXPORT NpyFile {
 public:
  /// Makes sure that the file can be written, before the work. It is none of `inputs` then.
  NpyFile(const std::filesystem::path& path, bool overwrite,
          std::span<const std::filesystem::path> inputs = {});
  /// Removes what is not complete.
  ~NpyFile();
  NpyFile(const NpyFile&) = delete;
  NpyFile& operator=(const NpyFile&) = delete;

  /// Once.
  void Write(const FeatureTable& table);

 private:
  struct MOUTHPIECE_HIDDEN State;
  std::unique_ptr<State> state_;
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AUDIO_H_
