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

// 80 dB below full scale: anything quieter is silence to begin with.
constexpr double kSilence = 1e-8;
// 26 dB below the loudest channel.
constexpr double kNextToNothing = 1.0 / 400;

}  // namespace

struct SpeechReader::State {
  explicit State(std::unique_ptr<SoundFrames> frames) : source(std::move(frames)) {}

  AudioSource source;
  int64_t read = 0;
  double energy_s = 0;  ///< As ChannelLevels has it
};

SpeechReader::SpeechReader(const std::filesystem::path& path, int track, CancelToken cancel)
    : SpeechReader(std::make_unique<AudioDecoder>(path, track, cancel)) {}

SpeechReader::SpeechReader(std::shared_ptr<const Sound> sound)
    : SpeechReader(FramesOf(std::move(sound))) {}

SpeechReader::SpeechReader(std::unique_ptr<SoundFrames> frames)
    : state_(std::make_unique<State>(std::move(frames))) {
  state_->source.Select({kSpeechSampleRate, 1, AV_SAMPLE_FMT_FLT}, 0, kLongest + 1);
}

SpeechReader::SpeechReader(const SpeechSamples& samples) : SpeechReader(FramesOf(samples)) {}

SpeechReader::SpeechReader(int rate, SampleSource take)
    : SpeechReader(FramesFrom(rate, std::move(take))) {}

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
  for (const float sample : samples.first(count)) {
    state_->energy_s +=
        static_cast<double>(sample) * static_cast<double>(sample) / kSpeechSampleRate;
  }
  if (state_->read > kLongest) {
    throw Error(ErrorCode::kBadMedia,
                state_->source.info().name + ": expected at most 24 hours of sound, found more");
  }
  return count;
}

std::vector<std::string> SpeechReader::Warnings() const {
  std::vector<std::string> warnings = state_->source.Warnings();
  const double given_s = state_->source.levels().loudest();
  const double seconds = static_cast<double>(state_->read) / kSpeechSampleRate;
  if (given_s > kSilence * seconds && state_->energy_s < kNextToNothing * given_s) {
    warnings.push_back(state_->source.info().name +
                       ": the mouth hears next to nothing of its sound: the channels cancel each " +
                       "other, or it lies above 8 kHz or in one of very many channels");
  }
  return warnings;
}

}  // namespace mouthpiece::media
