// numpy.lib.format, version 1.0.
#include <bit>
#include <span>
#include <string>

#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"
#include "sink/target_file.h"

namespace mouthpiece {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is little-endian");

std::filesystem::path RequireName(const std::filesystem::path& path) {
  if (path.extension() != ".npy") {
    throw Error(ErrorCode::kInvalidArgument,
                "output: expected a name that ends in .npy, found \"" + path.string() + "\"");
  }
  return path;
}

/// Magic, version, size of what follows, and a Python literal padded to a multiple of 64 bytes.
std::string Header(const FeatureTable& table) {
  constexpr size_t kAlignment = 64;
  constexpr size_t kPrefix = 10;
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                     std::to_string(table.rows) + ", " + std::to_string(table.row_size) + "), }";
  text.append(kAlignment - 1 - (kPrefix + text.size()) % kAlignment, ' ');
  text += '\n';
  const size_t size = text.size();
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(size & 0xff) +
         static_cast<char>(size >> 8) + text;
}

}  // namespace

struct NpyFile::State {
  TargetFile file;
};

NpyFile::NpyFile(const std::filesystem::path& path, bool overwrite,
                 std::span<const std::filesystem::path> inputs)
    : state_(new State{
          TargetFile(RequireName(path), {overwrite, InputPaths(inputs.begin(), inputs.end())})}) {}

NpyFile::~NpyFile() = default;

void NpyFile::Write(const FeatureTable& table) {
  ByteWriter& writer = state_->file.writer();
  writer.Write(Header(table));
  const auto bytes = std::as_bytes(std::span(table.values));
  writer.Write({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  state_->file.Finish();
}

}  // namespace mouthpiece
