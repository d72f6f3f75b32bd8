// A package that a test may damage, and the errors that it expects.
#ifndef MOUTHPIECE_AVATAR_TEST_PACKAGE_H_
#define MOUTHPIECE_AVATAR_TEST_PACKAGE_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "mouthpiece/error.h"
#include "support/fixtures.h"

namespace mouthpiece::testing {

/// A new folder of this test's own, removed at the end.
class TempFolder {
 public:
  TempFolder() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(::testing::TempDir()) /
            ("mouthpiece_" + std::to_string(getpid()) + "_" + test->test_suite_name() + "_" +
             test->name());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code code;
    std::filesystem::remove_all(path_, code);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  std::filesystem::path Write(const std::string& name, std::string_view content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::filesystem::remove(path_ / name);  // Rewriting in place waits for the disk on ext4
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// A copy of the drawn package: 24 frames of 426x240.
class TestPackage : public TempFolder {
 public:
  TestPackage() {
    std::filesystem::copy(DrawnPackage(), path(), std::filesystem::copy_options::recursive);
  }
};

inline std::string ReadBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Bytes of a PNG that has a size and nothing else, which is all that is read of one here.
inline std::string PngOfSize(int width, int height) {
  std::string png("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16);
  for (const int size : {width, height}) {
    for (int shift = 24; shift >= 0; shift -= 8) png += static_cast<char>(size >> shift & 255);
  }
  return png;
}

/// Runs `action`, which must throw an Error of that code in one line that holds each of `parts`.
template <typename Action>
void ExpectError(ErrorCode code, std::initializer_list<std::string> parts, Action action) {
  try {
    action();
    ADD_FAILURE() << "an error about " << *parts.begin() << " was expected";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(error.code(), code) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    for (const std::string& part : parts) {
      EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' in: " << message;
    }
  }
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_AVATAR_TEST_PACKAGE_H_
