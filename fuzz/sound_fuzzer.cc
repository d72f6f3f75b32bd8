// Speech through the front end: any file of sound to samples, and these to mel rows.
#include <algorithm>
#include <cmath>
#include <vector>

#include "media/audio_decoder.h"
#include "media/speech_reader.h"
#include "media_format.h"
#include "memory_file.h"
#include "mouthpiece/audio.h"
#include "mutators.h"
#include "only_errors.h"

MOUTHPIECE_FUZZ_MUTATORS(mouthpiece::fuzz::kWav)

namespace mouthpiece::fuzz {
namespace {

/// Takes what rows there are.
void PullRows(MelStream& mel) {
  std::vector<float> rows(static_cast<size_t>(mel.ready() * kMelBands));
  if (rows.empty()) return;
  Require(mel.Pull(rows) == static_cast<int64_t>(rows.size() / kMelBands), "rows that are ready");
  Require(std::all_of(rows.begin(), rows.end(), [](float v) { return v >= -4 && v <= 4; }),
          "values within [-4, 4]");
}

/// Of a sound of hours, which a damaged file of a few bytes can claim, a minute.
void Hear(media::SpeechReader& reader) {
  constexpr int kMostSeconds = 60;
  MelStream mel;
  std::vector<float> second(kSpeechSampleRate);
  for (int i = 0; i < kMostSeconds; ++i) {
    const size_t count = reader.Read(second);
    if (count == 0) break;
    Require(std::all_of(second.begin(), second.begin() + static_cast<ptrdiff_t>(count),
                        [](float sample) { return std::isfinite(sample); }),
            "finite samples");
    mel.Push({second.data(), count});
    PullRows(mel);
  }
  mel.Finish();
  PullRows(mel);
  for (const std::string& line : reader.Warnings())
    Require(IsOneLine(line), "a warning is one line");
}

}  // namespace
}  // namespace mouthpiece::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mouthpiece;
  static fuzz::MemoryFile file;
  file.Write({data, size});
  fuzz::OnlyErrors([&] {
    media::SpeechReader reader(file.path());
    fuzz::Require(reader.expected_samples() >= 0, "an expectation");
    fuzz::Hear(reader);
  });
  return 0;
}
