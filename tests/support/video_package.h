// Avatars put together from a package folder without Avatar::Open.
#ifndef MOUTHPIECE_TESTS_SUPPORT_VIDEO_PACKAGE_H_
#define MOUTHPIECE_TESTS_SUPPORT_VIDEO_PACKAGE_H_

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "avatar/package.h"
#include "mouthpiece/avatar.h"

namespace mouthpiece::testing {

inline PictureSource VideoSource(const std::filesystem::path& path) {
  PictureSource source;
  source.path = path;
  source.video = IndexVideo(path);
  source.width = source.video->width;
  source.height = source.video->height;
  source.frame_count = source.video->frame_count();
  return source;
}

/// The videos and rectangles of a SyncTalk_2D package with 328/320 faces.
inline Package ReadVideoPackage(const std::filesystem::path& root) {
  Package package;
  package.root = root;
  package.full_body = VideoSource(root / "full_body_video.mp4");
  package.crops = VideoSource(root / "crops_328_video.mp4");
  package.rois = VideoSource(root / "rois_320_video.mp4");
  package.model_inputs = VideoSource(root / "model_inputs_video.mp4");
  package.color = package.full_body.video->color;
  package.frame_count = std::min({package.full_body.frame_count, package.crops.frame_count,
                                  package.rois.frame_count, package.model_inputs.frame_count});
  std::ifstream file(root / "cache" / "crop_rectangles.json");
  const nlohmann::json json = nlohmann::json::parse(file);
  for (int f = 0; f < package.frame_count; ++f) {
    const nlohmann::json& rect = json.at(std::to_string(f)).at("rect");
    package.rectangles.push_back({rect[0], rect[1], rect[2], rect[3]});
  }
  return package;
}

inline std::shared_ptr<const Avatar> MakeAvatar(Package package) {
  return AvatarAccess::Make(std::move(package));
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_VIDEO_PACKAGE_H_
