#include "infer/audio_encoder.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/no_fork.h"
#include "infer/fused/fused_audio_encoder.h"
#include "infer/openvino/openvino_audio_encoder.h"
#include "infer/openvino/openvino_engine.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr int kLargestBatch = 1024;
constexpr int kMostThreads = 1024;

void Check(const char* name, int value, int most) {
  if (value >= 0 && value <= most) return;
  throw Error(ErrorCode::kInvalidArgument, std::string(name) + ": expected 0 to " +
                                               std::to_string(most) + ", found " +
                                               std::to_string(value));
}

}  // namespace

std::span<const float> AudioEncoder::Run(int count) {
  if (count < 1 || count > batch()) {
    throw Error(ErrorCode::kInvalidArgument, "a call holds 1 to " + std::to_string(batch()) +
                                                 " windows, not " + std::to_string(count));
  }
  const std::span<const float> rows = Encode(count);
  if (!std::ranges::all_of(rows, [](float value) { return std::isfinite(value); })) {
    throw Error(
        ErrorCode::kBadPackage,
        path_.string() + ": expected finite audio features, found others: its weights are wrong");
  }
  return rows;
}

std::unique_ptr<AudioEncoder> CreateAudioEncoder(const AudioEncoderOptions& options) {
  Check("batch", options.batch, kLargestBatch);
  Check("threads", options.threads, kMostThreads);
  const NoFork no_fork;
  FusedAudioEncoderOrReason fused = CreateFusedAudioEncoder(options);
  if (fused.encoder) return std::move(fused.encoder);
  if (!HasOpenVino()) {
    throw Error(ErrorCode::kUnsupported, options.model.string() +
                                             ": not for the fused engine: " + fused.reason +
                                             "; this build has no OpenVINO, which runs others");
  }
  return CreateOpenVinoAudioEncoder(options);
}

}  // namespace mouthpiece
