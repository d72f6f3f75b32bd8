#include <algorithm>
#include <string>

#include "audio/window_stream.h"
#include "avatar/package.h"
#include "infer/audio_encoder.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

std::unique_ptr<AudioEncoder> LoadEncoder(const Avatar& avatar, const FeatureOptions& options) {
  const Package& package = avatar.package();
  if (package.audio_encoder.empty()) {
    throw Error(ErrorCode::kBadPackage,
                package.root.string() + ": has no audio encoder (models/audio_encoder.onnx), so " +
                    "speech cannot move its mouth; add one, or give features made elsewhere with " +
                    "--features");
  }
  return CreateOpenVinoAudioEncoder(
      {.model = package.audio_encoder, .batch = options.batch, .threads = options.threads});
}

}  // namespace

struct FeatureStream::State {
  explicit State(std::unique_ptr<AudioEncoder> network)
      : encoder(std::move(network)), mel_rows(size_t{kMelBands} * kMelRowsAtOnce) {}

  void CutWindows() {
    while (const int64_t count = mel.Pull(mel_rows)) {
      windows.Push(std::span(mel_rows).first(static_cast<size_t>(count) * kMelBands));
    }
    if (finished) windows.Finish();
  }

  /// Windows that were cut so far.
  int64_t Cut() const { return encoded_first + encoded_count + windows.ready(); }

  /// Rows that can be given until now: one a window, the first twice, and at the end the last.
  int64_t Possible() const {
    const int64_t cut = Cut();
    return cut == 0 ? 0 : cut + 1 + (finished ? 1 : 0);
  }

  /// The encoded window; those come in order.
  std::span<const float> Row(int64_t window) {
    if (window == encoded_first + encoded_count) {
      encoded_first = window;
      encoded_count = static_cast<int>(windows.Pull(encoder->windows()));
      encoded = encoder->Run(encoded_count);
    }
    return encoded.subspan(static_cast<size_t>(window - encoded_first) * kFeatureValues,
                           kFeatureValues);
  }

  static constexpr size_t kMelRowsAtOnce = 64;

  MelStream mel;
  WindowStream windows;
  std::unique_ptr<AudioEncoder> encoder;
  std::vector<float> mel_rows;
  std::span<const float> encoded;  ///< Of windows [encoded_first, encoded_first + encoded_count)
  int64_t encoded_first = 0;
  int encoded_count = 0;
  int64_t pulled = 0;
  bool finished = false;
};

FeatureStream::FeatureStream(const Avatar& avatar, const FeatureOptions& options)
    : state_(std::make_unique<State>(LoadEncoder(avatar, options))) {}
FeatureStream::~FeatureStream() = default;
FeatureStream::FeatureStream(FeatureStream&&) noexcept = default;
FeatureStream& FeatureStream::operator=(FeatureStream&&) noexcept = default;

void FeatureStream::Push(std::span<const float> samples) {
  state_->mel.Push(samples);
  state_->CutWindows();
}

void FeatureStream::Finish() {
  state_->finished = true;
  state_->mel.Finish();
  state_->CutWindows();
}

int64_t FeatureStream::ready() const { return state_->Possible() - state_->pulled; }

int64_t FeatureStream::Pull(std::span<float> rows) {
  if (rows.size() % kFeatureValues != 0) {
    throw Error(ErrorCode::kInvalidArgument, "feature rows: expected room for a multiple of 512 " +
                                                 std::string("values, found ") +
                                                 std::to_string(rows.size()));
  }
  State& state = *state_;
  const int64_t count = std::min(ready(), static_cast<int64_t>(rows.size()) / kFeatureValues);
  const int64_t last_window = state.Cut() - 1;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t window = std::clamp<int64_t>(state.pulled - 1, 0, last_window);
    std::ranges::copy(state.Row(window), rows.begin() + i * kFeatureValues);
    ++state.pulled;
  }
  return count;
}

}  // namespace mouthpiece
