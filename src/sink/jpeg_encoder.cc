#include "sink/jpeg_encoder.h"

#include <jpeglib.h>
#include <stddef.h>
#include <stdio.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr int kBlock = 8;
constexpr int kStripRows[3] = {16, 8, 8};  // rows of a row of MCUs, by component

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

}  // namespace

struct JpegEncoder::State {
  State() = default;
  ~State() { jpeg_destroy_compress(&info); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void Open(int width, int height, int quality);
  /// Rows of one row of MCUs, padded where the picture ends.
  JSAMPROW RowOf(const ConstPlane& plane, int component, int y, int row_in_strip);

  jpeg_compress_struct info{};
  ErrorManager errors{};
  Destination target{};
  std::vector<uint8_t> padded[3];  ///< Strips whose width is not whole blocks
  JSAMPROW rows[3][16] = {};
};

void JpegEncoder::State::Open(int width, int height, int quality) {
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
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = 3;
  info.in_color_space = JCS_YCbCr;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.raw_data_in = TRUE;
  info.dct_method = JDCT_ISLOW;
  info.optimize_coding = FALSE;
  info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 2;
  for (int c = 1; c < 3; ++c) {
    info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
  }
}

JSAMPROW JpegEncoder::State::RowOf(const ConstPlane& plane, int component, int y,
                                   int row_in_strip) {
  const uint8_t* row = plane.row(std::min(y, plane.height - 1));
  if (plane.width % kBlock == 0) return const_cast<JSAMPROW>(row);  // libjpeg only reads it
  const size_t width = static_cast<size_t>(plane.width);
  const size_t stride = (width + kBlock - 1) / kBlock * kBlock;
  std::vector<uint8_t>& strip = padded[component];
  strip.resize(stride * static_cast<size_t>(kStripRows[component]));
  uint8_t* copy = strip.data() + stride * static_cast<size_t>(row_in_strip);
  std::memcpy(copy, row, width);
  std::memset(copy + width, row[width - 1], stride - width);
  return copy;
}

JpegEncoder::JpegEncoder(int width, int height, int quality) : state_(std::make_unique<State>()) {
  state_->target.bytes.resize(size_t{1} << 16);
  state_->Open(width, height, quality);
}

JpegEncoder::~JpegEncoder() = default;

std::span<const uint8_t> JpegEncoder::Encode(ConstPictureView picture) {
  State& state = *state_;
  JSAMPARRAY planes[3] = {state.rows[0], state.rows[1], state.rows[2]};
  if (setjmp(state.errors.jump) != 0) {  // NOLINT: see OnError; nothing below owns anything
    jpeg_abort_compress(&state.info);
    throw Error(ErrorCode::kInternal, std::string("JPEG encoder: ") + state.errors.message);
  }
  jpeg_start_compress(&state.info, TRUE);
  while (state.info.next_scanline < state.info.image_height) {
    const int top = static_cast<int>(state.info.next_scanline);
    for (int c = 0; c < 3; ++c) {
      const int first = c == 0 ? top : top / 2;
      for (int i = 0; i < kStripRows[c]; ++i) {
        state.rows[c][i] = state.RowOf(picture.planes[c], c, first + i, i);
      }
    }
    jpeg_write_raw_data(&state.info, planes, static_cast<JDIMENSION>(kStripRows[0]));
  }
  jpeg_finish_compress(&state.info);
  return {state.target.bytes.data(), state.target.bytes.size() - state.target.base.free_in_buffer};
}

}  // namespace mouthpiece
