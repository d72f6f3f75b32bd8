// Names of outputs.
#include <fuzzer/FuzzedDataProvider.h>

#include <string>

#include "mouthpiece/join.h"
#include "only_errors.h"
#include "sink/output_plan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  FuzzedDataProvider input(data, size);
  Output output;
  const auto options = input.ConsumeIntegral<uint8_t>();
  if ((options & 1) != 0) output.encode.crf = 20;
  if ((options & 2) != 0) output.encode.codec = input.ConsumeRandomLengthString(16);
  output.name = input.ConsumeRemainingBytesAsString();
  // No command line and no path holds one; control characters are the caller's own.
  for (const char c : output.name + output.encode.codec) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return 0;
  }
  fuzz::OnlyErrors([&] {
    const OutputPlan plan = PlanOutput(output);
    fuzz::Require(!plan.kind.empty() && plan.open != nullptr, "a plan can be opened");
    if (!plan.pattern) return;
    const std::string first = plan.pattern->NameOf(0);
    fuzz::Require(first != plan.pattern->NameOf(1), "each picture has a name of its own");
    fuzz::Require(first.find('/') == std::string::npos, "a picture lies in its folder");
    fuzz::Require(plan.pattern->NameOf(1000000007).find("1000000007") != std::string::npos,
                  "a picture shows its number");
  });
  fuzz::OnlyErrors([&] { PlanShardedOutput(output.name); });
  return 0;
}
