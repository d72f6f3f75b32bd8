#include "cluster/shard_mark.h"

#include <gtest/gtest.h>

#include "mouthpiece/error.h"
#include "support/errors.h"
#include "support/files.h"

namespace mouthpiece {
namespace {

ShardMark Mark() {
  ShardMark mark;
  mark.shard = {2, 7};
  mark.frames = {500, 750};
  mark.job = {0, 1751};
  mark.frame_rate = {30000, 1001};
  mark.container = ".mp4";
  mark.avatar = "0123456789abcdef";
  mark.speech = "fedcba9876543210";
  mark.settings = "libx264 crf 20, \"quoted\"";
  return mark;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(ShardMark, ComesBackAsItWent) {
  const std::optional<ShardMark> mark = ParseShardMark(ToText(Mark()));
  ASSERT_TRUE(mark);
  EXPECT_EQ(ToText(*mark), ToText(Mark()));
  EXPECT_EQ(mark->shard.index, 2);
  EXPECT_EQ(mark->frames.end, 750);
  EXPECT_EQ(mark->frame_rate.den, 1001);
  EXPECT_EQ(mark->settings, Mark().settings);
}

TEST(ShardMark, IsOneLineOfPlainText) {
  ShardMark mark = Mark();
  mark.settings = "line\nbreak, \xff, \xc3\xa4";
  for (const char c : ToText(mark)) {
    EXPECT_TRUE(c >= ' ' && c <= '~') << static_cast<int>(c);
  }
}

TEST(ShardMark, WhatIsNoMarkIsNone) {
  const std::string text = ToText(Mark());
  for (const std::string& wrong : {std::string(),
                                   std::string("{}"),
                                   std::string("[]"),
                                   std::string("talk"),
                                   text.substr(0, text.size() - 1),
                                   text + "x",
                                   Replaced(text, "[2,7]", "[7,7]"),
                                   Replaced(text, "[2,7]", "[-1,7]"),
                                   Replaced(text, "[500,750]", "[750,500]"),
                                   Replaced(text, "[500,750]", "[500,1752]"),
                                   Replaced(text, "[0,1751]", "[501,1751]"),
                                   Replaced(text, "1751", "9223372036854775807"),
                                   Replaced(text, "[2,7]", "[2,1e30]"),
                                   Replaced(text, "[2,7]", "[2.5,7]"),
                                   Replaced(text, "[2,7]", "[2,null]"),
                                   Replaced(text, "shard\":1", "shard\":1e99"),
                                   Replaced(text, "[0,1751]", "[0,1e300]"),
                                   Replaced(text, "[30000,1001]", "[30000,0]"),
                                   Replaced(text, "\".mp4\"", "4"),
                                   Replaced(text, "shard\":1", "shard\":2")}) {
    EXPECT_FALSE(ParseShardMark(wrong)) << wrong;
  }
}

TEST(ShardMark, AFileWithoutOneIsNamed) {
  const std::filesystem::path folder = testing::EmptyFolder();
  const auto text_of = [](const std::filesystem::path& path) {
    return std::string(testing::ErrorOf([&] { ReadShardMark(path); }).what());
  };
  EXPECT_NE(text_of(folder / "missing").find("missing: expected a shard's file, found none"),
            std::string::npos);
  EXPECT_NE(text_of(folder).find("no file"), std::string::npos);
  testing::WriteBytes(folder / "text", {'t', 'a', 'l', 'k'});
  EXPECT_NE(text_of(folder / "text").find("text: "), std::string::npos);
  testing::Ffmpeg("-f lavfi -i testsrc=s=32x32:d=0.2 " + (folder / "v.mp4").string());
  EXPECT_NE(text_of(folder / "v.mp4").find("v.mp4: expected a shard that render --shard wrote"),
            std::string::npos);
}

}  // namespace
}  // namespace mouthpiece
