#include "speech/encoder_keeper.h"

#include <utility>

#include "base/timing.h"
#include "mouthpiece/error.h"

namespace mouthpiece {

std::unique_ptr<AudioEncoder> LoadAudioEncoder(const Package& package,
                                               const FeatureOptions& options,
                                               WeightsKeeper* weights) {
  if (package.audio_encoder.empty()) {
    throw Error(ErrorCode::kBadPackage,
                package.root.string() + ": has no audio encoder (models/audio_encoder.onnx), so " +
                    "speech cannot move its mouth; add one, or give features made elsewhere with " +
                    "--features");
  }
  return CreateAudioEncoder({.model = package.audio_encoder,
                             .batch = options.batch,
                             .threads = options.threads,
                             .weights = weights});
}

EncoderKeeper::Loan::Loan(EncoderKeeper& keeper, const FeatureOptions& options,
                          std::unique_ptr<AudioEncoder> encoder, double load_wall_s)
    : keeper_(keeper), options_(options), encoder_(std::move(encoder)), load_wall_s_(load_wall_s) {}

EncoderKeeper::Loan::~Loan() {
  if (encoder_ == nullptr) return;
  const std::lock_guard lock(keeper_.mutex_);
  keeper_.options_ = options_;
  keeper_.kept_.swap(encoder_);  // of several at once the last one stays
}

EncoderKeeper::Loan EncoderKeeper::Borrow(const Package& package, const FeatureOptions& options) {
  std::unique_ptr<AudioEncoder> encoder;
  bool is_loaded = false;
  {
    const std::lock_guard lock(mutex_);
    is_loaded = kept_ && options_ == options;
    encoder.swap(kept_);
  }
  if (is_loaded) return Loan(*this, options, std::move(encoder), 0);
  encoder.reset();
  const Clock::time_point start = Clock::now();
  encoder = LoadAudioEncoder(package, options, &weights_);
  return Loan(*this, options, std::move(encoder), SecondsSince(start));
}

}  // namespace mouthpiece
