#include "speech/speech_windows.h"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>
#include <vector>

#include "media/speech_reader.h"
#include "speech/feature_encoder.h"
#include "speech/speech.h"

namespace mouthpiece {
namespace {

constexpr int64_t kMostAhead = int64_t{10} * kFeatureRate;

}  // namespace

SpeechWindows::SpeechWindows(std::shared_ptr<const media::Sound> sound, EncoderKeeper::Loan encoder,
                             int64_t first_row, CancelToken cancel)
    : sound_(std::move(sound)),
      encoder_(std::move(encoder)),
      // The last row is that of all frames behind the end, if they get the nearest.
      first_row_(std::min(first_row, FeatureRowCount(sound_->speech_samples()) - 1)),
      cancel_(cancel),
      rows_(kFeatureValues, kMostAhead),
      thread_([this] {
        try {
          Encode();
        } catch (...) {
          rows_.Fail(std::current_exception());
        }
      }) {}

SpeechWindows::~SpeechWindows() {
  rows_.Stop();
  thread_.join();
}

/// In the same pieces as all features are computed in.
void SpeechWindows::Encode() {
  media::SpeechReader reader(sound_);
  FeatureEncoder encoder(*encoder_);
  std::vector<float> samples(kSpeechPiece);
  std::vector<float> rows;
  int64_t done = 0;
  for (bool is_over = false; !is_over;) {
    cancel_.ThrowIfCancelled();
    rows.clear();
    {
      const StageTimer::Scope scope(busy_);
      const size_t count = reader.Read(samples);
      is_over = count == 0;
      if (is_over) {
        encoder.Finish();
      } else {
        encoder.Push(std::span<const float>(samples).first(count));
      }
      // The row before the first that is wanted is made too: the last one repeats it.
      if (done + encoder.ready() < first_row_) {
        const int64_t skipped = encoder.Skip();
        rows_.Skip(skipped);
        done += skipped;
      } else {
        rows.resize(static_cast<size_t>(encoder.ready() * kFeatureValues));
        done += encoder.Pull(rows);
      }
    }
    if (!rows.empty() && !rows_.Append(rows)) return;
  }
  rows_.Finish();
}

}  // namespace mouthpiece
