#include "network/ports.h"

#include <algorithm>
#include <initializer_list>

#include "mouthpiece/error.h"

namespace mouthpiece {
namespace {

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorCode::kBadPackage, path.string() + ": " + what);
}

std::string Describe(const std::vector<Port>& ports) {
  std::string text;
  for (const Port& port : ports) {
    text += text.empty() ? "[" : ", [";
    if (!port.sizes) {
      text += "...";
    } else {
      for (size_t i = 0; i < port.sizes->size(); ++i) {
        const int64_t size = (*port.sizes)[i];
        if (i > 0) text += ',';
        text += size < 0 ? "?" : std::to_string(size);
      }
    }
    text += "] ";
    text += port.type;
  }
  return text.empty() ? "none" : text;
}

/// [N, channels, S, S] of float32 with a known S.
bool IsPicture(const Port& port, int64_t channels) {
  if (port.type != "f32" || !port.sizes || port.sizes->size() != 4) return false;
  const std::vector<int64_t>& sizes = *port.sizes;
  return sizes[1] == channels && sizes[2] > 0 && sizes[2] == sizes[3];
}

/// [N, a, b, c] of float32 with known a, b and c.
bool IsAudio(const Port& port) {
  return port.type == "f32" && port.sizes && port.sizes->size() == 4 &&
         std::all_of(port.sizes->begin() + 1, port.sizes->end(),
                     [](int64_t size) { return size > 0; });
}

/// Any N and exactly these sizes, float32.
bool Is(const Port& port, std::initializer_list<int64_t> sizes) {
  return port.type == "f32" && port.sizes && port.sizes->size() == sizes.size() + 1 &&
         std::equal(sizes.begin(), sizes.end(), port.sizes->begin() + 1);
}

}  // namespace

std::string DescribePorts(const std::vector<Port>& inputs, const std::vector<Port>& outputs) {
  return "inputs " + Describe(inputs) + "; outputs " + Describe(outputs);
}

GeneratorPorts FindGeneratorPorts(const std::filesystem::path& path,
                                  const std::vector<Port>& inputs,
                                  const std::vector<Port>& outputs) {
  const std::string found =
      "expected inputs [N,6,S,S] and [N,a,b,c] and an output [N,3,S,S] of float32, found " +
      DescribePorts(inputs, outputs);
  if (inputs.size() != 2) Fail(path, found);
  std::optional<size_t> visual;
  for (size_t i = 0; i < 2; ++i) {
    if (!IsPicture(inputs[i], 6)) continue;
    if (visual) Fail(path, "two inputs could be the pictures: " + found);
    visual = i;
  }
  if (!visual || !IsAudio(inputs[1 - *visual])) Fail(path, found);
  std::optional<size_t> output;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!IsPicture(outputs[i], 3) || (*outputs[i].sizes)[2] != (*inputs[*visual].sizes)[2]) {
      continue;
    }
    if (output) Fail(path, "two outputs could be the picture: " + found);
    output = i;
  }
  if (!output) Fail(path, found);
  return {*visual, 1 - *visual, *output};
}

void RequireEncoderPorts(const std::filesystem::path& path, const std::vector<Port>& inputs,
                         const std::vector<Port>& outputs) {
  if (inputs.size() == 1 && outputs.size() == 1 && Is(inputs[0], {1, 80, 16}) &&
      Is(outputs[0], {512})) {
    return;
  }
  Fail(path, "expected an audio encoder with an input [N,1,80,16] and an output [N,512] of " +
                 std::string("float32, found ") + DescribePorts(inputs, outputs));
}

}  // namespace mouthpiece
