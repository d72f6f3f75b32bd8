#include "media/speech_reader.h"

#include <algorithm>
#include <utility>

#include "media/audio_decoder.h"
#include "media/audio_source.h"
#include "media/sound_frames.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr int64_t kHour = int64_t{3600} * kSpeechSampleRate;
constexpr int64_t kLongest = 24 * kHour;
constexpr int64_t kLongestExpected = 4 * kHour;

}  // namespace

struct SpeechReader::State {
  explicit State(std::unique_ptr<SoundFrames> frames) : source(std::move(frames)) {}

  AudioSource source;
  int64_t read = 0;
};

SpeechReader::SpeechReader(const std::filesystem::path& path, CancelToken cancel)
    : SpeechReader(std::make_unique<AudioDecoder>(path, cancel)) {}

SpeechReader::SpeechReader(std::shared_ptr<const Sound> sound)
    : SpeechReader(FramesOf(std::move(sound))) {}

SpeechReader::SpeechReader(std::unique_ptr<SoundFrames> frames)
    : state_(std::make_unique<State>(std::move(frames))) {
  state_->source.Select({kSpeechSampleRate, 1, AV_SAMPLE_FMT_FLT}, 0, kLongest + 1);
}

SpeechReader::~SpeechReader() = default;

int64_t SpeechReader::expected_samples() const {
  const double samples = state_->source.info().expected_seconds * kSpeechSampleRate;
  return static_cast<int64_t>(std::clamp(samples, 0.0, static_cast<double>(kLongestExpected)));
}

size_t SpeechReader::Read(std::span<float> samples) {
  constexpr size_t kMostAtOnce = 1 << 20;
  size_t count = 0;
  while (count < samples.size()) {
    const std::span<float> part =
        samples.subspan(count).first(std::min(samples.size() - count, kMostAtOnce));
    auto* plane = reinterpret_cast<uint8_t*>(part.data());
    const int got = state_->source.Read(&plane, static_cast<int>(part.size()));
    if (got == 0) break;
    count += static_cast<size_t>(got);
  }
  state_->read += static_cast<int64_t>(count);
  if (state_->read > kLongest) {
    throw Error(ErrorCode::kBadMedia,
                state_->source.info().name + ": expected at most 24 hours of sound, found more");
  }
  return count;
}

}  // namespace mouthpiece::media
