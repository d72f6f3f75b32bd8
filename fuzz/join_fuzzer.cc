// Shards and what join makes of them. The input is files one after the other, the length of each,
// four bytes, before it.
#include <algorithm>
#include <array>
#include <memory>

#include "media_format.h"
#include "memory_file.h"
#include "mouthpiece/join.h"
#include "mutators.h"
#include "only_errors.h"

namespace mouthpiece::fuzz {
namespace {

constexpr size_t kMostFiles = 3;

std::vector<Bytes> SplitFiles(ByteSpan input) {
  std::vector<Bytes> files;
  while (input.size() > 4 && files.size() < kMostFiles) {
    const size_t size = std::min<size_t>(BigEndian32(input, 0), input.size() - 4);
    files.emplace_back(input.begin() + 4, input.begin() + static_cast<ptrdiff_t>(4 + size));
    input = input.subspan(4 + size);
  }
  return files;
}

Bytes JoinFiles(std::span<const Bytes> files) {
  Bytes input;
  for (const Bytes& file : files) {
    AppendBigEndian32(input, static_cast<uint32_t>(file.size()));
    Append(input, file);
  }
  return input;
}

constexpr Format kFiles{SplitFiles, JoinFiles};

}  // namespace
}  // namespace mouthpiece::fuzz

/// Mostly changes boxes of one of the files.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  using namespace mouthpiece::fuzz;
  Random random(seed);
  std::vector<Bytes> files = SplitFiles({data, size});
  if (files.empty() || random.OneIn(8)) return Mutate(kFiles, data, size, most, seed);
  Bytes& file = files[random.Below(files.size())];
  const size_t old_size = file.size();
  file.resize(old_size + 256);
  file.resize(Mutate(kMp4, file.data(), old_size, file.size(), seed));
  return Give(JoinFiles(files), data, most);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  static std::array<std::unique_ptr<fuzz::MemoryFile>, fuzz::kMostFiles> files;
  static const std::filesystem::path output = fuzz::ScratchFolder() / "joined.mp4";
  std::vector<std::filesystem::path> paths;
  for (const fuzz::Bytes& bytes : fuzz::SplitFiles({data, size})) {
    std::unique_ptr<fuzz::MemoryFile>& file = files[paths.size()];
    if (file == nullptr) file = std::make_unique<fuzz::MemoryFile>();
    file->Write(bytes);
    paths.push_back(file->path());
  }
  const bool is_joined = fuzz::OnlyErrors([&] { Join(paths, output, true); });
  fuzz::Require(is_joined == std::filesystem::exists(output), "the result is there if it is whole");
  std::filesystem::remove(output);
  return 0;
}
