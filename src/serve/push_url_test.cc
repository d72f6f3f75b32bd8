#include "serve/push_url.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

bool IsAllowed(const std::string& url, const std::string& prefix) {
  return IsPushAllowed(ReadPushUrl(url), {ReadPushPrefix(prefix)});
}

TEST(PushUrl, HasAHostAndAPort) {
  const PushUrl url = ReadPushUrl("rtmp://Live.Example/app/key?sign=a&b");
  EXPECT_EQ(url.scheme, "rtmp");
  EXPECT_EQ(url.host, "live.example");
  EXPECT_EQ(url.port, 1935);
  EXPECT_EQ(url.path, "/app/key");
  EXPECT_EQ(url.url, "rtmp://Live.Example/app/key?sign=a&b");
  EXPECT_EQ(ReadPushUrl("rtsp://[::1]:8554/x").host, "[::1]");
  EXPECT_EQ(ReadPushUrl("rtsp://[::1]/x").port, 554);
  EXPECT_EQ(ReadPushUrl("udp://239.0.0.1:5004?ttl=2").port, 5004);
  EXPECT_EQ(ReadPushUrl("srt://h:9000?streamid=a%2Fb&passphrase=0123456789&mode=caller").port,
            9000);
}

TEST(PushUrl, IsShownWithoutItsSecrets) {
  EXPECT_EQ(ReadPushUrl("rtsp://me:secret@host/secret?secret").shown(), "rtsp://host:554");
  EXPECT_EQ(ReadPushUrl("srt://host:1?passphrase=secret").shown(), "srt://host:1");
  for (const char* text :
       {"rtsp://me:secret@ho st/", "rtmp://secret@host/", "srt://secret", "udp://host:1/secret",
        "rtsp://host:secret/", "secret://x/", "srt://host:1?secret=1", "rtmp://host/%secret"}) {
    try {
      ReadPushUrl(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos) << error.what();
    }
  }
}

TEST(PushUrl, ThatFfmpegCouldTakeForAnotherIsRefused) {
  for (const char* text : {"",
                           "x",
                           "rtmp",
                           "rtmp:",
                           "rtmp:/h/x",
                           "rtmp://",
                           "rtmp:///x",
                           "rtmp://:1935/x",
                           "http://h/x",
                           "file:///etc/passwd",
                           "rtmps://h/x",
                           "rtmpt://h/x",
                           "RTMP://h/x",
                           "tee:rtmp://h/x",
                           "udp://h",
                           "srt://h",
                           "udp://h:0",
                           "udp://h:65536",
                           "udp://h:1x",
                           "udp://h:+1",
                           "rtmp://h:/x",
                           "rtmp://h:1:2/x",
                           "rtmp://[::1/x",
                           "rtmp://[]/x",
                           "rtmp://[::1]x/x",
                           "rtmp://[h]/x",
                           "rtmp://h\\@g/x",
                           "rtmp://h/x#y",
                           "rtmp://h/x y",
                           "rtmp://h/x socks=evil:1",
                           "rtmp://h/x\n",
                           "rtmp://evil:x@h/x",
                           "rtmp://h%00/x",
                           "rtmp://h_/x",
                           "udp://h:1?localaddr=::",
                           "udp://h:1?sources=g",
                           "udp://h:1?localport=1",
                           "udp://h:1/x",
                           "srt://h:1?mode=listener",
                           "srt://h:1?mode=caller&mode=listener",
                           "srt://h:1?ttl=1&adapter=x",
                           "srt://h:1??mode=listener",
                           "srt://h:1?streamid=x&rcvbuf=1",
                           "rtmp://h/a/../b",
                           "rtmp://h/a/%2e%2E/b",
                           "rtmp://h/a/./b",
                           "rtmp://h/..",
                           "rtmp://h/a%2F..%2Fb",
                           "rtmp://h/%252e%252e/b",
                           "rtmp://h/%2",
                           "rtmp://h/%zz"}) {
    EXPECT_THROW(ReadPushUrl(text), Error) << text;
  }
  EXPECT_THROW(ReadPushUrl("rtmp://h/" + std::string(kMostPushUrl, 'x')), Error);
  EXPECT_THROW(ReadPushUrl("rtmp://" + std::string(300, 'x') + "/"), Error);
  EXPECT_THROW(ReadPushUrl(std::string("rtmp://h/x\0y", 12)), Error);
}

TEST(PushUrl, IsAllowedBelowAPlaceOfTheOperator) {
  EXPECT_TRUE(IsAllowed("rtmp://host/app/key", "rtmp://host"));
  EXPECT_TRUE(IsAllowed("rtmp://host/app/key", "rtmp://host/"));
  EXPECT_TRUE(IsAllowed("rtmp://host/app/key?a=b", "rtmp://host/app"));
  EXPECT_TRUE(IsAllowed("rtmp://host/app", "rtmp://host/app/"));
  EXPECT_TRUE(IsAllowed("rtmp://HOST:1935/app/key", "rtmp://host/app/"));
  EXPECT_TRUE(IsAllowed("rtsp://me:word@host/x", "rtsp://host"));
  EXPECT_TRUE(IsAllowed("srt://host:9000?streamid=x", "srt://host:9000"));
}

TEST(PushUrl, IsAllowedNowhereElse) {
  EXPECT_FALSE(IsAllowed("rtmp://host.evil.example/app", "rtmp://host"));
  EXPECT_FALSE(IsAllowed("rtsp://host@evil.example/x", "rtsp://host"));
  EXPECT_FALSE(IsAllowed("rtsp://host:554@evil.example/x", "rtsp://host:554"));
  EXPECT_FALSE(IsAllowed("rtmp://evil.example/host/app", "rtmp://host"));
  EXPECT_FALSE(IsAllowed("rtmp://host:1936/app", "rtmp://host"));
  EXPECT_FALSE(IsAllowed("rtsp://host/app", "rtmp://host"));
  EXPECT_FALSE(IsAllowed("rtmp://host/application", "rtmp://host/app"));
  EXPECT_FALSE(IsAllowed("rtmp://host/", "rtmp://host/app"));
  EXPECT_FALSE(IsAllowed("udp://host:10", "udp://host:1"));
  EXPECT_FALSE(IsPushAllowed(ReadPushUrl("rtmp://host/app"), {}));
}

TEST(PushPrefix, HasNeitherUserNorQuery) {
  EXPECT_THROW(ReadPushPrefix("rtsp://me@host/"), Error);
  EXPECT_THROW(ReadPushPrefix("rtmp://host/?x"), Error);
  EXPECT_THROW(ReadPushPrefix("http://host/"), Error);
  EXPECT_THROW(ReadPushPrefix("srt://host"), Error);
}

}  // namespace
}  // namespace mouthpiece::serve
