#include "render/drive.h"

#include <cmath>
#include <filesystem>
#include <string>

#include "avatar/features.h"
#include "avatar/package.h"
#include "mouthpiece/error.h"
#include "render/speech.h"

namespace mouthpiece {
namespace {

/// Features are made at 25 rows a second: at another rate the mouth would run away from the sound.
void CheckFrameRate(const Avatar& avatar) {
  constexpr double kTolerance = 1e-4;  // 0.36 s in an hour
  const Rational rate = avatar.frame_rate();
  if (std::abs(rate.value() / kFeatureRate - 1) <= kTolerance) return;
  throw Error(ErrorCode::kUnsupported,
              avatar.path().string() +
                  ": expected 25 frames a second, since that is how speech is " +
                  "turned into features, found " + std::to_string(rate.num) + "/" +
                  std::to_string(rate.den) + "; give features made for it with --features");
}

/// The sound is read twice, and once more for the output.
void CheckReadAgain(const std::filesystem::path& audio) {
  std::error_code ignored;
  if (std::filesystem::exists(audio, ignored) &&
      !std::filesystem::is_regular_file(audio, ignored)) {
    throw Error(ErrorCode::kBadMedia,
                audio.string() + ": expected a file, found a folder, pipe or device");
  }
}

Drive OpenSpeech(const Avatar& avatar, const RenderOptions& options, CancelToken cancel) {
  CheckFrameRate(avatar);
  CheckReadAgain(options.audio);
  Drive drive;
  drive.samples = CountSpeechSamples(options.audio, cancel);
  drive.speech.emplace(avatar, FeatureOptions{.threads = options.threads});
  drive.row_size = kFeatureValues;
  drive.rows = FeatureRowCount(drive.samples);
  drive.frames = SpeechFrameCount(drive.samples, avatar.frame_rate());
  return drive;
}

Drive OpenFeatures(const Package& package, const RenderOptions& options) {
  const std::filesystem::path& path =
      options.features.empty() ? package.features : options.features;
  if (path.empty()) {
    throw Error(ErrorCode::kBadPackage,
                package.root.string() + ": has no features (aud_ave.npy or aud_ave.bin); give " +
                    "speech with --audio, or features with --features");
  }
  Drive drive;
  drive.features = LoadFeatures(path);
  drive.row_size = drive.features.row_size;
  drive.rows = drive.features.rows;
  drive.frames = drive.rows;
  return drive;
}

}  // namespace

bool IsDrivenByAudio(const RenderOptions& options) {
  return options.features.empty() && !options.audio.empty();
}

Drive OpenDrive(const Avatar& avatar, const RenderOptions& options, CancelToken cancel) {
  if (IsDrivenByAudio(options)) return OpenSpeech(avatar, options, cancel);
  return OpenFeatures(avatar.package(), options);
}

void FinishDrive(Drive& drive, const RenderOptions& options, const AudioHooks& hooks) {
  if (!drive.speech) return;
  drive.features = EncodeSpeech(options.audio, drive.samples, *drive.speech, hooks);
  drive.speech.reset();  // the network's memory is the generator's now
}

}  // namespace mouthpiece
