// What libFuzzer does, for compilers that have none: gives a target its corpus, and for some
// seconds what random changes make of it, the same ones every time. It does not look at what they
// reach. What the program fell over is written to a file.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "mutation.h"

extern "C" {
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most,
                                                     unsigned seed);
size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);
}

namespace mouthpiece::fuzz {
namespace {

constexpr size_t kGrowth = 256;  // bytes that an input may become longer by
constexpr size_t kMostInputs = 500;
constexpr const char* kFound = "replay.found";

Random& TheRandom() {
  static Random random(1);
  return random;
}

Bytes current;  // what the target is given, for the signal's handler

void KeepInput(int signal) {
  const int file = open(kFound, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file >= 0 && write(file, current.data(), current.size()) >= 0) {
    constexpr char kText[] = "the input is in replay.found\n";
    if (write(STDERR_FILENO, kText, sizeof(kText) - 1) < 0) _exit(2);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void Give(Bytes input) {
  current = std::move(input);
  LLVMFuzzerTestOneInput(current.data(), current.size());
}

std::vector<Bytes> ReadCorpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Bytes> corpus;
  for (const std::filesystem::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

Bytes Changed(Bytes input) {
  Random& random = TheRandom();
  size_t size = input.size();
  input.resize(size + kGrowth);
  for (size_t changes = random.Below(3) + 1; changes > 0; --changes) {
    const bool is_format = LLVMFuzzerCustomMutator != nullptr && random.OneIn(2);
    size = is_format ? LLVMFuzzerCustomMutator(input.data(), size, input.size(),
                                               static_cast<unsigned>(random.Below(1 << 30)))
                     : LLVMFuzzerMutate(input.data(), size, input.size());
  }
  input.resize(size);
  return input;
}

/// Returns how many changed inputs were given.
int Run(const std::filesystem::path& folder, std::chrono::duration<double> seconds) {
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    std::signal(signal, KeepInput);
  }
  std::vector<Bytes> inputs = ReadCorpus(folder);
  for (const Bytes& input : inputs) Give(input);
  const auto end = std::chrono::steady_clock::now() + seconds;
  int runs = 0;
  for (; !inputs.empty() && std::chrono::steady_clock::now() < end; ++runs) {
    Give(Changed(inputs[TheRandom().Below(inputs.size())]));
    // Changes add up.
    if (inputs.size() < kMostInputs && TheRandom().OneIn(20)) inputs.push_back(current);
  }
  return runs;
}

}  // namespace
}  // namespace mouthpiece::fuzz

size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most) {
  using mouthpiece::fuzz::Random;
  Random& random = mouthpiece::fuzz::TheRandom();
  const size_t place = random.Below(size);
  const auto any_byte = [&] { return static_cast<uint8_t>(random.Below(256)); };
  switch (random.Below(5)) {
    case 0:
      if (size > 0) data[place] ^= static_cast<uint8_t>(1 << random.Below(8));
      break;
    case 1:
      if (size > 0) data[place] = any_byte();
      break;
    case 2:  // the ends of a byte's range are what loops go by
      if (size > 0) data[place] = random.OneIn(2) ? 0xff : 0;
      break;
    case 3:
      if (size < most) {
        std::copy_backward(data + place, data + size, data + size + 1);
        data[place] = random.OneIn(3) ? 0xff : any_byte();
        ++size;
      }
      break;
    default:
      if (size > 1) {
        const size_t length = std::min(size - place, 1 + random.Below(8));
        std::copy(data + place + length, data + size, data + place);
        size -= length;
      }
      break;
  }
  return size;
}

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s CORPUS SECONDS\n", argv[0]);
    return 2;
  }
  const int runs =
      mouthpiece::fuzz::Run(argv[1], std::chrono::duration<double>(std::atof(argv[2])));
  std::printf("%d changed inputs\n", runs);
  return 0;
}
