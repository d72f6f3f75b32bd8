#include "mouthpiece/import.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "avatar/file_access.h"
#include "avatar/kept_spans.h"
#include "avatar/package_reader.h"
#include "avatar/sha256.h"
#include "import/dataset.h"
#include "import/package_folder.h"
#include "import/package_pictures.h"
#include "infer/audio_encoder.h"
#include "infer/engine.h"
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
  // A network that does not load is found here rather than after all frames are encoded.
  RequireFile(models.generator);
  RequireExternalWeights(models.generator);
  CreateEngine({.model = models.generator, .batch = 1, .requests = 1});
  if (!models.audio_encoder.empty()) {
    RequireFile(models.audio_encoder);
    RequireExternalWeights(models.audio_encoder);
    CreateOpenVinoAudioEncoder({.model = models.audio_encoder, .batch = 1});
  }
  return models;
}

void WriteJson(const fs::path& path, const ordered_json& document, int indent) {
  std::ofstream file(path, std::ios::binary);
  // Names need not be UTF-8; JSON must be.
  file << document.dump(indent, ' ', false, ordered_json::error_handler_t::replace) << '\n';
  file.close();
  if (!file) throw Error(ErrorCode::kIo, path.string() + ": cannot be written");
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
    fs::copy_file(from, folder / to);
    CopyExternalWeights(from, (folder / to).parent_path());
    config[key] = {{"included", true}, {"file", to}, {"sha256", Sha256OfFile(folder / to)}};
  };
  copy("generator", models.generator, kGenerator);
  if (!models.audio_encoder.empty()) copy("audio_encoder", models.audio_encoder, kAudioEncoder);
  WriteJson(folder / "onnx_dist_config.json", config, 1);
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

void WritePackage(const Dataset& dataset, const Models& models, const fs::path& folder,
                  const ImportOptions& options, const Hooks& hooks, ImportReport& report) {
  CopyModels(models, NameOf(dataset.root), folder);
  if (!dataset.features.empty()) fs::copy_file(dataset.features, folder / "aud_ave.npy");
  fs::create_directory(folder / "cache");
  WriteRectangles(dataset, folder / kRectanglesFile);
  WriteDescription(dataset, folder / "package_info.json");
  const std::vector<KeptSpan> kept = WritePictures(dataset, folder, options, hooks);
  report.kept_frames = FramesIn(kept);
  if (!kept.empty()) WriteKeptSpans(folder / kKeptSpansFile, kept);
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
  PackageFolder folder(output, options.overwrite);
  ImportReport report;
  try {
    const Dataset dataset = ReadDataset(root);
    const Models models = FindModels(root, options);
    WritePackage(dataset, models, folder.path(), options, hooks, report);
    const PackageReport found = InspectPackage(folder.path());
    if (!found.problems.empty()) throw Error(ErrorCode::kBadPackage, found.problems.front());
    report.frames = found.frame_count;
    for (const std::string& warning : found.warnings) {
      report.warnings.push_back(Renamed(warning, folder.path(), output));
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorCode::kIo, Renamed(error.path1().string(), folder.path(), output) + ": " +
                                    error.code().message());
  } catch (const Error& error) {
    throw Error(error.code(), Renamed(error.what(), folder.path(), output));
  }
  folder.Commit();
  return report;
}

}  // namespace mouthpiece
