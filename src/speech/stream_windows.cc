#include "speech/stream_windows.h"

#include <exception>
#include <span>
#include <utility>
#include <vector>

#include "media/speech_reader.h"
#include "mouthpiece/error.h"
#include "speech/feature_encoder.h"
#include "speech/speech.h"
#include "speech/speech_stream_end.h"

namespace mouthpiece {
namespace {

constexpr int64_t kMostAhead = int64_t{10} * kFeatureRate;
// Samples that are waited for at a time: half a frame.
constexpr size_t kPiece = 320;

}  // namespace

StreamWindows::StreamWindows(std::shared_ptr<SpeechStream> speech, EncoderKeeper::Loan encoder,
                             Rational frame_rate, CancelToken cancel)
    : speech_(std::move(speech)),
      encoder_(std::move(encoder)),
      frame_rate_(frame_rate),
      cancel_(cancel),
      rows_(kFeatureValues, kMostAhead),
      thread_([this] {
        try {
          Encode();
        } catch (...) {
          rows_.Fail(std::current_exception());
        }
        SpeechStreamEnd::Leave(*speech_);
      }) {}

StreamWindows::~StreamWindows() {
  Stop();
  thread_.join();
}

void StreamWindows::Stop() {
  SpeechStreamEnd::Leave(*speech_);
  rows_.Stop();
}

void StreamWindows::Encode() {
  media::SpeechReader reader(speech_->sample_rate(), [this](std::span<float> samples) {
    return SpeechStreamEnd::Take(*speech_, samples, cancel_);
  });
  FeatureEncoder encoder(*encoder_);
  std::vector<float> piece(kPiece);
  std::vector<float> rows;
  int64_t samples = 0;
  for (bool is_over = false; !is_over;) {
    cancel_.ThrowIfCancelled();
    // A call of the network costs the same for one row as for many: all that is there is heard
    // first.
    size_t heard = 0;
    do {
      const size_t count = reader.Read(piece);
      is_over = count == 0;
      if (!is_over) encoder.Push(std::span<const float>(piece).first(count));
      heard += count;
    } while (!is_over && heard < kSpeechPiece && SpeechStreamEnd::is_ready(*speech_));
    samples += static_cast<int64_t>(heard);
    if (samples == 0) {
      throw Error(ErrorCode::kInvalidArgument,
                  "audio: expected one sample or more before its end, found none");
    }
    {
      const StageTimer::Scope scope(busy_);
      if (is_over) encoder.Finish();
      rows.resize(static_cast<size_t>(encoder.ready() * kFeatureValues));
      encoder.Pull(rows);
    }
    if (!rows.empty() && !rows_.Append(rows)) return;
  }
  rows_.EndFrames(SpeechFrameCount(samples, frame_rate_));
  rows_.Finish();
}

}  // namespace mouthpiece
