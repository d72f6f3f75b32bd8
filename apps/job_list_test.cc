#include "job_list.h"

#include <gtest/gtest.h>

#include "render_options.h"

namespace mouthpiece::cli {
namespace {

using Values = std::vector<std::string>;

TEST(ParseJobList, TakesAJsonObjectALine) {
  const JobList list = ParseJobList(
      "\xef\xbb\xbf{\"output\": \"a.mp4\", \"crf\": 18, \"overwrite\": true, \"audio\": null}\n\n"
      "{\"output\": \"b.mp4\", \"metadata\": [\"title=B\", \"artist=C\"]}",
      false);
  EXPECT_TRUE(list.problems.empty());
  ASSERT_EQ(list.lines.size(), 2u);
  EXPECT_EQ(list.lines[0].line, 1);
  ASSERT_EQ(list.lines[0].fields.size(), 3u);
  EXPECT_EQ(list.lines[0].fields[0].key, "crf");  // in the order of their names
  EXPECT_EQ(list.lines[0].fields[0].values, Values{"18"});
  EXPECT_EQ(list.lines[0].fields[0].type, JobField::Type::kNumber);
  EXPECT_EQ(list.lines[0].fields[1].values, Values{"a.mp4"});
  EXPECT_EQ(list.lines[0].fields[2].type, JobField::Type::kSwitch);
  EXPECT_EQ(list.lines[1].line, 3);
  EXPECT_EQ(list.lines[1].fields[0].values, (Values{"title=B", "artist=C"}));
}

TEST(ParseJobList, NamesEveryLineThatIsWrong) {
  const JobList list = ParseJobList(
      "{\"output\": \"a.mp4\"\n[1]\n{\"a\": 1, \"a\": 2}\n{\"a\": {\"b\": 1}, \"c\": []}\n"
      "{\"a\": [1, \"x\"]}\n{\"a\": \"\xff\"}\n{\"a\": [[[1]]]}\n{\"a\": 1e999}\n",
      false);
  std::vector<int> lines;
  for (const LineProblem& problem : list.problems) lines.push_back(problem.line);
  EXPECT_EQ(lines, (std::vector<int>{1, 2, 3, 4, 4, 5, 6, 7, 8}));
}

TEST(ParseJobList, TakesCsvWithALineOfNames) {
  const JobList list = ParseJobList(
      "output,audio,metadata,metadata\r\na.mp4,\"say \"\"hi\"\", you.wav\",title=A,artist=B\r\n\r\n"
      "\"b\nc.mp4\",,,\nd.mp4,x.wav,,title=D",
      true);
  EXPECT_TRUE(list.problems.empty());
  ASSERT_EQ(list.lines.size(), 3u);
  ASSERT_EQ(list.lines[0].fields.size(), 3u);
  EXPECT_EQ(list.lines[0].fields[1].values, Values{"say \"hi\", you.wav"});
  EXPECT_EQ(list.lines[0].fields[2].values, (Values{"title=A", "artist=B"}));
  EXPECT_EQ(list.lines[1].line, 4);
  ASSERT_EQ(list.lines[1].fields.size(), 1u);
  EXPECT_EQ(list.lines[1].fields[0].values, Values{"b\nc.mp4"});
  EXPECT_EQ(list.lines[2].line, 6);
  EXPECT_EQ(list.lines[2].fields[2].values, Values{"title=D"});
}

TEST(ParseJobList, RefusesCsvThatIsNone) {
  const JobList list =
      ParseJobList("output,audio\na.mp4\nb.mp4,x.wav,y.wav\nc\"d,e\n\"f\"g,h\ni,j\n\"k", true);
  std::vector<int> lines;
  for (const LineProblem& problem : list.problems) lines.push_back(problem.line);
  EXPECT_EQ(lines, (std::vector<int>{2, 3, 4, 5, 7}));
  ASSERT_EQ(list.lines.size(), 1u);
  EXPECT_EQ(list.lines[0].line, 6);
  EXPECT_EQ(ParseJobList("a,,b\n1,2,3\n", true).problems.size(), 1u);
}

TEST(SetFields, NamesAllThatIsWrong) {
  JobArguments job;
  const std::vector<std::string> problems =
      SetFields({{"output", {"a.mp4"}, JobField::Type::kText},
                 {"crf", {"20"}, JobField::Type::kText},
                 {"quality", {"70.5"}, JobField::Type::kNumber},
                 {"frames", {"5:2"}, JobField::Type::kText},
                 {"overwrite", {"1"}, JobField::Type::kNumber},
                 {"loop", {"twice"}, JobField::Type::kText},
                 {"threads", {"2"}, JobField::Type::kNumber},
                 {"audoi", {"x.wav"}, JobField::Type::kText},
                 {"audio", {""}, JobField::Type::kText},
                 {"preset", {"fast", "slow"}, JobField::Type::kText},
                 {"audio-window", {"edge"}, JobField::Type::kText},
                 {"audio_window", {"zero"}, JobField::Type::kText}},
                job);
  const std::vector<std::string> about = {"--crf",    "--quality",     "--frames", "--overwrite",
                                          "--loop",   "--threads",     "audoi",    "--audio",
                                          "--preset", "--audio-window"};
  ASSERT_EQ(problems.size(), about.size());
  for (size_t i = 0; i < about.size(); ++i) {
    EXPECT_NE(problems[i].find(about[i]), std::string::npos) << problems[i];
  }
  EXPECT_EQ(job.output.name, "a.mp4");
  EXPECT_EQ(job.job.audio_window, AudioWindowMode::kEdge);
}

TEST(SetFields, TakesTextForEverythingOfCsv) {
  JobArguments job;
  EXPECT_EQ(SetFields({{"output", {"a.mp4"}},
                       {"crf", {"20"}},
                       {"overwrite", {"true"}},
                       {"shard", {"1/2"}},
                       {"bitrate", {"4M"}},
                       {"metadata", {"title=A", "artist=B=C"}}},
                      job),
            std::vector<std::string>{});
  FinishJob(job);
  EXPECT_EQ(job.output.encode.crf, 20);
  EXPECT_TRUE(job.output.overwrite);
  EXPECT_EQ(job.job.shard->index, 1);
  EXPECT_EQ(job.output.encode.bitrate, 4'000'000);
  ASSERT_EQ(job.output.metadata.size(), 2u);
  EXPECT_EQ(job.output.metadata[1].second, "B=C");
}

}  // namespace
}  // namespace mouthpiece::cli
