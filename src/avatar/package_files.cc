#include "avatar/package_files.h"

#include <string>

#include "avatar/models.h"
#include "avatar/package_reader.h"
#include "mouthpiece/error.h"
#include "network/external_weights.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// Where the reader looks, relative to the package.
constexpr const char* kNames[] = {"full_body_video.mp4",
                                  "full_body_video.mov",
                                  "full_body_video.webm",
                                  "full_body_img",
                                  "cache/full_body_img",
                                  "crops_328_video.mp4",
                                  "crops_328",
                                  "cache/crops_328",
                                  "rois_320_video.mp4",
                                  "rois_320",
                                  "cache/rois_320",
                                  "model_inputs_video.mp4",
                                  "model_inputs",
                                  "cache/model_inputs",
                                  kRectanglesFile,
                                  kKeptSpansFile,
                                  "aud_ave.npy",
                                  "aud_ave.bin",
                                  "aud_ave.bin.json",
                                  "package_info.json",
                                  "onnx_dist_config.json",
                                  "checkpoint/model_best.onnx",
                                  "models/generator.onnx",
                                  "models/audio_encoder.onnx"};

/// A network, and the files that it names for its weights.
void AddNetwork(const fs::path& model, std::vector<fs::path>& files) {
  if (model.empty()) return;
  files.push_back(model);
  std::error_code ignored;
  if (!fs::is_regular_file(model, ignored)) return;
  for (const fs::path& weights : ExternalWeightsOf(model)) {
    files.push_back(model.parent_path() / weights);
  }
}

}  // namespace

std::vector<fs::path> FilesOf(const Package& package) {
  std::vector<fs::path> files;
  for (const char* name : kNames) files.push_back(package.root / name);
  for (const PictureSource* source :
       {&package.full_body, &package.crops, &package.rois, &package.model_inputs}) {
    files.insert(files.end(), source->images.begin(), source->images.end());
  }
  AddNetwork(package.generator, files);
  AddNetwork(package.audio_encoder, files);
  try {
    for (const ModelEntry& entry : ReadModelEntries(package.root)) {
      files.push_back(package.root / entry.file);
    }
  } catch (const Error&) {  // it was read when the package was opened; a job does not read it again
  }
  return files;
}

}  // namespace mouthpiece
