// Where tests find avatar packages.
#ifndef MOUTHPIECE_TESTS_SUPPORT_FIXTURES_H_
#define MOUTHPIECE_TESTS_SUPPORT_FIXTURES_H_

#include <filesystem>

namespace mouthpiece::testing {

/// The package that tests/make_package.py draws: always there when tests run through ctest.
inline std::filesystem::path DrawnPackage() {
  return std::filesystem::path(MOUTHPIECE_FIXTURES) / "drawn";
}

/// The real package; may be missing, then tests that want it call GTEST_SKIP.
inline std::filesystem::path RealPackage() {
  return std::filesystem::path(MOUTHPIECE_SHARED) / "avatars" / "sanders";
}

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_FIXTURES_H_
