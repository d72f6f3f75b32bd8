#include "import/package_pictures.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/whole_file.h"
#include "image/color.h"
#include "import/face_crop.h"
#include "import/picture_lender.h"
#include "media/image_reader.h"
#include "media/video_writer.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

/// As the field's packages are tagged (H.273): BT.470 B/G primaries and matrix, BT.601 transfer.
constexpr ColorTags kColor{5, 6, 5, 0, ColorRange::kLimited};

/// One video of the package, given B, G, R.
class BgrVideo {
 public:
  BgrVideo(const fs::path& path, int width, int height, int frames, const ImportOptions& options)
      : pictures_(PixelFormat::kYuv420, kColor.range, width, height),
        writer_(OptionsFor(path, width, height, frames, options)) {}

  void Write(ConstPictureView bgr) {
    Frame frame = pictures_.Lend();
    BgrToYuv(bgr, frame.picture());
    writer_.Write(std::move(frame));
  }
  void Finish() { writer_.Finish(); }

 private:
  static VideoWriterOptions OptionsFor(const fs::path& path, int width, int height, int frames,
                                       const ImportOptions& options) {
    VideoWriterOptions video;
    video.name = path;
    video.path = path;
    video.width = width;
    video.height = height;
    video.color = kColor;
    video.frame_count = frames;
    video.encode.codec = "libx264";
    video.encode.crf = options.crf;
    video.encode.preset = options.preset;
    video.threads = options.threads;
    return video;
  }

  PictureLender pictures_;  ///< Outlives the writer, which borrows them
  VideoWriter writer_;
};

/// Where the background goes: into a video, or copied file by file.
class BackgroundWriter {
 public:
  BackgroundWriter(const Dataset& dataset, const fs::path& folder, const ImportOptions& options)
      : dataset_(dataset), images_(folder / "full_body_img") {
    if (options.background == Background::kImages) {
      fs::create_directory(images_);
      return;
    }
    video_.emplace(folder / "full_body_video.mp4", dataset.width, dataset.height,
                   dataset.frame_count(), options);
  }

  void Write(int frame, ConstPictureView bgr) {
    if (video_) {
      video_->Write(bgr);
      return;
    }
    const fs::path& image = dataset_.images[static_cast<size_t>(frame)];
    const fs::path name =
        std::to_string(frame + 1) + (image.extension() == ".png" ? ".png" : ".jpg");
    CopyWholeFile(image, images_ / name);
  }
  void Finish() {
    if (video_) video_->Finish();
  }

 private:
  const Dataset& dataset_;
  const fs::path images_;
  std::optional<BgrVideo> video_;
};

Picture NewBgr(int width, int height) {
  return {PixelFormat::kBgrPlanar, ColorRange::kFull, width, height};
}

}  // namespace

void WritePictures(const Dataset& dataset, const fs::path& folder, const ImportOptions& options,
                   const Hooks& hooks) {
  const auto [side, inner_side] = kImportedGeometry;
  const int count = dataset.frame_count();
  const CancelToken cancel(hooks.cancel);
  BackgroundWriter background(dataset, folder, options);
  BgrVideo crops(folder / "crops_328_video.mp4", side, side, count, options);
  BgrVideo rois(folder / "rois_320_video.mp4", inner_side, inner_side, count, options);
  BgrVideo inputs(folder / "model_inputs_video.mp4", inner_side, inner_side, count, options);

  ImageReader reader;
  FaceCropper cropper;
  Picture picture = NewBgr(dataset.width, dataset.height);
  Picture crop = NewBgr(side, side);
  Picture masked = NewBgr(inner_side, inner_side);
  for (int frame = 0; frame < count; ++frame) {
    cancel.ThrowIfCancelled();
    const auto at = static_cast<size_t>(frame);
    reader.Read(dataset.images[at], picture.view());
    background.Write(frame, picture.view());
    cropper.Crop(picture.view(), dataset.rectangles[at], crop.view());
    const PictureView inner = InnerOf(crop.view(), kImportedGeometry);
    CopyMasked(inner, masked.view());
    crops.Write(crop.view());
    rois.Write(inner);
    inputs.Write(masked.view());
    if (hooks.progress) hooks.progress({Progress::Phase::kImporting, frame + 1, count});
  }
  background.Finish();
  for (BgrVideo* video : {&crops, &rois, &inputs}) video->Finish();
}

}  // namespace mouthpiece
