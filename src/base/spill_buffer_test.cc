#include "base/spill_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

std::vector<uint8_t> Noise(size_t size) {
  std::mt19937 random(5);
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

TEST(SpillBuffer, GivesBackWhatWasAppendedWhereverItLies) {
  constexpr size_t kMebibyte = size_t{1} << 20;
  const std::vector<uint8_t> bytes = Noise(3 * kMebibyte + 4321);
  for (const uint64_t in_memory :
       {uint64_t{0}, uint64_t{1}, uint64_t{kMebibyte}, uint64_t{kMebibyte + 777},
        uint64_t{2 * kMebibyte - 1}, uint64_t{1} << 40}) {
    SpillBuffer buffer(in_memory, "this test");
    std::mt19937 random(7);
    for (size_t at = 0; at < bytes.size();) {
      const size_t size = std::min<size_t>(bytes.size() - at, random() % 300000);
      buffer.Append(std::span(bytes).subspan(at, size));
      at += size;
      ASSERT_EQ(buffer.size(), at);
    }
    std::vector<uint8_t> all(bytes.size());
    buffer.Read(0, all);
    EXPECT_TRUE(all == bytes) << in_memory;
    for (int i = 0; i < 50; ++i) {
      const size_t offset = random() % bytes.size();
      std::vector<uint8_t> part(random() % (bytes.size() - offset) + 1);
      buffer.Read(offset, part);
      ASSERT_TRUE(
          std::equal(part.begin(), part.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset)))
          << in_memory << ", " << part.size() << " from " << offset;
    }
  }
}

TEST(SpillBuffer, NeedsNoFolderUntilItSpills) {
  setenv("TMPDIR", "/nowhere", 1);
  SpillBuffer buffer(1000, "this test");
  buffer.Append(Noise(1000));
  try {
    buffer.Append(Noise(1));
    ADD_FAILURE() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(std::string(error.what()).find("/nowhere: the scratch file for this test cannot"),
              std::string::npos)
        << error.what();
  }
  unsetenv("TMPDIR");
}

}  // namespace
}  // namespace mouthpiece
