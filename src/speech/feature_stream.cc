#include <utility>

#include "avatar/package.h"
#include "mouthpiece/audio.h"
#include "speech/encoder_keeper.h"
#include "speech/feature_encoder.h"

namespace mouthpiece {

struct FeatureStream::State {
  explicit State(std::unique_ptr<AudioEncoder> loaded)
      : network(std::move(loaded)), encoder(*network) {}

  const std::unique_ptr<AudioEncoder> network;
  FeatureEncoder encoder;
};

FeatureStream::FeatureStream(const Avatar& avatar, const FeatureOptions& options)
    : state_(std::make_unique<State>(LoadAudioEncoder(PackageOf(avatar), options))) {}
FeatureStream::~FeatureStream() = default;
FeatureStream::FeatureStream(FeatureStream&&) noexcept = default;
FeatureStream& FeatureStream::operator=(FeatureStream&&) noexcept = default;

void FeatureStream::Push(std::span<const float> samples) { state_->encoder.Push(samples); }
void FeatureStream::Finish() { state_->encoder.Finish(); }
int64_t FeatureStream::ready() const { return state_->encoder.ready(); }
int64_t FeatureStream::Pull(std::span<float> rows) { return state_->encoder.Pull(rows); }

}  // namespace mouthpiece
