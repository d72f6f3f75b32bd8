#include "cluster/fingerprint.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <span>
#include <variant>
#include <vector>

#include "avatar/sha256.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"
#include "network/external_weights.h"

namespace mouthpiece {
namespace {

class Fingerprint {
 public:
  void Add(std::span<const int64_t> numbers) {
    for (const int64_t number : numbers) {
      uint8_t bytes[8];
      for (int i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(number >> (8 * i));
      hash_.Update(bytes);
    }
  }
  void Add(int64_t number) { Add(std::span(&number, 1)); }

  /// Its size and what it holds; of a large one, parts that lie evenly over it.
  void Add(const std::filesystem::path& path) {
    constexpr int64_t kBlock = 65536;
    constexpr int64_t kBlocks = 64;
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const int64_t size = file ? static_cast<int64_t>(file.tellg()) : -1;
    if (size < 0) throw Error(ErrorCode::kBadMedia, path.string() + ": cannot be opened");
    Add(size);
    const int64_t blocks = std::min((size + kBlock - 1) / kBlock, kBlocks);
    std::vector<char> bytes(kBlock);
    for (int64_t i = 0; i < blocks; ++i) {
      const int64_t last = std::max<int64_t>(size - kBlock, 0);
      const int64_t start = size <= kBlock * kBlocks ? i * kBlock : last * i / (kBlocks - 1);
      const int64_t count = std::min(kBlock, size - start);
      file.seekg(start);
      if (!file.read(bytes.data(), count)) {
        throw Error(ErrorCode::kBadMedia, path.string() + ": cannot be read to its end");
      }
      hash_.Update({reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<size_t>(count)});
    }
  }

  /// With what the network keeps in other files.
  void AddModel(const std::filesystem::path& model) {
    Add(model);
    for (const std::filesystem::path& weights : ExternalWeightsOf(model)) {
      Add(model.parent_path() / weights);
    }
  }

  void Add(const PictureSource& source) {
    constexpr size_t kPictures = 16;
    Add(std::vector<int64_t>{source.width, source.height, source.frame_count});
    if (source.images.empty()) return Add(source.path);
    const size_t count = std::min(source.images.size(), kPictures);
    for (size_t i = 0; i < count; ++i) Add(source.images[i * source.images.size() / count]);
  }

  void Add(const FeatureTable& table) {
    Add(table.row_size);
    hash_.Update({reinterpret_cast<const uint8_t*>(table.values.data()),
                  table.values.size() * sizeof(float)});
  }

  void Add(const SpeechSamples& samples) {
    Add(samples.rate);
    std::visit(
        [this](const auto& values) {
          hash_.Update(
              {reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(values[0])});
        },
        *samples.samples);
  }

  std::string Finish() { return hash_.Finish().substr(0, 16); }

 private:
  Sha256 hash_;
};

}  // namespace

std::string AvatarFingerprint(const Package& package, const std::filesystem::path& model) {
  Fingerprint fingerprint;
  for (const PictureSource* source :
       {&package.full_body, &package.crops, &package.rois, &package.model_inputs}) {
    fingerprint.Add(*source);
  }
  for (const Rect& rect : package.rectangles) {
    fingerprint.Add(std::vector<int64_t>{rect.x1, rect.y1, rect.x2, rect.y2});
  }
  fingerprint.Add(package.frame_count);
  fingerprint.AddModel(model);
  return fingerprint.Finish();
}

std::string FileFingerprint(const std::filesystem::path& path) {
  Fingerprint fingerprint;
  fingerprint.Add(path);
  return fingerprint.Finish();
}

std::string SpeechFingerprint(const Package& package, const Job& job) {
  Fingerprint fingerprint;
  if (const auto* speech = std::get_if<SpeechFile>(&job.drive)) {
    fingerprint.Add(speech->path);
    if (speech->track != 0) fingerprint.Add(speech->track);
    fingerprint.AddModel(package.audio_encoder);
    return fingerprint.Finish();
  }
  if (const auto* samples = std::get_if<SpeechSamples>(&job.drive)) {
    fingerprint.Add(*samples);
    fingerprint.Add(package.audio_encoder);
    return fingerprint.Finish();
  }
  if (!job.sound.empty()) fingerprint.Add(job.sound);
  if (job.sound_samples.samples) fingerprint.Add(job.sound_samples);
  if (job.sound_track != 0) fingerprint.Add(job.sound_track);
  if (const auto* rows = std::get_if<FeatureRows>(&job.drive)) {
    fingerprint.Add(**rows);
  } else if (const auto* file = std::get_if<FeatureFile>(&job.drive)) {
    fingerprint.Add(file->path);
  } else {
    fingerprint.Add(package.features);
  }
  return fingerprint.Finish();
}

}  // namespace mouthpiece
