#include "sink/byte_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "mouthpiece/error.h"
#include "support/captured_output.h"
#include "support/files.h"
#include "support/pictures.h"

namespace mouthpiece {
namespace {

using testing::TempFolder;

TEST(ByteWriter, WritesTextAndPlanesWithoutPadding) {
  const TempFolder folder;
  testing::FrameLender frames(300, 700, ColorRange::kFull, 9);  // more rows than one call takes
  {
    ByteWriter writer(folder.path() / "a", "a");
    writer.Write("head ");
    writer.Write("FRAME\n", frames.Lend(4).picture());
    writer.Close();
  }
  const std::vector<uint8_t> samples = testing::PictureSamples(4, 300, 700, ColorRange::kFull);
  EXPECT_EQ(testing::ReadFile(folder.path() / "a"),
            "head FRAME\n" + std::string(samples.begin(), samples.end()));
}

TEST(ByteWriter, ContinuesShortWritesToASlowReader) {
  const TempFolder folder;
  const std::filesystem::path pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] {
    std::ifstream stream(pipe, std::ios::binary);
    std::vector<char> bytes(30011);
    while (stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) ||
           stream.gcount() > 0) {
      received.append(bytes.data(), static_cast<size_t>(stream.gcount()));
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  testing::FrameLender frames(333, 301, ColorRange::kFull, 1);
  {
    ByteWriter writer(pipe, "pipe");
    for (int i = 0; i < 5; ++i) writer.Write("F", frames.Lend(i).picture());
    writer.Close();
  }
  reader.join();
  std::string expected;
  for (int i = 0; i < 5; ++i) {
    const std::vector<uint8_t> samples = testing::PictureSamples(i, 333, 301, ColorRange::kFull);
    expected += 'F';
    expected.append(samples.begin(), samples.end());
  }
  EXPECT_EQ(received, expected);
}

TEST(ByteWriter, WaitsForAPipeThatDoesNotBlock) {
  testing::CapturedOutput output;
  output.SetNonBlocking();
  const std::string text(1 << 20, 'x');
  ByteWriter::StandardOutput().Write(text);
  EXPECT_EQ(output.Finish(), text);
}

/// Runs `write`, sets the flag after a while, and returns the seconds that it took from there.
template <typename Write>
double SecondsUntilCancelled(std::atomic<bool>& flag, Write write) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point asked;
  std::thread stop([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    asked = Clock::now();
    flag = true;
  });
  try {
    write();
    ADD_FAILURE() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
  stop.join();
  return std::chrono::duration<double>(Clock::now() - asked).count();
}

TEST(ByteWriter, EndsWhenItIsCancelledThoughNobodyReads) {
  const TempFolder folder;
  const std::filesystem::path pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::atomic<bool> flag = false;
  EXPECT_LT(SecondsUntilCancelled(flag, [&] { ByteWriter(pipe, "pipe", CancelToken(&flag)); }), 1);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  flag = false;
  ByteWriter writer(pipe, "pipe", CancelToken(&flag));
  EXPECT_LT(SecondsUntilCancelled(flag, [&] { writer.Write(std::string(1 << 20, 'x')); }), 1);
  ::close(reader);
}

TEST(ByteWriter, ReportsAClosedPipeAndRaisesNoSignal) {
  struct sigaction before {};
  sigaction(SIGPIPE, nullptr, &before);
  ASSERT_EQ(before.sa_handler, SIG_DFL) << "the signal would end this test";
  testing::CapturedOutput output;
  output.CloseReader();
  ByteWriter writer = ByteWriter::StandardOutput();
  for (int i = 0; i < 3; ++i) {
    try {
      writer.Write("text");
      FAIL() << "an error was expected";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
      EXPECT_NE(std::string(error.what()).find("closed pipe"), std::string::npos);
    }
  }
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGPIPE), 0);
}

TEST(ByteWriter, NamesTheFileWhenTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  ByteWriter writer("/dev/full", "some/name");
  try {
    writer.Write("text");
    FAIL() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_STREQ(error.what(), "some/name: cannot be written: No space left on device");
  }
}

TEST(ByteWriter, NamesTheFileThatCannotBeOpened) {
  const TempFolder folder;
  try {
    ByteWriter writer(folder.path() / "missing" / "a", "missing/a");
    FAIL() << "an error was expected";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "missing/a: cannot be written: No such file or directory");
  }
}

}  // namespace
}  // namespace mouthpiece
