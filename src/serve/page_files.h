// The page, which is part of the program: the files of src/serve/page.
#ifndef MOUTHPIECE_SERVE_PAGE_FILES_H_
#define MOUTHPIECE_SERVE_PAGE_FILES_H_

#include <span>
#include <string_view>

namespace mouthpiece::serve {

struct PageFile {
  std::string_view name;  ///< "app.js"
  std::string_view type;  ///< For Content-Type
  std::string_view etag;  ///< With its quotes; another one for other bytes
  std::span<const unsigned char> bytes;
};

/// All of them, by name.
std::span<const PageFile> PageFiles();

/// The file that the path of a URL names: "/" is index.html. Null when there is none.
const PageFile* FindPageFile(std::string_view path);

}  // namespace mouthpiece::serve

#endif  // MOUTHPIECE_SERVE_PAGE_FILES_H_
