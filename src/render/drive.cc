#include "render/drive.h"

#include <algorithm>
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

Drive OpenSpeech(const Avatar& avatar, const std::filesystem::path& audio, int threads,
                 CancelToken cancel) {
  CheckFrameRate(avatar);
  CheckReadAgain(audio);
  Drive drive;
  drive.samples = CountSpeechSamples(audio, cancel);
  drive.speech.emplace(avatar, FeatureOptions{.threads = threads});
  drive.row_size = kFeatureValues;
  drive.rows = FeatureRowCount(drive.samples);
  drive.frames = SpeechFrameCount(drive.samples, avatar.frame_rate());
  return drive;
}

/// Holds features that did not come from a file to what those of files are held to.
void CheckTable(const FeatureTable& table) {
  const auto fail = [](const std::string& message) {
    throw Error(ErrorCode::kInvalidArgument, "features: " + message);
  };
  if (table.rows < 1 || table.row_size < 1) {
    fail("expected [rows, values a row], found [" + std::to_string(table.rows) + ", " +
         std::to_string(table.row_size) + "]");
  }
  if (static_cast<int64_t>(table.values.size()) != table.rows * table.row_size) {
    fail("expected " + std::to_string(table.rows * table.row_size) + " values, found " +
         std::to_string(table.values.size()));
  }
  const auto bad =
      std::ranges::find_if_not(table.values, [](float value) { return std::isfinite(value); });
  if (bad == table.values.end()) return;
  const int64_t at = bad - table.values.begin();
  fail("row " + std::to_string(at / table.row_size) + ", value " +
       std::to_string(at % table.row_size) + ": expected a finite number, found " +
       (std::isnan(*bad) ? "NaN" : "infinity"));
}

std::shared_ptr<const FeatureTable> FindFeatures(const Package& package, const Job& job) {
  if (const auto* table = std::get_if<FeatureRows>(&job.drive)) {
    CheckTable(**table);
    return *table;
  }
  const auto* file = std::get_if<FeatureFile>(&job.drive);
  const std::filesystem::path& path = file != nullptr ? file->path : package.features;
  if (path.empty()) {
    throw Error(ErrorCode::kBadPackage,
                package.root.string() + ": has no features (aud_ave.npy or aud_ave.bin); give " +
                    "speech with --audio, or features with --features");
  }
  return std::make_shared<const FeatureTable>(LoadFeatures(path));
}

Drive OpenFeatures(const Package& package, const Job& job) {
  Drive drive;
  drive.features = FindFeatures(package, job);
  drive.row_size = drive.features->row_size;
  drive.rows = drive.features->rows;
  drive.frames = drive.rows;
  return drive;
}

}  // namespace

std::filesystem::path SpeechOf(const Job& job) {
  const auto* speech = std::get_if<SpeechFile>(&job.drive);
  return speech != nullptr ? speech->path : std::filesystem::path();
}

Drive OpenDrive(const Avatar& avatar, const Job& job, int threads, CancelToken cancel) {
  if (const auto* speech = std::get_if<SpeechFile>(&job.drive)) {
    return OpenSpeech(avatar, speech->path, threads, cancel);
  }
  return OpenFeatures(avatar.package(), job);
}

void FinishDrive(Drive& drive, const Job& job, const Hooks& hooks) {
  if (!drive.speech) return;
  drive.features = std::make_shared<const FeatureTable>(
      EncodeSpeech(SpeechOf(job), drive.samples, *drive.speech, hooks));
  drive.speech.reset();  // the network's memory is the generator's now
}

}  // namespace mouthpiece
