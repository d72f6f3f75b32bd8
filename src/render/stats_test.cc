#include "render/stats.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace mouthpiece {
namespace {

TEST(Bottleneck, IsTheSlowestStage) {
  const std::vector<StageStats> stages = {{"decode", 1}, {"infer", 30}, {"write", 2}};
  EXPECT_EQ(Bottleneck(stages), "infer");
  EXPECT_EQ(Bottleneck({}), "");
}

TEST(PeakResidentBytes, IsPlausible) {
  EXPECT_GT(PeakResidentBytes(), uint64_t{1} << 20);
  EXPECT_LT(PeakResidentBytes(), uint64_t{1} << 40);
}

TEST(StatsToJson, HasThePromisedKeysAndSurvivesPathsThatAreNotUtf8) {
  RenderStats stats;
  stats.frames = 10;
  stats.stages = {{"decode", 1},         {"prepare", 1}, {"infer", 30},
                  {"composite", 2, 1.5}, {"encode", 2},  {"write", 1}};
  const nlohmann::json json =
      nlohmann::json::parse(StatsToJson(stats, {}, {}, {.name = "\xff\xfe.mp4"}));
  for (const char* key : {"schema", "frames", "wall_s", "fps", "preload", "stages", "memory",
                          "bottleneck", "config"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["stages"]["infer"]["ms_per_frame"], 30);
  EXPECT_FALSE(json["stages"]["infer"].contains("cpu_ms_per_frame"));
  EXPECT_EQ(json["stages"]["composite"]["cpu_ms_per_frame"], 1.5);
  EXPECT_EQ(json["frames"], 10);
}

}  // namespace
}  // namespace mouthpiece
