#include "support/files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace mouthpiece::testing {

TempFolder::TempFolder() {
  std::string name = ::testing::TempDir() + "/mouthpiece-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TempFolder::Write(const std::string& name, std::string_view content) const {
  std::filesystem::create_directories((path_ / name).parent_path());
  std::filesystem::remove(path_ / name);  // Rewriting in place waits for the disk on ext4
  WriteFile(path_ / name, content);
  return path_ / name;
}

std::filesystem::path EmptyFolder(const std::string& part) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(test->test_suite_name()) + "." + test->name() + part;
  std::ranges::replace(name, '/', '_');
  const auto folder = std::filesystem::path(::testing::TempDir()) / "mouthpiece" / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

std::string ReadFile(const std::filesystem::path& path) {
  const std::vector<uint8_t> bytes = ReadBytes(path);
  return {bytes.begin(), bytes.end()};
}

void WriteFile(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<uint8_t> ReadBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + ": cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteBytes(const std::filesystem::path& path, const std::vector<uint8_t>& bytes) {
  WriteFile(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void DamageMiddle(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::vector<uint8_t> bytes = ReadBytes(from);
  for (size_t i = bytes.size() / 2; i < bytes.size() / 2 + bytes.size() / 20; ++i) bytes[i] = 0xff;
  WriteBytes(to, bytes);
}

std::vector<std::string> NamesIn(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    names.push_back(std::filesystem::relative(entry.path(), folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void Ffmpeg(const std::string& arguments) {
  const std::string command = "ffmpeg -nostdin -v error -y " + arguments;
  if (std::system(command.c_str()) != 0) FAIL() << "failed: " << command;
}

}  // namespace mouthpiece::testing
