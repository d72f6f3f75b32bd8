// What is in a file of speech, for people and programs.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "media/audio_tracks.h"
#include "media/speech_reader.h"
#include "mouthpiece/audio.h"
#include "mouthpiece/error.h"
#include "mouthpiece/inspect.h"
#include "speech/speech.h"

namespace mouthpiece {
namespace {

using nlohmann::ordered_json;

std::string SecondsText(double seconds) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f s", seconds);
  return text;
}

/// Of all tracks, the one that is heard.
void Listen(int track, SoundReport& report) {
  media::SpeechReader reader(report.path, track);
  std::vector<float> second(kSpeechSampleRate);
  int64_t samples = 0;
  while (const size_t count = reader.Read(second)) samples += static_cast<int64_t>(count);
  report.speech_samples = samples;
  report.frame_count = SpeechFrameCount(samples, {25, 1});
  for (const std::string& warning : reader.Warnings()) report.warnings.push_back(warning);
}

std::string LineOf(const AudioTrackReport& track) {
  std::string text = "  track " + std::to_string(track.number) +
                     (track.is_heard ? " (heard): " : ": ") + track.codec + ", " +
                     std::to_string(track.sample_rate) + " Hz, " + track.layout;
  if (track.duration_s > 0) text += ", " + SecondsText(track.duration_s);
  if (track.start_s > 0) text += ", begins at " + SecondsText(track.start_s);
  if (!track.language.empty()) text += ", language " + track.language;
  if (!track.title.empty()) text += ", \"" + track.title + "\"";
  return text + "\n";
}

}  // namespace

SoundReport InspectSound(const std::filesystem::path& path, int track) {
  SoundReport report;
  report.path = path;
  try {
    int number = 0;
    for (const AudioTrackProperties& found : ReadAudioTracks(path)) {
      const bool is_heard = ++number == track || (track == 0 && found.is_best);
      report.tracks.push_back({number, found.codec, found.sample_rate, found.channels, found.layout,
                               found.language, found.title, found.start_s, found.duration_s,
                               is_heard});
    }
    Listen(track, report);
  } catch (const Error& error) {
    report.problems.emplace_back(error.what());
  }
  return report;
}

std::string ReportToText(const SoundReport& report) {
  std::string text = report.path.string() + ": " +
                     SecondsText(static_cast<double>(report.speech_samples) / kSpeechSampleRate) +
                     " of sound, " + std::to_string(report.frame_count) +
                     " frames at 25 a second\n";
  for (const AudioTrackReport& track : report.tracks) text += LineOf(track);
  for (const std::string& warning : report.warnings) text += "warning: " + warning + "\n";
  for (const std::string& problem : report.problems) text += "problem: " + problem + "\n";
  return text;
}

std::string ReportToJson(const SoundReport& report) {
  ordered_json json = {{"schema", "mouthpiece.inspect_sound/1"},
                       {"path", report.path.string()},
                       {"speech_samples", report.speech_samples},
                       {"frame_count", report.frame_count}};
  json["tracks"] = ordered_json::array();
  for (const AudioTrackReport& track : report.tracks) {
    json["tracks"].push_back({{"number", track.number},
                              {"heard", track.is_heard},
                              {"codec", track.codec},
                              {"sample_rate", track.sample_rate},
                              {"channels", track.channels},
                              {"layout", track.layout},
                              {"language", track.language},
                              {"title", track.title},
                              {"start_s", track.start_s},
                              {"duration_s", track.duration_s}});
  }
  json["warnings"] = report.warnings;
  json["problems"] = report.problems;
  // Paths and titles need not be UTF-8; JSON must be.
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace mouthpiece
