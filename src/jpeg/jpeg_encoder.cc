#include "jpeg/jpeg_encoder.h"

#include <jpeglib.h>
#include <stddef.h>
#include <stdio.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string>
#include <vector>

#include "image/color.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr int kBlock = 8;
constexpr int kStripRows[3] = {kMcuPixels, 8, 8};  // rows of a row of MCUs, by component

/// libjpeg reports errors by a function that must not return, and C++ exceptions may not pass
/// through it: it jumps back to the caller.
struct ErrorManager {
  jpeg_error_mgr base;  // first: libjpeg sees only this
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void OnError(j_common_ptr info) {
  ErrorManager* manager = reinterpret_cast<ErrorManager*>(info->err);
  info->err->format_message(info, manager->message);
  std::longjmp(manager->jump, 1);
}

void OnMessage(j_common_ptr /*info*/) {}

/// Collects the file in a vector that keeps its memory from picture to picture.
struct Destination {
  jpeg_destination_mgr base;
  std::vector<uint8_t> bytes;
};

void Rewind(j_compress_ptr info) {
  Destination* target = reinterpret_cast<Destination*>(info->dest);
  target->base.next_output_byte = target->bytes.data();
  target->base.free_in_buffer = target->bytes.size();
}

boolean Grow(j_compress_ptr info) {
  Destination* target = reinterpret_cast<Destination*>(info->dest);
  const size_t used = target->bytes.size();
  try {
    target->bytes.resize(2 * used);
  } catch (const std::bad_alloc&) {
    return FALSE;  // libjpeg then gives up with an error of its own
  }
  target->base.next_output_byte = target->bytes.data() + used;
  target->base.free_in_buffer = target->bytes.size() - used;
  return TRUE;
}

void DoNothing(j_compress_ptr /*info*/) {}

/// Rows of one row of MCUs, fewer where the picture ends.
ConstPictureView StripAt(const ConstPictureView& picture, int top) {
  ConstPictureView strip = picture;
  for (int c = 0; c < 3; ++c) {
    const int y = c == 0 ? top : top / 2;
    strip.planes[c].data = picture.planes[c].row(y);
    strip.planes[c].height = std::min(kStripRows[c], picture.planes[c].height - y);
  }
  return strip;
}

/// Whether libjpeg can read the planes in place.
bool IsReadable(const ConstPictureView& picture) {
  return picture.range == ColorRange::kFull &&
         std::ranges::all_of(picture.planes,
                             [](const ConstPlane& plane) { return plane.width % kBlock == 0; });
}

}  // namespace

struct JpegEncoder::State {
  State() = default;
  ~State() { jpeg_destroy_compress(&info); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void Open(int quality, int restart_interval);
  /// The strip in full range, its rows filled up to whole blocks.
  ConstPictureView Prepare(const ConstPictureView& strip);

  jpeg_compress_struct info{};
  ErrorManager errors{};
  Destination target{};
  std::vector<uint8_t> prepared[3];  ///< A strip, for pictures that libjpeg cannot read in place
  JSAMPROW rows[3][kMcuPixels] = {};
};

void JpegEncoder::State::Open(int quality, int restart_interval) {
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = OnError;
  errors.base.output_message = OnMessage;
  if (setjmp(errors.jump) != 0) {  // NOLINT: the only way out of libjpeg
    throw Error(ErrorCode::kInternal, std::string("JPEG encoder: ") + errors.message);
  }
  jpeg_create_compress(&info);
  target.base.init_destination = Rewind;
  target.base.empty_output_buffer = Grow;
  target.base.term_destination = DoNothing;
  info.dest = &target.base;
  info.input_components = 3;
  info.in_color_space = JCS_YCbCr;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.raw_data_in = TRUE;
  info.dct_method = JDCT_ISLOW;
  info.optimize_coding = FALSE;
  info.restart_interval = static_cast<unsigned>(restart_interval);
  info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 2;
  for (int c = 1; c < 3; ++c) {
    info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
  }
}

ConstPictureView JpegEncoder::State::Prepare(const ConstPictureView& strip) {
  PictureView copy{PixelFormat::kYuv420, ColorRange::kFull, {}};
  for (int c = 0; c < 3; ++c) {
    const ConstPlane& plane = strip.planes[c];
    const int stride = (plane.width + kBlock - 1) / kBlock * kBlock;
    const size_t bytes = static_cast<size_t>(stride) * static_cast<size_t>(kStripRows[c]);
    if (prepared[c].size() < bytes) prepared[c].resize(bytes);
    copy.planes[c] = {prepared[c].data(), stride, plane.width, plane.height};
  }
  if (strip.range == ColorRange::kLimited) {
    LimitedToFull(strip, copy);
  } else {
    CopyPicture(strip, copy);
  }
  for (const Plane& plane : copy.planes) {
    const auto missing = static_cast<size_t>(plane.stride - plane.width);
    for (int y = 0; y < plane.height; ++y) {
      uint8_t* end = plane.row(y) + plane.width;
      std::memset(end, end[-1], missing);
    }
  }
  return copy;
}

JpegEncoder::JpegEncoder(int quality, int restart_interval) : state_(std::make_unique<State>()) {
  state_->target.bytes.resize(size_t{1} << 16);
  state_->Open(quality, restart_interval);
}

JpegEncoder::~JpegEncoder() = default;

int JpegEncoder::restart_interval() const {
  return static_cast<int>(state_->info.restart_interval);
}

std::span<const uint8_t> JpegEncoder::Encode(ConstPictureView picture) {
  State& state = *state_;
  JSAMPARRAY planes[3] = {state.rows[0], state.rows[1], state.rows[2]};
  if (setjmp(state.errors.jump) != 0) {  // NOLINT: see OnError; nothing below owns anything
    jpeg_abort_compress(&state.info);
    throw Error(ErrorCode::kInternal, std::string("JPEG encoder: ") + state.errors.message);
  }
  state.info.image_width = static_cast<JDIMENSION>(picture.width());
  state.info.image_height = static_cast<JDIMENSION>(picture.height());
  jpeg_start_compress(&state.info, TRUE);
  while (state.info.next_scanline < state.info.image_height) {
    ConstPictureView strip = StripAt(picture, static_cast<int>(state.info.next_scanline));
    if (!IsReadable(strip)) strip = state.Prepare(strip);
    for (int c = 0; c < 3; ++c) {
      for (int i = 0; i < kStripRows[c]; ++i) {
        const uint8_t* row = strip.planes[c].row(std::min(i, strip.planes[c].height - 1));
        state.rows[c][i] = const_cast<JSAMPROW>(row);  // libjpeg only reads it
      }
    }
    jpeg_write_raw_data(&state.info, planes, static_cast<JDIMENSION>(kMcuPixels));
  }
  jpeg_finish_compress(&state.info);
  return {state.target.bytes.data(), state.target.bytes.size() - state.target.base.free_in_buffer};
}

}  // namespace mouthpiece
