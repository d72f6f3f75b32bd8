#include "serve/secret.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <vector>

#include "mouthpiece/error.h"

namespace mouthpiece::serve {
namespace {

constexpr size_t kShortest = 16;
constexpr size_t kLongest = 256;

}  // namespace

std::string RandomName(size_t bytes) {
  std::vector<unsigned char> random(bytes);
  for (size_t at = 0; at < bytes;) {
    const ssize_t got = getrandom(random.data() + at, bytes - at, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(ErrorCode::kInternal, "the system gives no random bytes");
    at += static_cast<size_t>(got);
  }
  constexpr char kDigits[] = "0123456789abcdef";
  std::string name;
  for (const unsigned char byte : random) {
    name += kDigits[byte >> 4];
    name += kDigits[byte & 15];
  }
  return name;
}

bool IsSameSecret(std::string_view given, std::string_view expected) {
  if (expected.empty()) return false;
  unsigned difference = given.size() == expected.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^
                  static_cast<unsigned char>(expected[i % expected.size()]);
  }
  return difference == 0;
}

std::string ReadTokenFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string token;
  if (!file || !std::getline(file, token)) {
    throw Error(ErrorCode::kIo, path.string() + ": expected a line with a token, found none");
  }
  while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
  if (token.size() < kShortest || token.size() > kLongest) {
    throw Error(ErrorCode::kInvalidArgument, path.string() +
                                                 ": expected a token of 16 to 256 bytes, found " +
                                                 std::to_string(token.size()));
  }
  return token;
}

}  // namespace mouthpiece::serve
