// Where tests find avatar packages and networks.
#ifndef MOUTHPIECE_TESTS_SUPPORT_FIXTURES_H_
#define MOUTHPIECE_TESTS_SUPPORT_FIXTURES_H_

#include <filesystem>
#include <string>

namespace mouthpiece::testing {

/// The package that tests/make_package.py draws: always there when tests run through ctest.
std::filesystem::path DrawnPackage();

/// The package that damage_packages.py damages in many ways, a folder each.
std::filesystem::path DamagedPackages();

/// The networks that tests/make_models.py makes, and one of them by its name.
std::filesystem::path Models();
std::filesystem::path Model(const std::string& name);

/// The generator of a package.
std::filesystem::path GeneratorOf(const std::filesystem::path& package);

/// A real avatar and the recording that its features were made of. They are no part of the
/// project: the environment variable MOUTHPIECE_SHARED names the folder that holds both. Tests that
/// want what is not there call GTEST_SKIP.
std::filesystem::path RealPackage();
std::filesystem::path RealSpeech();

}  // namespace mouthpiece::testing

#endif  // MOUTHPIECE_TESTS_SUPPORT_FIXTURES_H_
