// Drivers of GPUs that a test chooses.
#ifndef MOUTHPIECE_TESTS_SUPPORT_GPU_DRIVERS_H_
#define MOUTHPIECE_TESTS_SUPPORT_GPU_DRIVERS_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "support/files.h"

namespace mouthpiece::testing {

/// Vulkan's loader, which reads its environment whenever an instance is made, knows these files
/// alone for as long as one exists. For tests of one thread.
class Drivers {
 public:
  explicit Drivers(const std::vector<std::filesystem::path>& files) {
    std::string names;
    for (const std::filesystem::path& file : files) {
      if (!names.empty()) names += ':';
      names += file.string();
    }
    if (names.empty()) names = "/nowhere/none.json";
    for (const char* variable : kVariables) {
      const char* const value = std::getenv(variable);
      before_.push_back(value == nullptr ? std::nullopt : std::optional<std::string>(value));
      setenv(variable, names.c_str(), 1);
    }
  }
  ~Drivers() {
    for (size_t i = 0; i < before_.size(); ++i) {
      if (before_[i]) {
        setenv(kVariables[i], before_[i]->c_str(), 1);
      } else {
        unsetenv(kVariables[i]);
      }
    }
  }
  Drivers(const Drivers&) = delete;
  Drivers& operator=(const Drivers&) = delete;

 private:
  static constexpr const char* kVariables[] = {"VK_ICD_FILENAMES", "VK_DRIVER_FILES"};
  std::vector<std::optional<std::string>> before_;
};

/// The file that names Mesa's software device; a test failure where there is none.
inline std::filesystem::path SoftwareDriver() {
  const std::filesystem::path folder = "/usr/share/vulkan/icd.d";
  if (std::filesystem::is_directory(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().filename().string().starts_with("lvp_icd")) return entry.path();
    }
  }
  ADD_FAILURE() << "no lvp_icd*.json in " << folder
                << ": the package mesa-vulkan-drivers is missing";
  return {};
}

/// Writes a file that names `library` as a driver.
inline std::filesystem::path WriteDriver(const TempFolder& folder, const std::string& name,
                                         const std::string& library) {
  return folder.Write(name, R"({"file_format_version": "1.0.0", "ICD": {"library_path": ")" +
                                library + R"(", "api_version": "1.1.0"}})");
}

/// Where a library is that a driver's file may name without its folder.
inline std::filesystem::path FindLibrary(const std::filesystem::path& library) {
  if (library.has_parent_path()) return library;
  for (const auto& folder : std::filesystem::directory_iterator("/usr/lib")) {
    if (std::filesystem::exists(folder.path() / library)) return folder.path() / library;
  }
  return library;
}

/// A copy of Mesa's software device, which counts as another one.
inline std::filesystem::path CopyOfSoftwareDriver(const TempFolder& folder) {
  const std::string text = ReadFile(SoftwareDriver());
  const std::string key = "\"library_path\": \"";
  const size_t begin = text.find(key) + key.size();
  const std::filesystem::path library =
      FindLibrary(text.substr(begin, text.find('"', begin) - begin));
  const std::filesystem::path copy = folder / library.filename().string();
  std::filesystem::copy_file(library, copy);
  return WriteDriver(folder, "copy.json", copy.string());
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_GPU_DRIVERS_H_
