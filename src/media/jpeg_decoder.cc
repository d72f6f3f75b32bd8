#include "media/jpeg_decoder.h"

// jpeglib.h needs these two declared before it.
#include <jpeglib.h>

#include <cstddef>
#include <cstdio>
// jerror.h needs jpeglib.h.
#include <jerror.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece::media {
namespace {

/// Whether all that a file that ends here lacks is its last row of blocks, or what would have made
/// a progressive picture finer.
bool LacksOnlyTheEnd(const jpeg_decompress_struct& info) {
  const bool in_last_row = info.input_iMCU_row + 1 >= info.total_iMCU_rows;
  if (!info.progressive_mode) {
    const bool is_last_scan =
        info.comps_in_scan == info.num_components || info.input_scan_number >= info.num_components;
    return in_last_row && is_last_scan;
  }
  if (info.coef_bits == nullptr) return false;  // before the first scan
  for (int c = 0; c < info.num_components; ++c) {
    const auto& bits = info.coef_bits[c];
    if (std::any_of(std::begin(bits), std::end(bits), [](int known) { return known < 0; })) {
      return false;
    }
  }
  return in_last_row || info.Ah != 0;
}

/// Warnings after which pixels are made up; libjpeg's others are about headers.
bool IsDamage(int code) {
  switch (code) {
    case JWRN_ARITH_BAD_CODE:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
      return true;
    default:
      return false;
  }
}

/// Inverted C, M, Y, K, as Adobe's programs store them, to B, G, R as cv2.imread does.
void CmykToBgr(uint8_t* pixel) {
  const int k = pixel[3];
  const auto mixed = [k](int ink) { return static_cast<uint8_t>(k - ((255 - ink) * k >> 8)); };
  const uint8_t red = mixed(pixel[0]);
  pixel[0] = mixed(pixel[2]);
  pixel[1] = mixed(pixel[1]);
  pixel[2] = red;
}

}  // namespace

struct JpegDecoder::State {
  // libjpeg leaves a failing call through error_exit, which must not return. Throwing through C
  // code is not allowed everywhere, so it jumps back to Guard, which is why what runs inside
  // Guard holds no object with a destructor.
  jpeg_error_mgr errors{};  // first: libjpeg gives its address back
  jpeg_decompress_struct info{};
  std::jmp_buf failed;
  char message[JMSG_LENGTH_MAX] = {};
  std::vector<uint8_t> rows;

  static State& Of(j_common_ptr info) { return *reinterpret_cast<State*>(info->err); }

  static void Exit(j_common_ptr info) {
    State& state = Of(info);
    info->err->format_message(info, state.message);
    std::longjmp(state.failed, 1);
  }
  static void Message(j_common_ptr info, int level) {
    if (level >= 0 || !IsDamage(info->err->msg_code)) return;
    const int code = info->err->msg_code;
    const auto& decompress = *reinterpret_cast<jpeg_decompress_struct*>(info);
    const bool is_end = code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER;
    if (is_end && decompress.total_iMCU_rows > 0 && LacksOnlyTheEnd(decompress)) return;
    Exit(info);
  }

  template <typename Function>
  void Guard(const std::filesystem::path& path, const Function& function) {
    if (setjmp(failed) != 0) {
      jpeg_abort_decompress(&info);
      throw Error(ErrorCode::kBadMedia, path.string() + ": cannot be decoded: " + message);
    }
    function();
  }

  void ReadHeader(const std::filesystem::path& path, std::span<const uint8_t> file,
                  PictureView target) {
    Guard(path, [&] {
      jpeg_mem_src(&info, file.data(), static_cast<unsigned long>(file.size()));
      jpeg_read_header(&info, TRUE);
    });
    const auto width = static_cast<int64_t>(info.image_width);
    const auto height = static_cast<int64_t>(info.image_height);
    if (width != target.width() || height != target.height()) {
      jpeg_abort_decompress(&info);
      throw Error(ErrorCode::kBadMedia, path.string() + ": is " + std::to_string(width) + "x" +
                                            std::to_string(height) + ", expected " +
                                            std::to_string(target.width()) + "x" +
                                            std::to_string(target.height()));
    }
  }

  bool IsYuv420() const {
    if (info.num_components != 3 || info.jpeg_color_space != JCS_YCbCr) return false;
    const jpeg_component_info* c = info.comp_info;
    return c[0].h_samp_factor == 2 && c[0].v_samp_factor == 2 && c[1].h_samp_factor == 1 &&
           c[1].v_samp_factor == 1 && c[2].h_samp_factor == 1 && c[2].v_samp_factor == 1;
  }
};

JpegDecoder::JpegDecoder() : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.info.err = jpeg_std_error(&state.errors);
  state.errors.error_exit = State::Exit;
  state.errors.emit_message = State::Message;
  state.errors.output_message = [](j_common_ptr) {};
  state.Guard("libjpeg", [&] { jpeg_create_decompress(&state.info); });
}

JpegDecoder::~JpegDecoder() { jpeg_destroy_decompress(&state_->info); }

bool JpegDecoder::ReadYuv420(const std::filesystem::path& path, std::span<const uint8_t> file,
                             PictureView target) {
  State& state = *state_;
  jpeg_decompress_struct& info = state.info;
  state.ReadHeader(path, file, target);
  if (!state.IsYuv420()) {
    jpeg_abort_decompress(&info);
    return false;
  }
  // libjpeg writes whole rows of blocks: 16 rows of luma and 8 of each chroma, wider than the
  // picture by up to 15 samples.
  const size_t luma_stride = (info.image_width + 15) / 16 * 16;
  const size_t chroma_stride = luma_stride / 2;
  state.rows.resize(16 * luma_stride + 16 * chroma_stride);
  uint8_t* const luma = state.rows.data();
  uint8_t* const chroma = luma + 16 * luma_stride;
  JSAMPROW rows[3][16];
  for (size_t y = 0; y < 16; ++y) rows[0][y] = luma + y * luma_stride;
  for (size_t y = 0; y < 8; ++y) {
    rows[1][y] = chroma + y * chroma_stride;
    rows[2][y] = chroma + (8 + y) * chroma_stride;
  }
  state.Guard(path, [&] {
    info.raw_data_out = TRUE;
    info.out_color_space = JCS_YCbCr;
    info.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&info);
    JSAMPARRAY planes[3] = {rows[0], rows[1], rows[2]};
    for (int y = 0; y < target.height(); y += 16) {
      jpeg_read_raw_data(&info, planes, 16);
      for (int p = 0; p < 3; ++p) {
        const Plane& plane = target.planes[p];
        const int first = p == 0 ? y : y / 2;
        const int last = std::min(plane.height, first + (p == 0 ? 16 : 8));
        for (int row = first; row < last; ++row) {
          std::memcpy(plane.row(row), rows[p][row - first], static_cast<size_t>(plane.width));
        }
      }
    }
    jpeg_finish_decompress(&info);
  });
  return true;
}

void JpegDecoder::ReadBgr(const std::filesystem::path& path, std::span<const uint8_t> file,
                          PictureView target) {
  State& state = *state_;
  jpeg_decompress_struct& info = state.info;
  state.ReadHeader(path, file, target);
  const bool is_cmyk = info.num_components == 4;
  const int step = is_cmyk ? 4 : 3;
  state.rows.resize(static_cast<size_t>(step) * info.image_width);
  JSAMPROW row = state.rows.data();
  state.Guard(path, [&] {
    info.raw_data_out = FALSE;
    info.out_color_space = is_cmyk ? JCS_CMYK : JCS_EXT_BGR;
    info.dct_method = JDCT_ISLOW;
    info.do_fancy_upsampling = TRUE;
    jpeg_start_decompress(&info);
    for (int y = 0; y < target.height(); ++y) {
      JSAMPROW one[1] = {row};
      jpeg_read_scanlines(&info, one, 1);
      for (int x = 0; is_cmyk && x < target.width(); ++x) CmykToBgr(row + 4 * x);
      for (int p = 0; p < 3; ++p) {
        uint8_t* out = target.planes[p].row(y);
        for (int x = 0; x < target.width(); ++x) out[x] = row[step * x + p];
      }
    }
    jpeg_finish_decompress(&info);
  });
}

}  // namespace mouthpiece::media
