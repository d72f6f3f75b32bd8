// Media files for tests, made by the ffmpeg command.
#ifndef MOUTHPIECE_MEDIA_TEST_MEDIA_H_
#define MOUTHPIECE_MEDIA_TEST_MEDIA_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "image/image.h"
#include "mouthpiece/error.h"

namespace mouthpiece::testing {

/// A folder of this test's own, empty. `part` tells several of one test apart.
inline std::filesystem::path EmptyFolder(const std::string& part = {}) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(test->test_suite_name()) + "." + test->name() + part;
  for (char& c : name) {
    if (c == '/') c = '_';
  }
  const auto folder = std::filesystem::path(::testing::TempDir()) / "mouthpiece" / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

/// Runs `ffmpeg ARGUMENTS`.
inline void Ffmpeg(const std::string& arguments) {
  const std::string command = "ffmpeg -nostdin -v error -y " + arguments;
  if (std::system(command.c_str()) != 0) FAIL() << "failed: " << command;
}

inline std::vector<uint8_t> ReadBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void WriteBytes(const std::filesystem::path& path, const std::vector<uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

/// Copies a file with the bytes in its middle overwritten.
inline void DamageMiddle(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::vector<uint8_t> bytes = ReadBytes(from);
  for (size_t i = bytes.size() / 2; i < bytes.size() / 2 + bytes.size() / 20; ++i) bytes[i] = 0xff;
  WriteBytes(to, bytes);
}

/// All samples of a picture, plane after plane.
inline std::vector<uint8_t> Samples(ConstPictureView picture) {
  std::vector<uint8_t> samples;
  for (const ConstPlane& plane : picture.planes) {
    for (int y = 0; y < plane.height; ++y) {
      samples.insert(samples.end(), plane.row(y), plane.row(y) + plane.width);
    }
  }
  return samples;
}

/// What `action` throws; a test failure when it throws nothing.
inline Error ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "an error was expected";
  return Error(ErrorCode::kInternal, "");
}

inline bool Contains(const Error& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_MEDIA_TEST_MEDIA_H_
