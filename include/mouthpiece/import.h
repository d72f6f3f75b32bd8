// Training folders of the field into avatar packages.
#ifndef MOUTHPIECE_IMPORT_H_
#define MOUTHPIECE_IMPORT_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "mouthpiece/export.h"
#include "mouthpiece/hooks.h"
#include "mouthpiece/types.h"

namespace mouthpiece {

/// How a package holds the frames that viewers see.
enum class Background {
  kVideo,   ///< full_body_video.mp4: H.264, 4:2:0, BT.601 limited range
  kImages,  ///< full_body_img/: the dataset's own files, byte for byte
};

template <>
struct NameTable<Background> {
  static constexpr Named<Background> kEntries[] = {{Background::kVideo, "video"},
                                                   {Background::kImages, "images"}};
};

struct ImportOptions {
  /// The generator, ONNX. Empty: the dataset's checkpoint/model_best.onnx or models/generator.onnx.
  std::filesystem::path model = {};
  /// ONNX. Empty: the dataset's models/audio_encoder.onnx, if it is there.
  std::filesystem::path audio_encoder = {};
  Background background = Background::kVideo;
  int crf = 12;  ///< Of all videos, x264's scale: 0 is without loss but for the change to YUV
  std::string preset = {};  ///< x264's; empty: the default of renders
  int threads = 0;          ///< Of the encoders; 0: their own choice
  bool overwrite = false;   ///< Replace an output folder that is an avatar package, or empty
};

struct ImportReport {
  int frames = 0;
  int kept_frames = 0;                ///< Frames of which parsing keeps pixels of the rectangle
  std::vector<std::string> warnings;  ///< One line each
};

/// Makes an avatar package of a SyncTalk_2D training folder: `dataset`/full_body_img/N.jpg (or
/// .png) and landmarks/N.lms, counted from 0 without holes, and parsing/N.png if that folder is
/// there, whose pixels of B, G, R (0,0,255) or (255,255,255) stay as they were filmed. aud_ave.npy
/// is taken along. The face square of a frame is x from landmark 1 to landmark 31, y from landmark
/// 52 on, as high as wide; it is resized with bicubic interpolation, as the inference script does.
///
/// All landmarks and sizes are checked before anything is written, and the finished package as
/// InspectPackage does. `output` appears when it is complete; an old one is replaced then, not
/// before. Throws Error: kBadMedia naming the file and line that is wrong, kInvalidArgument,
/// kIo, kCancelled; then nothing is left behind.
MOUTHPIECE_EXPORT ImportReport ImportDataset(const std::filesystem::path& dataset,
                                             const std::filesystem::path& output,
                                             const ImportOptions& options = {},
                                             const Hooks& hooks = {});

}  // namespace mouthpiece

#endif  // MOUTHPIECE_IMPORT_H_
