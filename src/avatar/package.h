// The checked parts of an avatar package.
#ifndef MOUTHPIECE_AVATAR_PACKAGE_H_
#define MOUTHPIECE_AVATAR_PACKAGE_H_

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/frame.h"
#include "image/kept_pixels.h"
#include "image/ring.h"
#include "media/picture_header.h"
#include "media/video_index.h"
#include "mouthpiece/avatar.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// One of the package's four picture sequences: a video, or a folder of pictures.
struct PictureSource {
  std::filesystem::path path;  ///< Video file or folder
  int width = 0;
  int height = 0;
  int frame_count = 0;
  std::optional<VideoIndex> video;            ///< Set for videos
  std::vector<std::filesystem::path> images;  ///< Set for folders, by frame
  std::vector<PictureHeader> headers;         ///< Set for folders, by frame
  int first_number = 1;                       ///< Of a folder: what its first picture is called
};

struct Package {
  std::filesystem::path root;
  PictureSource full_body;
  PictureSource crops;
  PictureSource rois;
  PictureSource model_inputs;
  FaceGeometry geometry;                ///< From the sizes of crops and rois
  std::vector<Rect> rectangles;         ///< One a frame
  KeptPixels kept;                      ///< Inside rectangles; seldom any
  std::filesystem::path features;       ///< Empty if the package has none
  std::filesystem::path generator;      ///< ONNX
  std::filesystem::path audio_encoder;  ///< ONNX; empty if the package has none
  int frame_count = 0;                  ///< Smallest common count
  Rational frame_rate{25, 1};
  ColorTags color;  ///< Of the full-body pictures
  /// What the full-body pictures are mapped to the standard range from.
  DynamicRange mapped_range = DynamicRange::kStandard;
  std::vector<std::string> warnings;
};

/// What of an Avatar the library's own modules see.
struct AvatarAccess {
  static const Package& PackageOf(const Avatar& avatar) { return *avatar.package_; }
  static std::shared_ptr<const Avatar> Make(Package package);
};

/// The checked parts of an avatar, as long as it lives.
inline const Package& PackageOf(const Avatar& avatar) { return AvatarAccess::PackageOf(avatar); }

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_PACKAGE_H_
