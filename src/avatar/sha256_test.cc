#include "avatar/sha256.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/files.h"

namespace mouthpiece {
namespace {

std::string Digest(std::string_view text, bool may_use_instructions = true) {
  Sha256 hash(may_use_instructions);
  hash.Update({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  return hash.Finish();
}

// Digests of NIST's example messages.
constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kTwoBlocks =
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
constexpr const char* kMillion = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, AgreesWithNistWithTheCpusInstructionsAndWithout) {
  for (const bool may_use_instructions : {true, false}) {
    const auto digest = [&](std::string_view text) { return Digest(text, may_use_instructions); };
    EXPECT_EQ(digest(""), kEmpty);
    EXPECT_EQ(digest("abc"), kAbc);
    EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), kTwoBlocks);
    EXPECT_EQ(digest(std::string(1000000, 'a')), kMillion);
  }
}

TEST(Sha256, DoesNotDependOnHowTheDataIsCut) {
  const std::string text(300, 'x');
  for (size_t cut = 0; cut <= text.size(); cut += 7) {
    Sha256 hash;
    const auto* data = reinterpret_cast<const uint8_t*>(text.data());
    hash.Update({data, cut});
    hash.Update({data + cut, text.size() - cut});
    EXPECT_EQ(hash.Finish(), Digest(text)) << cut;
  }
}

TEST(Sha256, ReadsWholeFiles) {
  const testing::TempFolder folder;
  EXPECT_EQ(Sha256OfFile(folder.Write("million", std::string(1000000, 'a'))), kMillion);
}

}  // namespace
}  // namespace mouthpiece
