#include "infer/openvino/generator_model.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "mouthpiece/error.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

using testing::Model;

/// The error that reading `path` ends in: one line that names the file.
Error ReadError(const std::filesystem::path& path, int batch = 0) {
  try {
    ReadGenerator(path, batch, 1);
  } catch (const Error& error) {
    const std::string what = error.what();
    EXPECT_TRUE(what.starts_with(path.string() + ": ")) << what;
    EXPECT_EQ(what.find('\n'), std::string::npos) << what;
    EXPECT_LT(what.size(), path.string().size() + 500) << what;
    return error;
  }
  ADD_FAILURE() << path << ": an error was expected";
  return Error(ErrorCode::kInternal, "");
}

std::filesystem::path Temporary(const std::string& name, const std::string& content) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string Content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ReadGenerator, FindsInputsByShapeInAnyOrder) {
  const GeneratorModel generator = ReadGenerator(Model("small"), 3, 1);
  EXPECT_EQ(generator.side, 33);
  EXPECT_EQ(generator.audio_shape, (std::array<int, 3>{4, 3, 5}));
  EXPECT_EQ(generator.batch, 3);
  EXPECT_EQ(generator.model->input(0).get_shape(), (ov::Shape{3, 6, 33, 33}));
  EXPECT_EQ(generator.model->input(0).get_element_type(), ov::element::u8);
  EXPECT_EQ(generator.model->input(1).get_shape(), (ov::Shape{3, 4, 3, 5}));
  EXPECT_EQ(generator.model->output(0).get_shape(), (ov::Shape{3, 3, 33, 33}));
  EXPECT_EQ(generator.model->output(0).get_element_type(), ov::element::u8);
}

TEST(ReadGenerator, TakesTheDefaultBatchWhenNoneIsAskedFor) {
  EXPECT_EQ(ReadGenerator(Model("small"), 0, 5).batch, 5);
}

TEST(ReadGenerator, ChangesAFixedBatchWhereTheGraphAllows) {
  EXPECT_EQ(ReadGenerator(Model("small_fixed1"), 4, 1).batch, 4);
}

TEST(ReadGenerator, KeepsABatchThatCannotBeChanged) {
  EXPECT_EQ(ReadGenerator(Model("small_stuck2"), 0, 1).batch, 2);
  EXPECT_EQ(ReadGenerator(Model("small_stuck2"), 2, 1).batch, 2);
  EXPECT_EQ(ReadGenerator(Model("small_stuck2"), 6, 1).batch, 2);
  const Error error = ReadError(Model("small_stuck2"), 3);
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_NE(std::string(error.what()).find("fixed at 2"), std::string::npos) << error.what();
}

class WrongModel : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(WrongModel, IsRefusedWithWhatWasFound) {
  const auto& [name, expected] = GetParam();
  const Error error = ReadError(Model(std::string("wrong/") + name));
  EXPECT_EQ(error.code(), ErrorCode::kBadPackage);
  EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
}

INSTANTIATE_TEST_SUITE_P(
    Contract, WrongModel,
    ::testing::Values(
        std::pair("no_audio", "found inputs [?,6,33,33] f32; outputs [?,3,33,33] f32"),
        std::pair("unused_audio", "does not depend on the audio"),
        std::pair("third_input", "[?,1] f32"),
        std::pair("two_faces", "two inputs could be the pictures"),
        std::pair("not_square", "found inputs [?,6,33,34] f32"),
        std::pair("unknown_side", "found inputs [?,6,?,?] f32"),
        std::pair("flat_audio", "[?,4,15] f32; outputs"),
        std::pair("five_channels", "found inputs [?,5,33,33] f32"),
        std::pair("four_channel_output", "outputs [?,4,33,33] f32"),
        std::pair("smaller_output", "outputs [?,3,31,31] f32"),
        std::pair("two_outputs", "two outputs could be the picture"),
        std::pair("half_floats", "found inputs [?,6,33,33] f16"),
        std::pair("batches_disagree", "batch 1 is impossible: inputs [2,6,33,33] f32")),
    [](const auto& model) { return std::string(model.param.first); });

TEST(ReadGenerator, RefusesWhatIsNoModel) {
  for (const std::string content : {"", "no model", "<?xml version=\"1.0\"?><net/>"}) {
    EXPECT_EQ(ReadError(Temporary("no_model.onnx", content)).code(), ErrorCode::kBadPackage);
  }
  EXPECT_EQ(ReadError(Temporary("zeros.onnx", std::string(5000, '\0'))).code(),
            ErrorCode::kBadPackage);
}

TEST(ReadGenerator, RefusesAModelCutShort) {
  const std::string whole = Content(Model("small"));
  ASSERT_GT(whole.size(), 500U);
  for (const size_t size : {1UL, 10UL, whole.size() / 2, whole.size() - 1}) {
    EXPECT_EQ(ReadError(Temporary("cut.onnx", whole.substr(0, size))).code(),
              ErrorCode::kBadPackage)
        << size;
  }
}

TEST(ReadGenerator, SurvivesDamagedBytes) {
  const std::string whole = Content(Model("small"));
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 4; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    const std::filesystem::path path = Temporary("damaged.onnx", damaged);
    try {
      EXPECT_EQ(ReadGenerator(path, 2, 1).batch, 2);  // a damaged weight is still a model
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
  }
}

TEST(ReadGenerator, NamesAMissingFileAndAFolder) {
  EXPECT_EQ(ReadError(Model("missing")).code(), ErrorCode::kBadPackage);
  EXPECT_EQ(ReadError(::testing::TempDir()).code(), ErrorCode::kBadPackage);
}

}  // namespace
}  // namespace mouthpiece
