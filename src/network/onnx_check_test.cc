#include "network/onnx_check.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/files.h"
#include "support/fixtures.h"

namespace mouthpiece {
namespace {

/// A field of bytes; all that these tests make is shorter than 128 of them.
std::string Field(int number, const std::string& bytes) {
  return static_cast<char>(number << 3 | 2) + std::string(1, static_cast<char>(bytes.size())) +
         bytes;
}

std::string Varint(int number, int value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}

std::string Node(const std::string& type, const std::vector<std::string>& inputs,
                 const std::string& more = Field(2, "out")) {
  std::string node;
  for (const std::string& input : inputs) node += Field(1, input);
  return Field(1, node + more + Field(4, type));
}

std::string DamageOf(const std::string& graph) {
  const std::string model = Field(7, graph);
  return OnnxDamage({reinterpret_cast<const uint8_t*>(model.data()), model.size()});
}

TEST(OnnxDamage, IsNoneOfNetworksThatRun) {
  for (const char* name : {"small", "small_fixed1", "wild"}) {
    EXPECT_EQ(OnnxDamage(testing::ReadBytes(testing::Model(name))), "") << name;
  }
  EXPECT_EQ(OnnxDamage(testing::ReadBytes(testing::GeneratorOf(testing::DrawnPackage()))), "");
}

TEST(OnnxDamage, IsFoundInNodes) {
  EXPECT_EQ(DamageOf(Node("Conv", {"x", "w"})), "");
  EXPECT_EQ(DamageOf(Node("Resize", {"x", "", "scales"})), "");
  EXPECT_EQ(DamageOf(Node("Constant", {})), "");
  EXPECT_EQ(DamageOf(Node("Relu", {"x"}) + Node("Conv", {})),
            "node 1 (Conv) has 0 inputs, and needs 2");
  EXPECT_EQ(DamageOf(Node("Conv", {"x", ""})), "node 0 (Conv) has 1 inputs, and needs 2");
  EXPECT_EQ(DamageOf(Node("", {"x"})), "node 0 () has no operator");
  EXPECT_EQ(DamageOf(Node("Relu", {"x"}, "")), "node 0 (Relu) has no output");
  EXPECT_EQ(DamageOf(Node("Relu", {"x"}, Field(2, "y") + Field(5, Varint(3, 1)))),
            "an attribute without a name");
  EXPECT_EQ(DamageOf(Node("a\x1b[", {})), "node 0 (a?[) has 0 inputs, and needs 1");
}

TEST(OnnxDamage, IsFoundInTheOrderOfNodes) {
  EXPECT_EQ(DamageOf(Node("Relu", {"x"}, Field(2, "a")) + Node("Relu", {"a"}, Field(2, "b"))), "");
  EXPECT_EQ(DamageOf(Node("Resize", {"x", "", "s"}, Field(2, "a")) + Node("Relu", {"a"})), "");
  EXPECT_EQ(DamageOf(Node("Relu", {"a"}, Field(2, "a"))), "node 0 reads \"a\", which node 0 makes");
  EXPECT_EQ(DamageOf(Node("Relu", {"b"}, Field(2, "a")) + Node("Relu", {"a"}, Field(2, "b"))),
            "node 0 reads \"b\", which node 1 makes");
  EXPECT_EQ(DamageOf(Node("Relu", {"x"}, Field(2, "a")) + Node("Relu", {"y"}, Field(2, "a"))),
            "two nodes make \"a\"");
}

TEST(OnnxDamage, IsFoundInTheVersionOfOperators) {
  const auto damage = [](const std::string& version) {
    const std::string model = Field(7, Node("Relu", {"x"})) + Field(8, Field(1, "") + version);
    return OnnxDamage({reinterpret_cast<const uint8_t*>(model.data()), model.size()});
  };
  EXPECT_EQ(damage(Varint(2, 18)), "");
  EXPECT_EQ(damage({2 << 3, '\xff', '\xff', '\x7f'}), "its operators are of version 2097151");
}

TEST(OnnxDamage, IsFoundInTensors) {
  const auto tensor = [](int size, int type, size_t bytes) {
    return Field(
        5, Varint(1, size) + Varint(2, type) + Field(8, "w") + Field(9, std::string(bytes, '\0')));
  };
  EXPECT_EQ(DamageOf(tensor(3, 1, 12)), "");
  EXPECT_EQ(DamageOf(tensor(0, 7, 0)), "");
  EXPECT_EQ(DamageOf(tensor(3, 1, 11)), "tensor \"w\" of 3 values holds 11 bytes");
  EXPECT_EQ(DamageOf(Field(5, Varint(1, 100) + Varint(2, 1) + Field(8, "w"))),
            "tensor \"w\" of 100 values holds 0 bytes");
  EXPECT_EQ(DamageOf(Field(5, Varint(1, 3) + Varint(2, 7) + Field(7, "abc"))), "");
  EXPECT_EQ(DamageOf(tensor(3, 0, 12)), "tensor \"w\" has no type");
}

TEST(OnnxDamage, IsFoundInWhatIsNoModel) {
  EXPECT_EQ(OnnxDamage({}), "it holds no graph");
  const std::vector<uint8_t> cut = {0x3a, 100, 1, 2};
  EXPECT_EQ(OnnxDamage(cut), "a field reaches beyond its message");
  EXPECT_EQ(OnnxDamage(std::vector<uint8_t>(20, 0xff)), "a number has no end");
  std::string nested = Node("Relu", {"x"});
  for (int i = 0; i < 5; ++i) {
    nested = Node("If", {"x"}, Field(2, "y") + Field(5, Field(1, "a") + Field(6, nested)));
  }
  EXPECT_EQ(DamageOf(nested), "");
}

}  // namespace
}  // namespace mouthpiece
