#include "media/sound.h"

#include <cstddef>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/spill_buffer.h"
#include "media/audio_decoder.h"
#include "media/memory_sound.h"
#include "media/sound_frames.h"
#include "media/speech_reader.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

constexpr uint64_t kMostInMemory = uint64_t{32} << 20;  // three minutes in stereo at 44.1 kHz

/// What frames of a sound have in common, seldom more than one of it.
struct FrameKind {
  explicit FrameKind(const AVFrame& frame)
      : format(static_cast<AVSampleFormat>(frame.format)), sample_rate(frame.sample_rate) {
    if (av_channel_layout_copy(&layout, &frame.ch_layout) < 0) throw std::bad_alloc();
  }
  FrameKind(FrameKind&& other) noexcept
      : format(other.format),
        sample_rate(other.sample_rate),
        layout(std::exchange(other.layout, {})) {}
  FrameKind& operator=(FrameKind&&) = delete;
  ~FrameKind() { av_channel_layout_uninit(&layout); }

  bool IsOf(const AVFrame& frame) const {
    return format == frame.format && sample_rate == frame.sample_rate &&
           av_channel_layout_compare(&layout, &frame.ch_layout) == 0;
  }
  bool is_planar() const { return av_sample_fmt_is_planar(format) != 0; }
  int planes() const { return is_planar() ? layout.nb_channels : 1; }
  size_t plane_bytes(int samples) const {
    const int values = is_planar() ? samples : samples * layout.nb_channels;
    return static_cast<size_t>(values) * static_cast<size_t>(av_get_bytes_per_sample(format));
  }

  AVSampleFormat format;
  int sample_rate;
  AVChannelLayout layout{};
};

/// What is kept of a frame; its planes follow.
struct Record {
  int64_t pts = 0;
  uint32_t kind = 0;
  int32_t samples = 0;
};

/// Frames one after the other.
class FrameTape {
 public:
  void Append(const AVFrame& frame) {
    const Record record{frame.pts, KindOf(frame), frame.nb_samples};
    bytes_.Append(std::span(reinterpret_cast<const uint8_t*>(&record), sizeof(record)));
    const FrameKind& kind = kinds_[record.kind];
    for (int p = 0; p < kind.planes(); ++p) {
      bytes_.Append(
          std::span<const uint8_t>(frame.extended_data[p], kind.plane_bytes(frame.nb_samples)));
    }
  }

  uint64_t size() const { return bytes_.size(); }

  /// Gives the frame that lies at `offset` to the empty `frame`; returns where the next one lies.
  uint64_t Read(uint64_t offset, AVFrame& frame) const {
    Record record;
    bytes_.Read(offset, std::span(reinterpret_cast<uint8_t*>(&record), sizeof(record)));
    offset += sizeof(record);
    const FrameKind& kind = kinds_[record.kind];
    frame.format = kind.format;
    frame.sample_rate = kind.sample_rate;
    frame.nb_samples = record.samples;
    frame.pts = record.pts;
    if (av_channel_layout_copy(&frame.ch_layout, &kind.layout) < 0 ||
        av_frame_get_buffer(&frame, 0) < 0) {
      throw std::bad_alloc();
    }
    const size_t plane_bytes = kind.plane_bytes(record.samples);
    for (int p = 0; p < kind.planes(); ++p) {
      bytes_.Read(offset, std::span(frame.extended_data[p], plane_bytes));
      offset += plane_bytes;
    }
    return offset;
  }

 private:
  uint32_t KindOf(const AVFrame& frame) {
    uint32_t kind = 0;
    while (kind < kinds_.size() && !kinds_[kind].IsOf(frame)) ++kind;
    if (kind == kinds_.size()) kinds_.emplace_back(frame);
    return kind;
  }

  SpillBuffer bytes_{kMostInMemory, "decoded sound"};
  std::vector<FrameKind> kinds_;
};

}  // namespace

struct Sound::State {
  /// Gives the frames of a decoder and keeps them on the tape.
  class Recorder : public SoundFrames {
   public:
    Recorder(State& state, std::unique_ptr<SoundFrames> frames)
        : state_(state), frames_(std::move(frames)) {}

    const SoundInfo& info() const override { return frames_->info(); }
    bool Next(AVFrame& frame) override {
      if (!frames_->Next(frame)) return false;
      state_.Keep(frame);
      return true;
    }

   private:
    State& state_;
    const std::unique_ptr<SoundFrames> frames_;
  };

  /// Gives the frames of the tape.
  class Player : public SoundFrames {
   public:
    explicit Player(std::shared_ptr<const Sound> sound) : sound_(std::move(sound)) {}

    const SoundInfo& info() const override { return sound_->state_->info; }
    bool Next(AVFrame& frame) override {
      const FrameTape& played = *sound_->state_->tape;
      if (offset_ == played.size()) return false;
      offset_ = played.Read(offset_, frame);
      return true;
    }

   private:
    const std::shared_ptr<const Sound> sound_;
    uint64_t offset_ = 0;
  };

  void Keep(const AVFrame& frame) {
    if (!tape) return;
    try {
      tape->Append(frame);
    } catch (const Error&) {
      std::error_code ignored;
      if (!std::filesystem::is_regular_file(path, ignored)) throw;
      tape.reset();
    }
  }

  /// Counts what the mouth hears of `frames`.
  void Hear(std::unique_ptr<SoundFrames> frames, CancelToken cancel,
            const std::function<void(int64_t samples, int64_t expected)>& progress) {
    SpeechReader reader(std::move(frames));
    const int64_t expected = reader.expected_samples();
    std::vector<float> second(kSpeechSampleRate);
    while (const size_t count = reader.Read(second)) {
      cancel.ThrowIfCancelled();
      speech_samples += static_cast<int64_t>(count);
      if (progress) progress(speech_samples, expected);
    }
    warnings = reader.Warnings();
  }

  SpeechSamples memory;  ///< None for a file
  std::filesystem::path path;
  int track = 0;
  SoundInfo info;
  std::optional<FrameTape> tape;  ///< None: there was no room
  int64_t speech_samples = 0;
  std::vector<std::string> warnings;
};

Sound::Sound(const std::filesystem::path& path, int track, CancelToken cancel,
             const std::function<void(int64_t samples, int64_t expected)>& progress)
    : state_(std::make_unique<State>()) {
  state_->path = path;
  state_->track = track;
  state_->tape.emplace();
  auto decoder = std::make_unique<AudioDecoder>(path, track, cancel);
  state_->info = decoder->info();
  state_->Hear(std::make_unique<State::Recorder>(*state_, std::move(decoder)), cancel, progress);
}

Sound::Sound(const SpeechSamples& samples, CancelToken cancel,
             const std::function<void(int64_t samples, int64_t expected)>& progress)
    : state_(std::make_unique<State>()) {
  state_->memory = samples;
  state_->Hear(FramesOf(samples), cancel, progress);
  if (state_->speech_samples == 0) {
    throw Error(ErrorCode::kInvalidArgument, "audio: expected one sample or more, found none");
  }
}

Sound::~Sound() = default;

int64_t Sound::speech_samples() const { return state_->speech_samples; }

const std::vector<std::string>& Sound::warnings() const { return state_->warnings; }

void CheckSound(const std::filesystem::path& path, int track, CancelToken cancel) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  const bool is_read_once = path == kStandardInput || std::filesystem::is_fifo(status) ||
                            std::filesystem::is_character_file(status);
  if (!is_read_once) AudioDecoder(path, track, cancel);
}

std::unique_ptr<SoundFrames> FramesOf(std::shared_ptr<const Sound> sound) {
  if (sound->state_->memory.samples) return FramesOf(sound->state_->memory);
  if (!sound->state_->tape)
    return std::make_unique<AudioDecoder>(sound->state_->path, sound->state_->track);
  return std::make_unique<Sound::State::Player>(std::move(sound));
}

}  // namespace mouthpiece::media
