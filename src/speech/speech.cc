#include "speech/speech.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "audio/window_stream.h"
#include "base/cancel.h"
#include "media/speech_reader.h"

namespace mouthpiece {
namespace {

constexpr int kMelHop = 200;

int64_t MelRowCount(int64_t samples) { return samples / kMelHop + 1; }

/// Puts the file's sound through `stream`. Room for `expected` rows is made at once: growing would
/// hold the table twice. Pages that are never used cost nothing.
template <typename Stream>
FeatureTable Convert(media::SpeechReader& reader, Stream& stream, int64_t expected,
                     int64_t row_size, const Hooks& hooks) {
  const CancelToken cancel(hooks.cancel);
  FeatureTable table;
  table.row_size = row_size;
  table.values.reserve(static_cast<size_t>(expected * row_size));
  const auto pull = [&] {
    const int64_t ready = stream.ready();
    const size_t before = table.values.size();
    table.values.resize(before + static_cast<size_t>(ready * row_size));
    table.rows += stream.Pull(std::span(table.values).subspan(before));
    if (hooks.progress)
      hooks.progress({Progress::Phase::kListening, table.rows, std::max(table.rows, expected)});
  };
  std::vector<float> samples(kSpeechPiece);
  while (const size_t count = reader.Read(samples)) {
    cancel.ThrowIfCancelled();
    stream.Push(std::span<const float>(samples).first(count));
    pull();
  }
  stream.Finish();
  pull();
  for (const std::string& warning : reader.Warnings()) {
    Warn(hooks, warning);
  }
  return table;
}

FeatureTable MelOf(media::SpeechReader& reader, const Hooks& hooks) {
  MelStream stream;
  return Convert(reader, stream, MelRowCount(reader.expected_samples()), kMelBands, hooks);
}

FeatureTable FeaturesOf(media::SpeechReader& reader, const Avatar& avatar,
                        const FeatureOptions& options, const Hooks& hooks) {
  FeatureStream stream(avatar, options);
  return Convert(reader, stream, FeatureRowCount(reader.expected_samples()), kFeatureValues, hooks);
}

}  // namespace

int64_t FeatureRowCount(int64_t samples) { return WindowCount(MelRowCount(samples)) + 2; }

int64_t SpeechFrameCount(int64_t samples, Rational frame_rate) {
  const int64_t frame_units = int64_t{kSpeechSampleRate} * frame_rate.den;
  return std::max<int64_t>(1, (samples * frame_rate.num + frame_units - 1) / frame_units);
}

FeatureTable ComputeMel(const std::filesystem::path& audio, const Hooks& hooks, int track) {
  media::SpeechReader reader(audio, track, CancelToken(hooks.cancel));
  return MelOf(reader, hooks);
}

FeatureTable ComputeMel(const SpeechSamples& samples, const Hooks& hooks) {
  media::SpeechReader reader(samples);
  return MelOf(reader, hooks);
}

FeatureTable ComputeFeatures(const std::filesystem::path& audio, const Avatar& avatar,
                             const FeatureOptions& options, const Hooks& hooks, int track) {
  media::SpeechReader reader(audio, track, CancelToken(hooks.cancel));
  return FeaturesOf(reader, avatar, options, hooks);
}

FeatureTable ComputeFeatures(const SpeechSamples& samples, const Avatar& avatar,
                             const FeatureOptions& options, const Hooks& hooks) {
  media::SpeechReader reader(samples);
  return FeaturesOf(reader, avatar, options, hooks);
}

}  // namespace mouthpiece
