// Networks from ONNX to the fused engine's plan, with weights that lie beside them, too.
#include <array>

#include "infer/fused/plan.h"
#include "infer/openvino/read_network.h"
#include "memory_file.h"
#include "mutators.h"
#include "network/external_weights.h"
#include "network/read_onnx_network.h"
#include "only_errors.h"
#include "protobuf_format.h"

MOUTHPIECE_FUZZ_MUTATORS(mouthpiece::fuzz::kProtobuf)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  static fuzz::MemoryFile file("generator.onnx");
  static fuzz::MemoryFile weights("weights.bin");
  static const bool has_weights = [] {
    constexpr std::array<uint8_t, 1024> kZeros{};
    weights.Write(kZeros);
    return true;
  }();
  if (!has_weights) return 0;
  file.Write({data, size});
  fuzz::OnlyErrors([&] { RequireExternalWeights(file.path()); });
  for (const NetworkReader read : {ReadOnnxNetwork, ReadNetworkWithOpenVino}) {
    fuzz::OnlyErrors([&] {
      const NetworkReading reading = read(file.path());
      fuzz::Require(reading.network.has_value() != !reading.obstacle.empty(),
                    "a network or a reason");
      if (!reading.network) {
        fuzz::Require(fuzz::IsOneLine(reading.obstacle), "a reason is one line");
        return;
      }
      const fused::Planning planning = fused::MakePlan(*reading.network);
      fuzz::Require(planning.plan.has_value() != !planning.obstacle.empty(), "a plan or a reason");
    });
  }
  return 0;
}
