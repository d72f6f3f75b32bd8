#include "store/part_reader.h"

#include <algorithm>
#include <string>

#include "image/color.h"
#include "image/ring.h"
#include "mouthpiece/error.h"
#include "store/prepared_frames.h"

namespace mouthpiece {

const PictureSource& SourceOf(const Package& package, FramePart part) {
  switch (part) {
    case FramePart::kFull:
      return package.full_body;
    case FramePart::kRoi:
      return package.rois;
    case FramePart::kMasked:
      return package.model_inputs;
    case FramePart::kRing:
      break;
  }
  return package.crops;
}

std::span<uint8_t> PartBytes(const FrameLayout& layout, FramePart part, uint8_t* block) {
  if (part == FramePart::kRing) return {layout.ring(block), RingView::Bytes(layout.geometry())};
  const PictureView picture = part == FramePart::kFull  ? layout.full(block)
                              : part == FramePart::kRoi ? layout.roi(block)
                                                        : layout.masked(block);
  return {picture.planes[0].data, PictureBytes(picture.format, picture.width(), picture.height())};
}

PartReader::PartReader(const PartContext& context, FramePart part, int decoder_threads,
                       CancelToken cancel)
    : context_(context),
      source_(SourceOf(context.package, part)),
      part_(part),
      decoder_threads_(decoder_threads),
      cancel_(cancel) {
  if (part == FramePart::kRing) {
    const int side = context.layout.geometry().crop;
    crop_ = Picture(PixelFormat::kBgrPlanar, ColorRange::kFull, side, side);
  }
}

int PartReader::DecodingStart(int frame) {
  if (!source_.video || context_.prepared != nullptr) return frame;
  OpenVideo();
  return video_->DecodingStart(frame);
}

void PartReader::Decode(int frame) {
  const StageTimer::Scope scope(context_.timer);
  cancel_.ThrowIfCancelled();
  frame_ = frame;
  is_prepared_ = context_.prepared != nullptr && context_.prepared->IsWhole(frame, part_);
  if (is_prepared_) return;
  if (!source_.video) return;  // images are decoded right into the block
  OpenVideo();
  try {
    decoded_ = video_->Read(frame);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadMedia) throw;
    throw Error(ErrorCode::kBadPackage, error.what());
  }
}

void PartReader::OpenVideo() {
  if (video_) return;
  try {
    video_ = std::make_unique<VideoReader>(*source_.video, decoder_threads_, cancel_);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadMedia) throw;
    throw Error(ErrorCode::kBadPackage, error.what());
  }
}

void PartReader::Store(uint8_t* block) {
  const StageTimer::Scope scope(context_.timer);
  if (is_prepared_) {
    std::ranges::copy(PartBytes(context_.layout, part_, context_.prepared->block(frame_)),
                      PartBytes(context_.layout, part_, block).begin());
    return;
  }
  if (source_.video) {
    if (part_ == FramePart::kRing) {
      YuvToBgr(decoded_, crop_.view());
    } else {
      CopyPicture(decoded_, Target(block));
    }
  } else {
    ReadImage(Target(block));
  }
  if (part_ == FramePart::kRing) {
    ExtractRing(crop_.view(), context_.layout.geometry(), context_.layout.ring(block));
  }
}

void PartReader::ReadImage(PictureView target) {
  if (!images_) images_ = std::make_unique<ImageReader>();
  try {
    images_->Read(source_.images[static_cast<size_t>(frame_)], target);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadMedia) throw;
    throw Error(ErrorCode::kBadPackage, error.what() + (" (frame " + std::to_string(frame_) + ")"));
  }
}

PictureView PartReader::Target(uint8_t* block) {
  switch (part_) {
    case FramePart::kFull:
      return context_.layout.full(block);
    case FramePart::kRoi:
      return context_.layout.roi(block);
    case FramePart::kMasked:
      return context_.layout.masked(block);
    case FramePart::kRing:
      break;
  }
  return crop_.view();
}

}  // namespace mouthpiece
