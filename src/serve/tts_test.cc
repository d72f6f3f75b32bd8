#include "serve/tts.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

using Words = std::vector<std::string>;

bool Never() { return false; }

std::string SoundOf(const Words& command, const std::string& text, const TtsLimits& limits = {}) {
  const std::vector<uint8_t> sound = RunTts(command, text, limits, Never);
  return {sound.begin(), sound.end()};
}

TEST(SplitCommand, DividesAtBlanks) {
  EXPECT_EQ(SplitCommand("espeak-ng --stdout"), (Words{"espeak-ng", "--stdout"}));
  EXPECT_EQ(SplitCommand("  a \t b\n"), (Words{"a", "b"}));
  EXPECT_EQ(SplitCommand(R"(a 'b  c' "d \" e" f\ g '' x"y"z)"),
            (Words{"a", "b  c", "d \" e", "f g", "", "xyz"}));
  EXPECT_EQ(SplitCommand("a; rm $HOME | b"), (Words{"a;", "rm", "$HOME", "|", "b"}));
}

TEST(SplitCommand, RefusesWhatIsNone) {
  for (const char* command : {"", "  ", "'a", "a \"b"}) {
    EXPECT_THROW(SplitCommand(command), Error) << command;
  }
}

TEST(RequireProgram, LooksWhereItWillBeRunFrom) {
  EXPECT_NO_THROW(RequireProgram("cat"));
  EXPECT_NO_THROW(RequireProgram("/bin/sh"));
  for (const char* name : {"no-such-program", "/bin/no-such-program", "/bin", "/etc/passwd", ""}) {
    try {
      RequireProgram(name);
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_NE(std::string(error.what()).find(std::string("--tts: ")), std::string::npos);
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  }
}

TEST(RunTts, GivesTextAndTakesSound) {
  EXPECT_EQ(SoundOf({"cat"}, "said"), "said");
  const std::string much(1 << 20, 'x');
  EXPECT_EQ(SoundOf({"cat"}, much), much) << "more than a pipe holds";
  EXPECT_EQ(SoundOf({"sh", "-c", "echo sound"}, much), "sound\n") << "the text is not read";
}

TEST(RunTts, SaysWhatWentWrong) {
  EXPECT_THROW(SoundOf({"/no/such/program"}, "x"), Error);
  EXPECT_THROW(SoundOf({"false"}, "x"), Error);
  EXPECT_THROW(SoundOf({"true"}, "x"), Error) << "no sound";
  EXPECT_THROW(SoundOf({"yes"}, "x", {.bytes = 1000}), Error) << "too much of it";
}

TEST(RunTts, EndsWhatTakesTooLongOrIsNotWanted) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THROW(SoundOf({"sh", "-c", "sleep 60"}, "x", {.time = std::chrono::milliseconds(50)}),
               Error);
  EXPECT_THROW(RunTts({"sleep", "60"}, "x", {}, [] { return true; }), Error);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace mouthpiece::serve
