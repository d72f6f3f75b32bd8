#include "network/external_weights.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/errors.h"
#include "support/files.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

namespace fs = std::filesystem;

// Numbers and fields of bytes in the format of ONNX files.

std::string Number(size_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value | 128);
  return bytes + static_cast<char>(value);
}

std::string Bytes(size_t number, const std::string& content) {
  return Number(number << 3 | 2) + Number(content.size()) + content;
}

/// A tensor whose values are at `location`, between other things.
std::string Tensor(const std::string& location) {
  const std::string number("\x08\x01", 2);
  const std::string fixed("\x3d\0\0\x80\x3f", 5);
  return number + Bytes(8, "name") + Bytes(13, Bytes(1, "offset") + Bytes(2, "128")) +
         Bytes(13, Bytes(1, "location") + Bytes(2, location)) + fixed + Bytes(9, "raw\x6a\x02");
}

class ExternalWeights : public ::testing::Test {
 protected:
  fs::path Write(const std::string& content) { return folder_.Write("a.onnx", content); }

  static void ExpectError(const fs::path& model, const std::string& text) {
    const Error error = testing::ErrorOf([&] { RequireExternalWeights(model); });
    EXPECT_TRUE(testing::Contains(error, text)) << error.what();
  }

  testing::TempFolder folder_;
};

TEST_F(ExternalWeights, AreFoundWhereverTensorsLie) {
  const std::string attribute = Bytes(5, Bytes(1, "value") + Bytes(5, Tensor("constant")));
  const std::string inner = Bytes(5, Bytes(6, Bytes(5, Tensor("in/a/branch"))));
  const std::string graph = Bytes(1, attribute) + Bytes(1, inner) + Bytes(5, Tensor("weights")) +
                            Bytes(5, Tensor("weights")) + Bytes(2, "name");
  const std::string function = Bytes(7, Bytes(5, Bytes(5, Tensor("function"))));
  const fs::path model = Write(Bytes(2, "pytorch") + Bytes(7, graph) + Bytes(25, function));
  EXPECT_EQ(ExternalWeightsOf(model),
            (std::vector<fs::path>{"constant", "function", "in/a/branch", "weights"}));
}

TEST_F(ExternalWeights, OfDamagedFilesAreThoseBeforeTheDamage) {
  const std::string whole = Bytes(7, Bytes(5, Tensor("first")) + Bytes(5, Tensor("second")));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_LE(ExternalWeightsOf(Write(whole.substr(0, size))).size(), 2U) << size;
  }
  EXPECT_EQ(ExternalWeightsOf(Write(whole)).size(), 2U);
  EXPECT_TRUE(ExternalWeightsOf(Write(std::string(100, '\xff'))).empty());
  EXPECT_TRUE(ExternalWeightsOf(folder_.path() / "nothing").empty());
}

TEST_F(ExternalWeights, OfNestedGraphsEndSomewhere) {
  std::string graph = Bytes(5, Tensor("deep"));
  for (int i = 0; i < 5000; ++i) graph = Bytes(1, Bytes(5, Bytes(6, graph)));
  EXPECT_TRUE(ExternalWeightsOf(Write(Bytes(7, graph))).empty());
}

TEST_F(ExternalWeights, OfTheProjectsOwnNetworksAreNone) {
  EXPECT_TRUE(ExternalWeightsOf(testing::DrawnPackage() / "checkpoint/model_best.onnx").empty());
}

TEST_F(ExternalWeights, AreTakenIn) {
  folder_.Write("weights", "0123456789");
  const auto entry = [](const std::string& key, const std::string& value) {
    return Bytes(13, Bytes(1, key) + Bytes(2, value));
  };
  const std::string external("\x70\x01", 2);  // data_location: EXTERNAL
  const std::string part = Bytes(8, "part") + entry("location", "weights") + entry("offset", "2") +
                           entry("length", "3") + external;
  const std::string rest =
      entry("location", "weights") + entry("offset", "7") + external + Bytes(8, "rest");
  const std::string own = Bytes(8, "own") + Bytes(9, "own");
  const auto model = [](const std::string& a, const std::string& b, const std::string& c) {
    return Bytes(2, "pytorch") +
           Bytes(7, Bytes(5, a) + Bytes(1, Bytes(5, Bytes(5, b))) + Bytes(5, c) + Bytes(2, "name"));
  };
  EXPECT_EQ(WithWeightsInside(Write(model(part, rest, own))),
            model(Bytes(8, "part") + Bytes(9, "234"), Bytes(8, "rest") + Bytes(9, "789"), own));
  const std::string beyond =
      entry("location", "weights") + entry("offset", "8") + entry("length", "3");
  for (const std::string& tensor : {beyond, entry("location", "weights") + entry("offset", "11"),
                                    entry("location", "weights") + entry("length", "-1")}) {
    const fs::path path = Write(Bytes(7, Bytes(5, tensor)));
    const Error error = testing::ErrorOf([&] { WithWeightsInside(path); });
    EXPECT_TRUE(testing::Contains(error, "weights: ends early")) << error.what();
  }
}

TEST_F(ExternalWeights, HaveToBeFilesInTheFolder) {
  ExpectError(Write(Bytes(7, Bytes(5, Tensor("a.onnx.data")))),
              "a.onnx.data: is missing: expected the weights of a.onnx");
  ExpectError(Write(Bytes(7, Bytes(5, Tensor("../secret")))),
              "a.onnx: keeps its weights outside its folder");
  ExpectError(Write(Bytes(7, Bytes(5, Tensor("/etc/passwd")))), "outside its folder");
  ExpectError(Write(Bytes(7, Bytes(5, Tensor("a/../../b")))), "outside its folder");
  ExpectError(Write(Bytes(7, Bytes(5, Tensor("a\nb")))), "whose name is no text");
  fs::create_directory(folder_.path() / "w");
  ExpectError(Write(Bytes(7, Bytes(5, Tensor("w")))), "w: is no file");
  folder_.Write("w/data", "x");
  const fs::path model = Write(Bytes(7, Bytes(5, Tensor("w/data"))));
  RequireExternalWeights(model);
  CopyExternalWeights(model, folder_.path() / "copy");
  EXPECT_TRUE(fs::is_regular_file(folder_.path() / "copy/w/data"));
}

}  // namespace
}  // namespace mouthpiece
