// What moves the mouth in a render: features of a file, or speech.
#ifndef MOUTHPIECE_RENDER_DRIVE_H_
#define MOUTHPIECE_RENDER_DRIVE_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "base/cancel.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/hooks.h"
#include "mouthpiece/options.h"

namespace mouthpiece {

/// Features, or, until FinishDrive, speech and what will turn it into them.
struct Drive {
  std::shared_ptr<const FeatureTable> features;
  std::optional<FeatureStream> speech;
  int64_t samples = 0;   ///< Of the speech
  int64_t row_size = 0;  ///< Values of a feature row
  int64_t rows = 0;      ///< Feature rows there are, or will be
  int64_t frames = 0;    ///< Output frames that last as long
};

/// Opens what moves the mouth in `job` and finds out all that can be wrong with it; that sound can
/// be decoded to its end, too. `threads`: of the audio encoder. Throws Error.
Drive OpenDrive(const Avatar& avatar, const Job& job, int threads, CancelToken cancel);

/// The sound that moves the mouth; empty when features do.
std::filesystem::path SpeechOf(const Job& job);

/// Turns speech, if that is what it is, into features. Throws Error.
void FinishDrive(Drive& drive, const Job& job, const Hooks& hooks);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_DRIVE_H_
