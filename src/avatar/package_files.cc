#include "avatar/package_files.h"

#include <string>

#include "avatar/models.h"
#include "avatar/package_reader.h"
#include "mouthpiece/error.h"

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

/// A network, what holds its weights where they lie beside it, and its int8 model.
void AddNetwork(const fs::path& model, std::vector<fs::path>& files) {
  if (model.empty()) return;
  fs::path int8 = model;
  for (const fs::path& path : {model, int8.replace_extension(".int8.onnx")}) {
    files.push_back(path);
    files.push_back(path.string() + ".data");
    files.push_back(path.string() + "_data");
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
