// Brings one part of an avatar's frames into their blocks.
#ifndef MOUTHPIECE_STORE_PART_READER_H_
#define MOUTHPIECE_STORE_PART_READER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "avatar/package.h"
#include "base/cancel.h"
#include "base/timing.h"
#include "image/image.h"
#include "media/image_reader.h"
#include "media/video_reader.h"
#include "store/frame_layout.h"

namespace mouthpiece {

enum class FramePart { kFull, kRoi, kMasked, kRing };
inline constexpr std::array kFrameParts{FramePart::kFull, FramePart::kRoi, FramePart::kMasked,
                                        FramePart::kRing};

const PictureSource& SourceOf(const Package& package, FramePart part);

/// Where a part lies in a block.
std::span<uint8_t> PartBytes(const FrameLayout& layout, FramePart part, uint8_t* block);

class PreparedFrames;

/// What part readers need to know, the same for all of a store.
struct PartContext {
  const Package& package;
  const FrameLayout& layout;
  StageTimer& timer;  ///< Gets the time spent opening, seeking, decoding and copying
  const PreparedFrames* prepared = nullptr;  ///< Null: there are none
};

/// Reads one part of any frame: prepared, or from its video or images. Opens the file when first
/// used. Not thread-safe.
class PartReader {
 public:
  /// `decoder_threads` are those of a video's decoder. The context outlives the reader.
  PartReader(const PartContext& context, FramePart part, int decoder_threads, CancelToken cancel);

  /// The frame at which Decode(frame) would begin.
  int DecodingStart(int frame);
  /// Decodes a video up to `frame`, so that Store() has only to copy: this may take long and needs
  /// no block. Throws Error: kBadPackage naming file and frame, kCancelled.
  void Decode(int frame);
  /// Whether that frame's part is prepared, in the context's frames, and nothing was decoded.
  bool is_prepared() const { return is_prepared_; }
  /// Fills this part of `block` with the frame that was decoded last. Throws the same.
  void Store(uint8_t* block);

  void Read(int frame, uint8_t* block) {
    Decode(frame);
    Store(block);
  }

 private:
  void OpenVideo();
  void ReadImage(PictureView target);
  PictureView Target(uint8_t* block);

  const PartContext& context_;
  const PictureSource& source_;
  const FramePart part_;
  const int decoder_threads_;
  const CancelToken cancel_;
  int frame_ = 0;             ///< That Store() stores
  bool is_prepared_ = false;  ///< That one
  ConstPictureView decoded_;  ///< Of a video; borrowed from video_
  std::unique_ptr<VideoReader> video_;
  std::unique_ptr<ImageReader> images_;
  Picture crop_;  ///< kBgrPlanar; rings are cut out of it
};

}  // namespace mouthpiece

#endif  // MOUTHPIECE_STORE_PART_READER_H_
