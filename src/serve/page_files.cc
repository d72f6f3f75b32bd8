#include "serve/page_files.h"

#include <algorithm>

namespace mouthpiece::serve {

const PageFile* FindPageFile(std::string_view path) {
  if (!path.starts_with('/')) return nullptr;
  const std::string_view name = path == "/" ? "index.html" : path.substr(1);
  const std::span<const PageFile> files = PageFiles();
  const auto found = std::ranges::find(files, name, &PageFile::name);
  return found == files.end() ? nullptr : &*found;
}

}  // namespace mouthpiece::serve
