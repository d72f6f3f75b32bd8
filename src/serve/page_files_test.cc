#include "serve/page_files.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace mouthpiece::serve {
namespace {

TEST(PageFiles, AreTheBytesOfTheFiles) {
  ASSERT_FALSE(PageFiles().empty());
  for (const PageFile& file : PageFiles()) {
    std::ifstream stream(std::string(MOUTHPIECE_PAGE_FOLDER "/") + std::string(file.name),
                         std::ios::binary);
    ASSERT_TRUE(stream) << file.name;
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_EQ(std::string(file.bytes.begin(), file.bytes.end()), bytes) << file.name;
  }
}

TEST(PageFiles, AreFoundByTheirPath) {
  const PageFile* index = FindPageFile("/");
  ASSERT_NE(index, nullptr);
  EXPECT_EQ(index, FindPageFile("/index.html"));
  EXPECT_EQ(index->type, "text/html; charset=utf-8");
  ASSERT_NE(FindPageFile("/app.js"), nullptr);
  EXPECT_EQ(FindPageFile("/app.js")->type, "text/javascript; charset=utf-8");
}

TEST(PageFiles, AreAllThatIsFound) {
  for (const char* path : {"", "index.html", "/nothing", "//index.html", "/../page_files.cc",
                           "/etc/passwd", "/page/index.html", "/index.html/"}) {
    EXPECT_EQ(FindPageFile(path), nullptr) << path;
  }
}

TEST(PageFiles, HaveATagEach) {
  std::set<std::string_view> tags;
  for (const PageFile& file : PageFiles()) tags.insert(file.etag);
  EXPECT_EQ(tags.size(), PageFiles().size());
}

}  // namespace
}  // namespace mouthpiece::serve
