#include "infer/fused/amx.h"

#include "mouthpiece/error.h"

#if defined(__x86_64__) && defined(__linux__)

#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mouthpiece::fused {
namespace {

// A tile is 16 rows of 64 bytes: 16 pixels x 32 channels, or 16 pairs of channels x 16 outputs, or
// 16 pixels x 16 sums.
struct TileShapes {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

constexpr ptrdiff_t kTileValues = 512;
constexpr int kTilePixels = 16;

bool AskForAmx() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  constexpr unsigned kAmxBf16 = 1U << 22;
  constexpr unsigned kAmxTile = 1U << 24;
  if ((d & kAmxBf16) == 0 || (d & kAmxTile) == 0) return false;
  constexpr int kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr int kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

constexpr ptrdiff_t Bytes(ptrdiff_t values) { return values * ptrdiff_t{sizeof(BFloat16)}; }

// 32 pixels x 32 outputs in tiles 0 to 3; operands pass through 4 and 5, weights through 6 and 7.
template <bool kTwoRows, bool kTwoColumns>
void MultiplyTiles(const Product<BFloat16>& job, ptrdiff_t pixel, ptrdiff_t block,
                   ptrdiff_t depth) {
  const float* bias = job.bias + block * kBlockChannels;
  _tile_loadd(0, bias, 0);  // a stride of zero: the same row 16 times
  if constexpr (kTwoColumns) _tile_loadd(1, bias + kBlockChannels, 0);
  if constexpr (kTwoRows) _tile_loadd(2, bias, 0);
  if constexpr (kTwoRows && kTwoColumns) _tile_loadd(3, bias + kBlockChannels, 0);
  const BFloat16* weights = job.weights + block * depth * kTileValues;
  for (int s = 0; s < job.source_count; ++s) {
    const Operand<BFloat16>& source = job.sources[static_cast<size_t>(s)];
    const BFloat16* operand = source.data + pixel * source.pixel_stride;
    const ptrdiff_t stride = Bytes(source.pixel_stride);
    for (int done = 0; done < source.channels; done += kDepthChannels) {
      _tile_loadd(6, weights, 64);
      _tile_loadd(4, operand, stride);
      _tile_dpbf16ps(0, 4, 6);
      if constexpr (kTwoColumns) {
        _tile_loadd(7, weights + depth * kTileValues, 64);
        _tile_dpbf16ps(1, 4, 7);
      }
      if constexpr (kTwoRows) {
        _tile_loadd(5, operand + kTilePixels * source.pixel_stride, stride);
        _tile_dpbf16ps(2, 5, 6);
        if constexpr (kTwoColumns) _tile_dpbf16ps(3, 5, 7);
      }
      operand += source.block_stride;
      weights += kTileValues;
    }
  }
  float* result = job.result + block * job.result_stride + pixel * kBlockChannels;
  _tile_stored(0, result, 64);
  if constexpr (kTwoColumns) _tile_stored(1, result + job.result_stride, 64);
  result += kTilePixels * kBlockChannels;
  if constexpr (kTwoRows) _tile_stored(2, result, 64);
  if constexpr (kTwoRows && kTwoColumns) _tile_stored(3, result + job.result_stride, 64);
}

template <bool kTwoColumns>
void MultiplyColumns(const Product<BFloat16>& job, ptrdiff_t begin, ptrdiff_t end, ptrdiff_t block,
                     ptrdiff_t depth) {
  ptrdiff_t p = begin;
  for (; p + kTilePixels < end; p += 2 * kTilePixels) {
    MultiplyTiles<true, kTwoColumns>(job, p, block, depth);
  }
  if (p < end) MultiplyTiles<false, kTwoColumns>(job, p, block, depth);
}

}  // namespace

bool HasAmx() {
  static const bool has = AskForAmx();
  return has;
}

AmxTiles::AmxTiles() {
  // Static: the intrinsic does not tell the compiler that all of it is read.
  static constexpr TileShapes kShapes;
  _tile_loadconfig(&kShapes);
}

AmxTiles::~AmxTiles() { _tile_release(); }

void MultiplyAmx(const Product<BFloat16>& product) {
  ptrdiff_t depth = 0;  // in tiles
  for (int s = 0; s < product.source_count; ++s) {
    depth +=
        (product.sources[static_cast<size_t>(s)].channels + kDepthChannels - 1) / kDepthChannels;
  }
  // Pixels in strips whose operands stay in the first-level cache while all outputs pass.
  constexpr ptrdiff_t kStripBytes = 32 << 10;
  ptrdiff_t strip =
      kStripBytes / (depth * Bytes(kDepthChannels)) / (2 * kTilePixels) * (2 * kTilePixels);
  if (strip < 4 * kTilePixels) strip = 4 * kTilePixels;
  const ptrdiff_t blocks = product.outputs / kBlockChannels;
  for (ptrdiff_t begin = 0; begin < product.pixels; begin += strip) {
    const ptrdiff_t end = begin + strip < product.pixels ? begin + strip : product.pixels;
    ptrdiff_t block = 0;
    for (; block + 1 < blocks; block += 2) MultiplyColumns<true>(product, begin, end, block, depth);
    if (block < blocks) MultiplyColumns<false>(product, begin, end, block, depth);
  }
}

}  // namespace mouthpiece::fused

#else

namespace mouthpiece::fused {

bool HasAmx() { return false; }
AmxTiles::AmxTiles() { throw Error(ErrorCode::kUnsupported, "this machine has no AMX"); }
AmxTiles::~AmxTiles() = default;
void MultiplyAmx(const Product<BFloat16>&) {}

}  // namespace mouthpiece::fused

#endif
