#include "speech/drive.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "avatar/features.h"
#include "avatar/package.h"
#include "mouthpiece/error.h"
#include "speech/speech.h"
#include "speech/speech_stream_end.h"
#include "speech/speech_windows.h"
#include "speech/stream_windows.h"

namespace mouthpiece {
namespace {

// A day, as of files.
constexpr int64_t kMostSpeech_s = int64_t{24} * 3600;

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

/// Opens each kind of source.
struct Opener {
  Drive operator()(const PackageFeatures&) const {
    const Package& package = PackageOf(avatar);
    if (package.features.empty()) {
      throw Error(ErrorCode::kBadPackage,
                  package.root.string() + ": has no features (aud_ave.npy or aud_ave.bin); give " +
                      "speech with --audio, or features with --features");
    }
    return (*this)(FeatureFile{package.features});
  }

  Drive operator()(const FeatureFile& file) const {
    std::vector<int64_t> shape;
    Drive drive = Finished(std::make_shared<const FeatureTable>(LoadFeatures(file.path, &shape)));
    drive.origin.file = file.path;
    drive.origin.shape = std::move(shape);
    return drive;
  }

  Drive operator()(const FeatureRows& table) const {
    if (table == nullptr) {
      throw Error(ErrorCode::kInvalidArgument, "features: expected a table, found none");
    }
    CheckTable(*table);
    return Finished(table);
  }

  Drive operator()(const SpeechFile& file) const {
    return Heard([&](const auto& hear) {
      return std::make_shared<const media::Sound>(file.path, file.track, cancel, hear);
    });
  }

  Drive operator()(const SpeechSamples& samples) const {
    return Heard([&](const auto& hear) {
      return std::make_shared<const media::Sound>(samples, cancel, hear);
    });
  }

  Drive operator()(const ArrivingSpeech& speech) const {
    if (speech == nullptr) {
      throw Error(ErrorCode::kInvalidArgument, "speech: expected a stream, found none");
    }
    CheckFrameRate(avatar);
    if (arriving == Arriving::kAwait) return (*this)(Collected(*speech));
    Drive drive;
    drive.encoder.emplace(LoadedEncoder());
    drive.arriving = speech;
    drive.frame_rate = avatar.frame_rate();
    drive.origin.row_size = kFeatureValues;
    drive.frames = SpeechFrameCount(kMostSpeech_s * kSpeechSampleRate, avatar.frame_rate());
    drive.rows = drive.frames;
    return drive;
  }

  EncoderKeeper::Loan LoadedEncoder() const {
    return encoders.Borrow(PackageOf(avatar), {.threads = threads});
  }

  SpeechSamples Collected(SpeechStream& speech) const {
    std::vector<float> samples;
    std::vector<float> some(static_cast<size_t>(speech.sample_rate()));
    while (const size_t count = SpeechStreamEnd::Take(speech, some, cancel)) {
      samples.insert(samples.end(), some.begin(),
                     some.begin() + static_cast<std::ptrdiff_t>(count));
      if (progress) {
        const auto heard =
            static_cast<int64_t>(samples.size()) * kSpeechSampleRate / speech.sample_rate();
        progress(FeatureRowCount(heard), FeatureRowCount(heard));
      }
    }
    return {std::make_shared<const Samples>(std::move(samples)), speech.sample_rate()};
  }

  /// `open` opens a sound that tells its argument how much of it was heard.
  template <typename Open>
  Drive Heard(Open open) const {
    CheckFrameRate(avatar);
    Drive drive;
    // Once the file is known to hold sound, and before all of it is decoded.
    const auto load_encoder = [&] {
      if (!drive.encoder) drive.encoder.emplace(LoadedEncoder());
    };
    drive.sound = open([&](int64_t samples, int64_t expected) {
      load_encoder();
      if (progress) {
        progress(FeatureRowCount(samples), FeatureRowCount(std::max(samples, expected)));
      }
    });
    load_encoder();
    const int64_t samples = drive.sound->speech_samples();
    drive.origin.row_size = kFeatureValues;
    drive.rows = FeatureRowCount(samples);
    drive.frames = SpeechFrameCount(samples, avatar.frame_rate());
    return drive;
  }

  static Drive Finished(std::shared_ptr<const FeatureTable> features) {
    Drive drive;
    drive.origin.row_size = features->row_size;
    drive.rows = features->rows;
    drive.frames = features->rows;
    drive.features = std::move(features);
    return drive;
  }

  const Avatar& avatar;
  const Arriving arriving;
  const int threads;
  EncoderKeeper& encoders;
  const CancelToken cancel;
  const std::function<void(int64_t done, int64_t total)>& progress;
};

}  // namespace

Drive OpenDrive(const Avatar& avatar, const decltype(Job::drive)& source, Arriving arriving,
                int threads, EncoderKeeper& encoders, CancelToken cancel,
                const std::function<void(int64_t done, int64_t total)>& progress) {
  return std::visit(Opener{avatar, arriving, threads, encoders, cancel, progress}, source);
}

void CheckSpeech(const Avatar& avatar, const SpeechFile& file, int threads, EncoderKeeper& encoders,
                 CancelToken cancel) {
  CheckFrameRate(avatar);
  media::CheckSound(file.path, file.track, cancel);
  encoders.Borrow(PackageOf(avatar), {.threads = threads});
}

std::unique_ptr<WindowSource> OpenWindows(Drive& drive, int64_t first_row, CancelToken cancel) {
  if (drive.features) return std::make_unique<TableWindows>(drive.features);
  if (drive.arriving) {
    return std::make_unique<StreamWindows>(drive.arriving, std::move(*drive.encoder),
                                           drive.frame_rate, cancel);
  }
  return std::make_unique<SpeechWindows>(drive.sound, std::move(*drive.encoder), first_row, cancel);
}

}  // namespace mouthpiece
