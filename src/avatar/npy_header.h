// The header of NumPy's .npy format, versions 1 to 3 (numpy.lib.format).
#ifndef MOUTHPIECE_AVATAR_NPY_HEADER_H_
#define MOUTHPIECE_AVATAR_NPY_HEADER_H_

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

namespace mouthpiece {

/// Little-endian floating point of the sizes NumPy has; the value is the size in bytes.
enum class FloatType { kFloat16 = 2, kFloat32 = 4, kFloat64 = 8 };

/// What a caller can read.
enum class NpyValues { kFloats, kInt32 };

struct NpyHeader {
  FloatType type = FloatType::kFloat32;  ///< Of floats
  std::vector<int64_t> shape;            ///< Each at least 0; of any dimension and product
};

/// Reads the header from the start of `file`, which is `path`, and leaves the file at the first
/// value. Everything but plain `values` in C order is refused: object arrays would have to be
/// unpickled, which runs code. Throws Error (kBadMedia).
NpyHeader ReadNpyHeader(std::ifstream& file, const std::filesystem::path& path,
                        NpyValues values = NpyValues::kFloats);

/// Reads the header's text, a Python dictionary literal such as
/// {'descr': '<f4', 'fortran_order': False, 'shape': (522, 512), }.
NpyHeader ParseNpyHeader(std::string_view text, const std::filesystem::path& path,
                         NpyValues values = NpyValues::kFloats);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_AVATAR_NPY_HEADER_H_
