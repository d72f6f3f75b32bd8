#include "jpeg/jpeg_setup.h"

#include <jpeglib.h>
#include <stddef.h>
#include <stdio.h>

#include <algorithm>
#include <csetjmp>
#include <memory>
#include <span>
#include <string>

#include "jpeg/jpeg_background.h"
#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

constexpr size_t kMostBytes = 4096;  // of a header and one MCU

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
void DoNothing(j_compress_ptr /*info*/) {}
boolean Refuse(j_compress_ptr /*info*/) { return FALSE; }  // libjpeg then gives up

class Compressor {
 public:
  Compressor() = default;
  ~Compressor() { jpeg_destroy_compress(&info_); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  /// The file of one grey MCU.
  std::span<const uint8_t> EncodeMcu(int quality, int restart_interval);
  const jpeg_compress_struct& info() const { return info_; }

 private:
  jpeg_compress_struct info_{};
  ErrorManager errors_{};
  jpeg_destination_mgr target_{};
  uint8_t bytes_[kMostBytes];
  JSAMPLE samples_[2 * kBlockSize] = {};
};

std::span<const uint8_t> Compressor::EncodeMcu(int quality, int restart_interval) {
  JSAMPROW rows[2 * kBlockSize];
  for (JSAMPROW& row : rows) row = samples_;
  JSAMPARRAY planes[3] = {rows, rows, rows};
  info_.err = jpeg_std_error(&errors_.base);
  errors_.base.error_exit = OnError;
  errors_.base.output_message = OnMessage;
  if (setjmp(errors_.jump) != 0) {  // NOLINT: the only way out of libjpeg
    throw Error(ErrorCode::kInternal, std::string("JPEG encoder: ") + errors_.message);
  }
  jpeg_create_compress(&info_);
  target_.init_destination = DoNothing;
  target_.empty_output_buffer = Refuse;
  target_.term_destination = DoNothing;
  target_.next_output_byte = bytes_;
  target_.free_in_buffer = kMostBytes;
  info_.dest = &target_;
  info_.image_width = info_.image_height = 2 * kBlockSize;
  info_.input_components = 3;
  info_.in_color_space = JCS_YCbCr;
  jpeg_set_defaults(&info_);
  jpeg_set_quality(&info_, quality, TRUE);
  info_.raw_data_in = TRUE;
  info_.restart_interval = static_cast<unsigned>(restart_interval);
  info_.comp_info[0].h_samp_factor = info_.comp_info[0].v_samp_factor = 2;
  for (int c = 1; c < 3; ++c) {
    info_.comp_info[c].h_samp_factor = info_.comp_info[c].v_samp_factor = 1;
  }
  jpeg_start_compress(&info_, TRUE);
  jpeg_write_raw_data(&info_, planes, 2 * kBlockSize);
  jpeg_finish_compress(&info_);
  return {bytes_, kMostBytes - target_.free_in_buffer};
}

HuffmanTable TableOf(const JHUFF_TBL& table) {
  return {std::span(table.bits).subspan<1>(), table.huffval};
}

}  // namespace

JpegSetup MakeJpegSetup(int quality, int restart_interval) {
  const auto compressor = std::make_unique<Compressor>();
  const std::span<const uint8_t> file = compressor->EncodeMcu(quality, restart_interval);
  const JpegHeader header = ReadHeader(file);
  JpegSetup setup;
  setup.header.assign(file.begin(), file.begin() + static_cast<ptrdiff_t>(header.bytes));
  setup.size_at = header.size_at;
  for (int i = 0; i < 2; ++i) {
    uint16_t steps[kBlockSamples];
    std::copy_n(compressor->info().quant_tbl_ptrs[i]->quantval, kBlockSamples, steps);
    setup.quant[i] = MakeQuantTable(steps);
    setup.codes[i] = MakeBlockCodes(TableOf(*compressor->info().dc_huff_tbl_ptrs[i]),
                                    TableOf(*compressor->info().ac_huff_tbl_ptrs[i]));
  }
  return setup;
}

}  // namespace mouthpiece
