#include "mouthpiece/import.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "avatar/features.h"
#include "avatar/file_access.h"
#include "avatar/image_folder.h"
#include "avatar/kept_spans.h"
#include "avatar/package_reader.h"
#include "avatar/sha256.h"
#include "base/partial_output.h"
#include "base/whole_file.h"
#include "device/engine_fit.h"
#include "device/generator_answer.h"
#include "import/dataset.h"
#include "import/masks.h"
#include "import/package_folder.h"
#include "import/package_pictures.h"
#include "infer/audio_encoder.h"
#include "infer/engine.h"
#include "media/picture_header.h"
#include "mouthpiece/error.h"
#include "mouthpiece/inspect.h"
#include "network/external_weights.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* kGenerator = "checkpoint/model_best.onnx";
constexpr const char* kAudioEncoder = "models/audio_encoder.onnx";

/// The networks that go into the package; no encoder if it is empty.
struct Models {
  fs::path generator;
  fs::path audio_encoder;
};

Models FindModels(const fs::path& dataset, const ImportOptions& options) {
  Models models{options.model, options.audio_encoder};
  for (const char* place : {kGenerator, "models/generator.onnx"}) {
    if (models.generator.empty() && NameExists(dataset / place)) models.generator = dataset / place;
  }
  if (models.generator.empty()) {
    Fail(dataset / kGenerator, "is missing",
         "it, models/generator.onnx, or --model MODEL.onnx, as tools/export_synctalk.py makes it",
         "none of them");
  }
  if (models.audio_encoder.empty() && NameExists(dataset / kAudioEncoder)) {
    models.audio_encoder = dataset / kAudioEncoder;
  }
  RequireFile(models.generator);
  RequireExternalWeights(models.generator);
  if (!models.audio_encoder.empty()) {
    RequireFile(models.audio_encoder);
    RequireExternalWeights(models.audio_encoder);
  }
  return models;
}

/// What is wrong with the networks and the features is found here rather than after all frames are
/// encoded.
void CheckModels(const Models& models, const Dataset& dataset) {
  FeatureOrigin features{0};
  if (!dataset.features.empty()) {
    features.row_size = LoadFeatures(dataset.features, &features.shape).row_size;
    features.file = dataset.features;
  }
  const std::unique_ptr<Engine> engine =
      CreateEngine({.model = models.generator, .batch = 1, .requests = 1});
  const int side = engine->info().geometry.inner;
  if (side != kImportedGeometry.inner) {
    throw Error(ErrorCode::kBadPackage,
                models.generator.string() + ": expected pictures of " +
                    std::to_string(kImportedGeometry.inner) +
                    " pixels a side, which is how faces are imported, found " +
                    std::to_string(side));
  }
  CheckFeatureRows(engine->info(), features);
  CheckGeneratorAnswers(*engine);
  if (!models.audio_encoder.empty()) {
    CreateAudioEncoder({.model = models.audio_encoder, .batch = 1});
  }
}

void WriteJson(const fs::path& path, const ordered_json& document, int indent) {
  // Names need not be UTF-8; JSON must be.
  WriteWholeFile(path,
                 document.dump(indent, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

void WriteRectangles(const Dataset& dataset, const fs::path& path) {
  ordered_json document = ordered_json::object();
  for (size_t frame = 0; frame < dataset.rectangles.size(); ++frame) {
    const Rect& r = dataset.rectangles[frame];
    document[std::to_string(frame)] = {{"rect", {r.x1, r.y1, r.x2, r.y2}}};
  }
  WriteJson(path, document, -1);
}

std::string NameOf(const fs::path& dataset) {
  const fs::path whole = fs::absolute(dataset).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

void WriteDescription(const Dataset& dataset, const fs::path& path) {
  WriteJson(path,
            {{"package_type", "mp4_video_package"},
             {"package_version", "2.0"},
             {"dataset_name", NameOf(dataset.root)},
             {"frame_count", dataset.frame_count()}},
            1);
}

void CopyModels(const Models& models, const std::string& name, const fs::path& folder) {
  ordered_json config = {{"dataset", name}, {"format", "onnx"}};
  const auto copy = [&](const char* key, const fs::path& from, const char* to) {
    fs::create_directories((folder / to).parent_path());
    CopyWholeFile(from, folder / to);
    CopyExternalWeights(from, (folder / to).parent_path());
    config[key] = {{"included", true}, {"file", to}, {"sha256", Sha256OfFile(folder / to)}};
  };
  copy("generator", models.generator, kGenerator);
  if (!models.audio_encoder.empty()) copy("audio_encoder", models.audio_encoder, kAudioEncoder);
  WriteJson(folder / "onnx_dist_config.json", config, 1);
}

void CheckSize(const Dataset& dataset, Background background) {
  const auto even = [](int size) { return std::to_string(size / 2 * 2); };
  if (background == Background::kImages || (dataset.width % 2 == 0 && dataset.height % 2 == 0)) {
    return;
  }
  throw Error(ErrorCode::kUnsupported,
              dataset.images.front().string() + ": " + std::to_string(dataset.width) + "x" +
                  std::to_string(dataset.height) + " is no size for a video: expected even " +
                  "numbers, or --background images, or frames and parsing cropped to " +
                  even(dataset.width) + "x" + even(dataset.height) +
                  " at the right and the bottom");
}

void CheckOptions(const ImportOptions& options) {
  if (options.crf < 0 || options.crf > 51) {
    throw Error(ErrorCode::kInvalidArgument,
                "crf: expected 0 to 51, found " + std::to_string(options.crf));
  }
}

int FramesIn(const std::vector<KeptSpan>& spans) {
  int frames = 0;
  int last = -1;
  for (const KeptSpan& span : spans) frames += std::exchange(last, span[0]) != span[0] ? 1 : 0;
  return frames;
}

void WritePackage(const Dataset& dataset, const Models& models, const std::vector<KeptSpan>& kept,
                  const fs::path& folder, const ImportOptions& options, const Hooks& hooks) {
  CopyModels(models, NameOf(dataset.root), folder);
  if (!dataset.features.empty()) CopyWholeFile(dataset.features, folder / "aud_ave.npy");
  fs::create_directory(folder / "cache");
  WriteRectangles(dataset, folder / kRectanglesFile);
  WriteDescription(dataset, folder / "package_info.json");
  if (!kept.empty()) WriteKeptSpans(folder / kKeptSpansFile, kept);
  WritePictures(dataset, folder, options, hooks);
}

/// The dataset and the networks, which the package must not take the place of.
InputPaths InputsOf(const fs::path& root, const ImportOptions& options) {
  InputPaths inputs{root};
  for (const char* name : {"full_body_img", "landmarks", "parsing", "aud_ave.npy", kGenerator,
                           "models/generator.onnx", kAudioEncoder}) {
    inputs.push_back(root / name);
  }
  for (const fs::path& model : {options.model, options.audio_encoder}) {
    if (!model.empty()) inputs.push_back(model);
  }
  return inputs;
}

void CheckRoom(const fs::path& folder, const fs::path& output, const Dataset& dataset,
               const Models& models, Background background) {
  uint64_t bytes = 0;
  const auto add = [&](const fs::path& file) {
    std::error_code failed;
    const uint64_t size = file.empty() ? 0 : fs::file_size(file, failed);
    if (!failed) bytes += size;
  };
  for (const fs::path& file : {models.generator, models.audio_encoder, dataset.features}) add(file);
  if (background == Background::kImages) {
    for (const fs::path& image : dataset.images) add(image);
  }
  RequireRoom(folder, bytes, output);
}

/// What the package's videos do not show any more. Pictures that are copied are inspected later.
void AddWarningsOfPictures(const Dataset& dataset, const ImportOptions& options,
                           ImportReport& report) {
  if (options.background == Background::kImages) return;
  PictureSource pictures;
  pictures.images = dataset.images;
  for (const fs::path& image : dataset.images) pictures.headers.push_back(ReadPictureHeader(image));
  report.warnings = WarningsOf(pictures, PictureUse::kShown);
}

/// Messages about the unfinished package name it as it is going to be called.
std::string Renamed(std::string message, const fs::path& partial, const fs::path& name) {
  const size_t at = message.find(partial.string());
  if (at != std::string::npos) message.replace(at, partial.string().size(), name.string());
  return message;
}

}  // namespace

ImportReport ImportDataset(const fs::path& root, const fs::path& output,
                           const ImportOptions& options, const Hooks& hooks) {
  CheckOptions(options);
  PackageFolder folder(output, {options.overwrite, InputsOf(root, options)});
  ImportReport report;
  try {
    // Everything that can be wrong is found before the slow part begins.
    const Dataset dataset = ReadDataset(root);
    CheckSize(dataset, options.background);
    const Models models = FindModels(root, options);
    CheckRoom(folder.path(), output, dataset, models, options.background);
    CheckModels(models, dataset);
    const std::vector<KeptSpan> kept = ReadMasks(dataset, CancelToken(hooks.cancel));
    report.kept_frames = FramesIn(kept);
    AddWarningsOfPictures(dataset, options, report);
    WritePackage(dataset, models, kept, folder.path(), options, hooks);
    const PackageReport found = InspectPackage(folder.path());
    if (!found.problems.empty()) throw Error(ErrorCode::kBadPackage, found.problems.front());
    report.frames = found.frame_count;
    for (const std::string& warning : found.warnings) {
      report.warnings.push_back(Renamed(warning, folder.path(), output));
    }
  } catch (const fs::filesystem_error& error) {
    // Of a copy, the second is the new file.
    const fs::path& at = error.path2().empty() ? error.path1() : error.path2();
    throw Error(ErrorCode::kIo, Renamed(at.string(), folder.path(), output) +
                                    ": cannot be written: " + error.code().message());
  } catch (const Error& error) {
    throw Error(error.code(), Renamed(error.what(), folder.path(), output));
  }
  folder.Commit();
  return report;
}

}  // namespace mouthpiece
