#include "serve/message.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/printable.h"
#include "mouthpiece/error.h"
#include "serve/flat_json.h"

namespace mouthpiece::serve {
namespace {

constexpr size_t kMostToken = 256;
constexpr size_t kMostUtterance = 64;
constexpr int64_t kMostTicks = int64_t{1} << 53;  // what JavaScript counts

[[noreturn]] void Fail(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, "message: " + Printable(message));
}

template <typename T>
T Needed(std::optional<T> value, const char* name) {
  if (!value) Fail(std::string("expected ") + name + ", found none");
  return *std::move(value);
}

std::optional<std::string> UtteranceOf(const FlatJson& json) {
  std::optional<std::string> name = json.Text("utterance", kMostUtterance);
  if (name) CheckUtterance(*name);
  return name;
}

Hello ReadHello(const FlatJson& json) {
  const std::string video = json.Text("video", 16).value_or("h264");
  if (video != "h264" && video != "mse") Fail("video: expected h264 or mse, found " + video);
  return {json.Text("token", kMostToken).value_or(""), video == "mse"};
}

Speak ReadSpeak(const FlatJson& json) {
  return {Needed(UtteranceOf(json), "utterance"),
          static_cast<int>(Needed(json.Integer("rate", kSlowestRate, kFastestRate), "rate"))};
}

Say ReadSay(const FlatJson& json) {
  Say say = {Needed(UtteranceOf(json), "utterance"),
             Needed(json.Text("text", kMostTextBytes), "text")};
  if (say.text.empty()) Fail("text: expected some, found none");
  return say;
}

nlohmann::json Typed(const char* type) { return {{"type", type}}; }

/// Never throws for bytes that are not UTF-8.
std::string Dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void CheckUtterance(const std::string& name) {
  const auto is_known = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.:").find(c) != std::string_view::npos;
  };
  if (name.empty() || name.size() > kMostUtterance || !std::ranges::all_of(name, is_known)) {
    Fail("utterance: expected 1 to 64 letters, digits and -_.:, found \"" + name + "\"");
  }
}

ClientMessage ReadMessage(std::string_view text) {
  const FlatJson json(text, kMostMessageBytes);
  const std::string type = Needed(json.Text("type", 16), "type");
  if (type == "hello") return ReadHello(json);
  if (type == "speak") return ReadSpeak(json);
  if (type == "say") return ReadSay(json);
  if (type == "end") return End{UtteranceOf(json)};
  if (type == "interrupt")
    return Interrupt{UtteranceOf(json), json.Integer("heard", 0, kMostTicks)};
  if (type == "playhead") {
    return Playhead{static_cast<uint32_t>(Needed(
                        json.Integer("epoch", 0, std::numeric_limits<uint32_t>::max()), "epoch")),
                    Needed(json.Integer("pts", 0, kMostTicks), "pts")};
  }
  if (type == "keyframe") return Keyframe{};
  if (type == "ping") return Ping{Needed(json.Number("t"), "t")};
  Fail("type: found \"" + type + "\"");
}

std::string ReadyText(const Ready& ready) {
  nlohmann::json json = Typed("ready");
  json["session"] = ready.session;
  json["avatar"] = ready.avatar;
  json["clock"] = live::kTickRate;
  json["frame"] = live::kFrameTicks;
  json["video"] = {{"codec", ready.codec}, {"w", ready.width}, {"h", ready.height}};
  json["audio"] = {{"codec", "pcm16"}, {"rate", live::kTickRate}};
  json["mse"] = ready.mp4;
  json["lookahead"] = ready.lookahead;
  json["tts"] = ready.tts;
  json["epoch"] = ready.epoch;
  json["pts"] = ready.now;
  return Dump(json);
}

std::string StartedText(const live::Started& started) {
  nlohmann::json json = Typed("started");
  json["utterance"] = started.utterance;
  json["pts"] = started.pts;
  return Dump(json);
}

std::string FinishedText(const live::Finished& finished) {
  nlohmann::json json = Typed("finished");
  json["utterance"] = finished.utterance;
  json["played_ms"] = finished.played / (live::kTickRate / 1000);
  json["interrupted"] = finished.interrupted;
  return Dump(json);
}

std::string FlushText(const live::Flush& flush) {
  nlohmann::json json = Typed("flush");
  json["epoch"] = flush.epoch;
  json["pts"] = flush.pts;
  return Dump(json);
}

std::string BusyText(live::Ticks queued) {
  nlohmann::json json = Typed("busy");
  json["queued_ms"] = queued / (live::kTickRate / 1000);
  return Dump(json);
}

std::string PongText(double t, live::Ticks now) {
  nlohmann::json json = Typed("pong");
  json["t"] = t;
  json["pts"] = now;
  return Dump(json);
}

std::string ErrorText(std::string_view code, std::string_view message, std::string_view utterance,
                      bool fatal) {
  nlohmann::json json = Typed("error");
  json["code"] = code;
  json["message"] = message;
  json["fatal"] = fatal;
  if (!utterance.empty()) json["utterance"] = utterance;
  return Dump(json);
}

std::string ByeText(std::string_view reason, int retry_after_s) {
  nlohmann::json json = Typed("bye");
  json["reason"] = reason;
  json["retry_after_s"] = retry_after_s;
  return Dump(json);
}

}  // namespace mouthpiece::serve
