// What networks take and give, and whether that is what is expected of them: the same words whoever
// read the file.
#ifndef MOUTHPIECE_NETWORK_PORTS_H_
#define MOUTHPIECE_NETWORK_PORTS_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mouthpiece {

/// An input or output.
struct Port {
  std::string type;                           ///< "f32"
  std::optional<std::vector<int64_t>> sizes;  ///< Below 0: any. None: any number of them
};

/// "inputs [?,6,320,320] f32, [?,32,16,16] f32; outputs [?,3,320,320] f32"
std::string DescribePorts(const std::vector<Port>& inputs, const std::vector<Port>& outputs);

/// Which are a generator's: indexes.
struct GeneratorPorts {
  size_t visual = 0;
  size_t audio = 0;
  size_t output = 0;
};

/// Throws Error (kBadPackage) naming the file, what was expected and what was found, unless there
/// are two inputs, [N,6,S,S] and [N,a,b,c], and one output [N,3,S,S] among others, all of float32.
GeneratorPorts FindGeneratorPorts(const std::filesystem::path& path,
                                  const std::vector<Port>& inputs,
                                  const std::vector<Port>& outputs);

/// Throws Error (kBadPackage) likewise unless the one input is [N,1,80,16] and the one output
/// [N,512], both of float32.
void RequireEncoderPorts(const std::filesystem::path& path, const std::vector<Port>& inputs,
                         const std::vector<Port>& outputs);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_NETWORK_PORTS_H_
