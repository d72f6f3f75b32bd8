#include "serve/http_message.h"

#include <gtest/gtest.h>

#include <string>

#include "serve/metrics.h"

namespace mouthpiece::serve {
namespace {

TEST(HttpTarget, IsAPathAndAQuery) {
  Request request;
  ReadTarget("/v1/x?wait=1&token=a%2Fb+c&empty&token=z%", request);
  EXPECT_EQ(request.path, "/v1/x");
  EXPECT_EQ(request.query.at("wait"), "1");
  EXPECT_EQ(request.query.at("token"), "z%");
  EXPECT_EQ(request.query.at("empty"), "");
  Request plain;
  ReadTarget("/", plain);
  EXPECT_EQ(plain.path, "/");
  EXPECT_TRUE(plain.query.empty());
}

TEST(Origin, IsThatOfTheServerOrOneThatIsNamed) {
  EXPECT_TRUE(IsOriginAllowed("", "localhost:8010", {})) << "no browser sends none";
  EXPECT_TRUE(IsOriginAllowed("http://localhost:8010", "localhost:8010", {}));
  EXPECT_TRUE(IsOriginAllowed("https://a.example", "localhost:8010", {"https://a.example"}));
  for (const char* origin : {"http://localhost:8011", "http://evil.example", "null",
                             "localhost:8010", "https://a.example.evil"}) {
    EXPECT_FALSE(IsOriginAllowed(origin, "localhost:8010", {"https://a.example"})) << origin;
  }
  EXPECT_FALSE(IsOriginAllowed("http://", "", {}));
}

TEST(Host, OfTheLoopbackIsKnown) {
  for (const char* host :
       {"localhost", "localhost:8010", "127.0.0.1:8010", "127.1.2.3", "[::1]:80", "[::1]"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host :
       {"", "evil.example", "127.0.0.1.evil.example", "localhost.evil:80", "10.0.0.1", "[::2]"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

TEST(Problem, SaysWhenToComeBack) {
  const Answer answer = Problem(503, "limit", "full", 2);
  EXPECT_EQ(answer.body, "{\"error\":\"limit\",\"message\":\"full\",\"retry_after_s\":2}\n");
  ASSERT_EQ(answer.headers.size(), 1U);
  EXPECT_EQ(answer.headers[0].first, "Retry-After");
}

TEST(Metrics, AreTextOfPrometheus) {
  Histogram histogram;
  for (const double seconds : {0.0005, 0.03, 0.03, 9.0}) histogram.Add(seconds);
  EXPECT_EQ(histogram.Quantile(0.5), 0.04);
  MetricsText text;
  text.Add("x_seconds", "Why.", histogram);
  text.Gauge("y", "What.", 1.5);
  EXPECT_NE(text.text().find("# TYPE mouthpiece_x_seconds histogram\n"), std::string::npos);
  EXPECT_NE(text.text().find("mouthpiece_x_seconds_bucket{le=\"0.001\"} 1\n"), std::string::npos);
  EXPECT_NE(text.text().find("mouthpiece_x_seconds_bucket{le=\"0.04\"} 3\n"), std::string::npos);
  EXPECT_NE(text.text().find("mouthpiece_x_seconds_bucket{le=\"+Inf\"} 4\n"), std::string::npos);
  EXPECT_NE(text.text().find("mouthpiece_y 1.5\n"), std::string::npos);
}

}  // namespace
}  // namespace mouthpiece::serve
