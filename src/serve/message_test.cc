#include "serve/message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

template <typename T>
T Read(const std::string& text) {
  return std::get<T>(ReadMessage(text));
}

TEST(Message, IsReadByItsType) {
  EXPECT_EQ(Read<Hello>(R"({"type":"hello","token":"t"})").token, "t");
  EXPECT_FALSE(Read<Hello>(R"({"type":"hello","token":"t"})").mp4);
  EXPECT_TRUE(Read<Hello>(R"({"type":"hello","video":"mse"})").mp4);
  EXPECT_EQ(Read<Speak>(R"({"type":"speak","utterance":"u1","rate":24000})").rate, 24000);
  EXPECT_EQ(Read<Say>(R"({"type":"say","utterance":"u1","text":"hé"})").text, "hé");
  EXPECT_EQ(Read<End>(R"({"type":"end","utterance":"u1"})").utterance, "u1");
  EXPECT_EQ(Read<Interrupt>(R"({"type":"interrupt"})").utterance, std::nullopt);
  EXPECT_EQ(Read<Interrupt>(R"({"type":"interrupt","heard":48000})").heard, 48000);
  EXPECT_EQ(Read<Playhead>(R"({"type":"playhead","epoch":3,"pts":960})").epoch, 3U);
  EXPECT_EQ(Read<Ping>(R"({"type":"ping","t":1.5})").t, 1.5);
  EXPECT_TRUE(std::holds_alternative<Keyframe>(ReadMessage(R"({"type":"keyframe"})")));
}

TEST(Message, MayHaveMembersThatNobodyKnows) {
  EXPECT_EQ(Read<End>(R"({"type":"end","later":{"a":1},"utterance":null})").utterance,
            std::nullopt);
}

TEST(Message, ThatIsNoneIsRefused) {
  const std::string deep(100000, '[');
  for (const std::string& text : {
           std::string(),
           std::string("{"),
           std::string("[]"),
           std::string("null"),
           std::string("{}"),
           deep,
           std::string(R"({"type":"dance"})"),
           std::string(R"({"type":["end"]})"),
           std::string(R"({"type":"end"}{})"),
           std::string(R"({"type":"end","type":"end"})"),
           std::string(R"({"type":"speak","utterance":"u1"})"),
           std::string(R"({"type":"speak","utterance":"u1","rate":"24000"})"),
           std::string(R"({"type":"speak","utterance":"u1","rate":24000.5})"),
           std::string(R"({"type":"speak","utterance":"u1","rate":7999})"),
           std::string(R"({"type":"speak","utterance":"u1","rate":192001})"),
           std::string(R"({"type":"speak","utterance":"","rate":24000})"),
           std::string(R"({"type":"speak","utterance":"../x y","rate":24000})"),
           std::string(R"({"type":"say","utterance":"u1","text":""})"),
           std::string(R"({"type":"playhead","epoch":-1,"pts":0})"),
           std::string(R"({"type":"playhead","epoch":4294967296,"pts":0})"),
           std::string(R"({"type":"interrupt","heard":1e99})"),
           std::string(R"({"type":"end","a":{"b":{"c":1}}})"),
           std::string("{\"type\":\"end\",\"a\":\"\xff\"}"),
           R"({"type":"end","a":")" + std::string(kMostMessageBytes, 'a') + "\"}",
       }) {
    EXPECT_THROW(ReadMessage(text), Error) << text.substr(0, 80);
  }
}

TEST(Message, ThatIsRefusedSaysWhyInOneLine) {
  try {
    ReadMessage("{\"type\":\"da\\nnce\"}");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "message: type: found \"da?nce\"");
  }
}

TEST(Message, ToClientsIsJson) {
  const auto finished = nlohmann::json::parse(FinishedText({"u1", 48048, true}));
  EXPECT_EQ(
      finished,
      nlohmann::json(
          {{"type", "finished"}, {"utterance", "u1"}, {"played_ms", 1001}, {"interrupted", true}}));
  Ready ready;
  ready.avatar = "a\xff";  // of a folder that is not called in UTF-8
  const auto told = nlohmann::json::parse(ReadyText(ready));
  EXPECT_EQ(told["clock"], 48000);
  EXPECT_EQ(told["frame"], 1920);
  EXPECT_EQ(nlohmann::json::parse(FlushText({3, 960}))["epoch"], 3);
  EXPECT_EQ(nlohmann::json::parse(ErrorText("limit", "\"why\"", "u1"))["utterance"], "u1");
}

}  // namespace
}  // namespace mouthpiece::serve
