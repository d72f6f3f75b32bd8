# cmake -D OUTPUT=page_files.cc -D FOLDER=page -P embed_page.cmake
#
# Writes the C++ of what PageFiles() (page_files.h) returns: the files of the folder as arrays of bytes.
function(type_of name result)
  cmake_path(GET name EXTENSION LAST_ONLY suffix)
  set(.html "text/html; charset=utf-8")
  set(.css "text/css; charset=utf-8")
  set(.js "text/javascript; charset=utf-8")
  set(.svg "image/svg+xml")
  set(.png "image/png")
  set(.ico "image/x-icon")
  set(.webmanifest "application/manifest+json")
  set(.woff2 "font/woff2")
  if(NOT DEFINED ${suffix})
    message(FATAL_ERROR "${name}: no content type is known for ${suffix}")
  endif()
  set(${result} "${${suffix}}" PARENT_SCOPE)
endfunction()

file(GLOB paths LIST_DIRECTORIES false ${FOLDER}/*)
list(SORT paths)
set(number 0)
foreach(path ${paths})
  cmake_path(GET path FILENAME name)
  type_of(${name} type)
  file(READ ${path} bytes HEX)
  file(SHA256 ${path} sum)
  string(SUBSTRING ${sum} 0 32 sum)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char kFile${number}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${name}\", \"${type}\", \"\\\"${sum}\\\"\", kFile${number}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "// Made by embed_page.cmake.
#include \"serve/page_files.h\"

namespace mouthpiece::serve {
namespace {

${arrays}
constexpr PageFile kFiles[] = {
${rows}};

}  // namespace

std::span<const PageFile> PageFiles() { return kFiles; }

}  // namespace mouthpiece::serve
")
