#include "avatar/package_reader.h"

#include <algorithm>
#include <array>
#include <future>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "avatar/features.h"
#include "avatar/file_access.h"
#include "avatar/image_folder.h"
#include "avatar/kept_spans.h"
#include "avatar/models.h"
#include "avatar/mp4_boxes.h"
#include "avatar/rectangles.h"
#include "media/source_warnings.h"
#include "network/external_weights.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

std::string SizeText(const PictureSource& source) {
  return std::to_string(source.width) + "x" + std::to_string(source.height);
}

PictureSource ReadVideo(const fs::path& root, const fs::path& name) {
  PictureSource source;
  source.path = InsidePackage(root, name);
  if (name.extension() != ".webm") RequireWholeMp4(source.path);
  source.video = IndexVideo(source.path);
  source.width = source.video->width;
  source.height = source.video->height;
  source.frame_count = source.video->frame_count();
  constexpr int kLargest = std::numeric_limits<int16_t>::max();
  if (source.width > kLargest || source.height > kLargest) {
    Fail(source.path, "has a wrong size", "at most 32767x32767", SizeText(source));
  }
  return source;
}

/// What the viewer sees: MP4, or where it has alpha that an MP4 seldom holds, another.
fs::path FullBodyVideo(const fs::path& root) {
  for (const char* name : {"full_body_video.mov", "full_body_video.webm"}) {
    if (!NameExists(root / "full_body_video.mp4") && NameExists(root / name)) return name;
  }
  return "full_body_video.mp4";
}

/// A package that was unpacked has the folder too; the video is its source and comes first.
PictureSource ReadPictures(const fs::path& root, const fs::path& video, const std::string& folder) {
  if (NameExists(root / video)) return ReadVideo(root, video);
  for (const fs::path& place : {fs::path(folder), fs::path("cache") / folder}) {
    if (NameExists(root / place)) return ReadImageFolder(root, place);
  }
  Fail(root / video, "is missing", "it, or a folder " + folder, "neither");
}

void RequireSquare(const PictureSource& source) {
  if (source.width != source.height) {
    Fail(source.path, "has a wrong size", "square pictures", SizeText(source));
  }
}

FaceGeometry ReadGeometry(const PictureSource& crops, const PictureSource& rois) {
  const int border = crops.width - rois.width;
  if (border <= 0 || border % 2 != 0) {
    Fail(rois.path, "has a wrong size",
         "squares smaller than the crops (" + SizeText(crops) + ") by an even number",
         SizeText(rois));
  }
  return {crops.width, rois.width};
}

fs::path FindFeatures(const fs::path& root) {
  for (const char* name : {"aud_ave.npy", "aud_ave.bin"}) {
    if (NameExists(root / name)) return InsidePackage(root, name);
  }
  return {};
}

Rational ReadFrameRate(const PictureSource& source, std::vector<std::string>& warnings) {
  constexpr Rational kDefault{25, 1};
  if (!source.video.has_value()) return kDefault;
  const Rational rate = source.video->frame_rate;
  if (rate.num > 0 && rate.den > 0) return rate;
  warnings.push_back(source.path.string() + ": gives no frame rate; 25 frames a second are used");
  return kDefault;
}

/// JPEGs hold full-range BT.601 (JFIF) and keep it, so that their samples need no conversion; PNGs
/// are converted to what video usually is.
ColorTags ReadColor(const PictureSource& source) {
  constexpr int kBt601 = 5;  // H.273: BT.470 B/G, which has BT.601's matrix
  if (source.video.has_value()) return source.video->color;
  ColorTags color;
  color.matrix = kBt601;
  color.range = source.headers.front().is_jpeg ? ColorRange::kFull : ColorRange::kLimited;
  return color;
}

/// A package's networks, and what is wrong with them.
struct ModelsFound {
  fs::path generator;  ///< Empty where it cannot be used
  fs::path audio_encoder;
  DigestStatus generator_digest = DigestStatus::kNotGiven;
  DigestStatus audio_encoder_digest = DigestStatus::kNotGiven;
  std::vector<Error> problems;
};

ModelsFound ReadModels(const fs::path& root) {
  ModelsFound found;
  const auto attempt = [&found](const auto& check) {
    try {
      check();
    } catch (const Error& error) {
      found.problems.push_back(error);
    }
  };
  std::vector<ModelEntry> entries;
  attempt([&] { entries = ReadModelEntries(root); });
  const auto read = [&](const fs::path& file, fs::path& path, DigestStatus& digest) {
    digest = DigestStatus::kDiffers;
    attempt([&] {
      digest = CheckModel(root, file, entries);
      RequireExternalWeights(root / file);
      path = root / file;
    });
  };
  const fs::path generator = FindGenerator(root, entries);
  const fs::path audio_encoder = FindAudioEncoder(root, entries);
  if (generator.empty()) {
    attempt([&] {
      Fail(root / "checkpoint/model_best.onnx", "is missing", "it, or models/generator.onnx",
           "neither");
    });
  } else {
    read(generator, found.generator, found.generator_digest);
  }
  if (!audio_encoder.empty()) {
    read(audio_encoder, found.audio_encoder, found.audio_encoder_digest);
  }
  for (const ModelEntry& entry : entries) {
    if (entry.file == generator || entry.file == audio_encoder) continue;
    attempt([&] { CheckModel(root, entry.file, entries); });
  }
  return found;
}

class Reader {
 public:
  Reader(const fs::path& root, const ProblemHandler& on_problem) : on_problem_(on_problem) {
    package_.root = root;
  }

  PackageContents Read() && {
    if (!Attempt([&] { RequireFolder(package_.root); })) return std::move(contents_);
    // Beside the pictures, but told of behind them.
    std::future<ModelsFound> models =
        std::async(std::launch::async, [this] { return ReadModels(package_.root); });
    ReadAllPictures();
    ReadFaceRectangles();
    ReadAudioFeatures();
    TakeModels(models.get());
    if (is_sound_) AgreeOnFrames();
    return std::move(contents_);
  }

 private:
  /// Runs one check; false if it found a problem.
  template <typename Check>
  bool Attempt(Check check) {
    try {
      check();
      return true;
    } catch (const Error& error) {
      is_sound_ = false;
      on_problem_(Error(ErrorCode::kBadPackage, error.what()));
      return false;
    }
  }

  void ReadAllPictures() {
    const fs::path& root = package_.root;
    Package& p = package_;
    // At the same time, but told of in this order.
    std::future<PictureSource> full_body =
        std::async([&] { return ReadPictures(root, FullBodyVideo(root), "full_body_img"); });
    const auto begin = [&root](const char* video, const char* folder) {
      return std::async([&root, video, folder] { return ReadPictures(root, video, folder); });
    };
    std::future<PictureSource> crops = begin("crops_328_video.mp4", "crops_328");
    std::future<PictureSource> rois = begin("rois_320_video.mp4", "rois_320");
    std::future<PictureSource> model_inputs = begin("model_inputs_video.mp4", "model_inputs");
    Attempt([&] { p.full_body = full_body.get(); });
    const bool has_crops = Attempt([&] {
      p.crops = crops.get();
      RequireSquare(p.crops);
    });
    const bool has_rois = Attempt([&] {
      p.rois = rois.get();
      RequireSquare(p.rois);
    });
    const bool has_inputs = Attempt([&] {
      p.model_inputs = model_inputs.get();
      RequireSquare(p.model_inputs);
    });
    if (has_crops && has_rois) Attempt([&] { p.geometry = ReadGeometry(p.crops, p.rois); });
    if (has_rois && has_inputs && p.rois.width != p.model_inputs.width) {
      Attempt([&] {
        Fail(p.model_inputs.path, "has a wrong size", SizeText(p.rois) + " as the rois",
             SizeText(p.model_inputs));
      });
    }
    if (p.full_body.frame_count > 0) {
      p.frame_rate = ReadFrameRate(p.full_body, p.warnings);
      p.color = ReadColor(p.full_body);
    }
    if (p.full_body.video.has_value()) {
      p.mapped_range = p.full_body.video->properties.dynamic_range();
      p.full_body.video->mapped_range = p.mapped_range;
    }
    AgreeOnNumbers();
    WarnOfPictures();
  }

  /// Folders counted from 0 and from 1 side by side would show each face a frame too late.
  void AgreeOnNumbers() {
    const PictureSource* first = nullptr;
    for (const PictureSource* source : Sources()) {
      if (source->images.empty()) continue;
      if (first == nullptr) first = source;
      if (source->first_number == first->first_number) continue;
      Attempt([&] {
        Fail(source->images.front(), "has a wrong number",
             "images counted from " + std::to_string(first->first_number) + " as in " +
                 first->path.filename().string(),
             std::to_string(source->first_number));
      });
    }
  }

  void WarnOfPictures() {
    std::vector<std::string>& warnings = package_.warnings;
    for (const PictureSource* source : Sources()) {
      const PictureUse use = source == &package_.full_body ? PictureUse::kShown : PictureUse::kFace;
      const std::vector<std::string> found =
          source->video.has_value() ? WarningsOf(*source->video, use) : WarningsOf(*source, use);
      warnings.insert(warnings.end(), found.begin(), found.end());
    }
  }

  std::array<const PictureSource*, 4> Sources() const {
    const Package& p = package_;
    return {&p.full_body, &p.crops, &p.rois, &p.model_inputs};
  }

  void ReadFaceRectangles() {
    Attempt([&] {
      const fs::path path = InsidePackage(package_.root, kRectanglesFile);
      std::vector<Rect> rectangles = ReadRectangles(path);
      const PictureSource& body = package_.full_body;
      if (body.frame_count > 0) {
        CheckRectanglesInside(path, rectangles, body.width, body.height);
      }
      package_.rectangles = std::move(rectangles);
      if (!NameExists(package_.root / kKeptSpansFile)) return;
      package_.kept =
          ReadKeptSpans(InsidePackage(package_.root, kKeptSpansFile), package_.rectangles);
    });
  }

  void ReadAudioFeatures() {
    Attempt([&] {
      const fs::path path = FindFeatures(package_.root);
      if (path.empty()) return;
      const FeatureTable table = LoadFeatures(path);
      package_.features = path;
      contents_.feature_rows = table.rows;
      contents_.feature_row_size = table.row_size;
    });
  }

  void TakeModels(ModelsFound found) {
    package_.generator = std::move(found.generator);
    package_.audio_encoder = std::move(found.audio_encoder);
    contents_.generator_digest = found.generator_digest;
    contents_.audio_encoder_digest = found.audio_encoder_digest;
    for (const Error& problem : found.problems) {
      Attempt([&] { throw problem; });
    }
  }

  void AgreeOnFrames() {
    Package& p = package_;
    const auto rectangles = static_cast<int>(p.rectangles.size());
    const auto [least, most] =
        std::minmax({p.full_body.frame_count, p.crops.frame_count, p.rois.frame_count,
                     p.model_inputs.frame_count, rectangles});
    p.frame_count = least;
    p.rectangles.resize(static_cast<size_t>(least));
    if (least == most) return;
    std::string counts;
    for (const PictureSource* source : Sources()) {
      counts += source->path.filename().string() + " " + std::to_string(source->frame_count) + ", ";
    }
    p.warnings.push_back(p.root.string() + ": frame counts differ: " + counts +
                         fs::path(kRectanglesFile).filename().string() + " " +
                         std::to_string(rectangles) + "; the first " + std::to_string(least) +
                         " are used");
  }

  const ProblemHandler& on_problem_;
  PackageContents contents_;
  Package& package_ = contents_.package;
  bool is_sound_ = true;
};

}  // namespace

PackageContents ReadPackage(const fs::path& root, const ProblemHandler& on_problem) {
  return Reader(root, on_problem).Read();
}

}  // namespace mouthpiece
