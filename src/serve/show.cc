#include "serve/show.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "mouthpiece/error.h"
#include "serve/packet.h"

namespace mouthpiece::serve {
namespace {

using Steady = std::chrono::steady_clock;

constexpr live::Ticks kNever = int64_t{1} << 60;

live::SessionOptions SessionOptionsOf(const ShowOptions& options, std::function<void()> wake) {
  live::SessionOptions session;
  session.lookahead = options.lookahead;
  session.idle_pictures = false;
  session.admission = live::Admission::kNever;  // Admission counts encoding, too
  session.wake = std::move(wake);
  return session;
}

std::shared_ptr<const std::vector<uint8_t>> Shared(std::vector<uint8_t> bytes) {
  return std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
}

size_t IndexOf(Form form) { return static_cast<size_t>(form); }

}  // namespace

Show::Show(ShowOptions options, std::shared_ptr<const ServedAvatar> avatar, const Stagehands& hands,
           std::unique_ptr<Admission::Grant> grant)
    : options_(std::move(options)),
      avatar_(std::move(avatar)),
      hands_(hands),
      origin_(hands.clock->Now() + live::SessionOptions().settled_ahead -
              live::kFirstFrame * live::kFrameTicks),
      // The pump is kept: a frame that is rendered when the session goes may wake it later.
      session_(avatar_->stage, hands.clock,
               SessionOptionsOf(options_, [pump = hands.pump, self = this] { pump->Wake(self); })),
      speech_(session_, hands.admission, std::move(grant)),
      video_(avatar_, options_.bitrate, hands.metrics),
      alone_since_(Steady::now()) {}

Show::~Show() = default;

ShowStatus Show::status() const {
  const live::SessionStats stats = session_.stats();
  const std::lock_guard lock(mutex_);
  return {.avatar = avatar_->name,
          .speaking = !stats.utterance.empty() || stats.queued > 0,
          .queued = stats.queued,
          .epoch = stats.epoch,
          .utterance = stats.utterance,
          .played = stats.played,
          .viewers = static_cast<int>(viewers_.size() + joining_.size()),
          .unfinished = speech_.unfinished(),
          .bytes = stats.bytes + speech_.bytes()};
}

live::Interrupted Show::Interrupt(const std::optional<std::string>& utterance,
                                  std::optional<live::Ticks> heard) {
  constexpr std::chrono::milliseconds kOld{500};
  if (!heard) {
    const std::lock_guard lock(mutex_);
    const auto age = Steady::now() - playhead_time_;
    if (playhead_ && age < kOld && playhead_->epoch == session_.stats().epoch) {
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(age).count();
      heard = playhead_->pts + live::Milliseconds(ms);
    }
  }
  live::Interrupted interrupted = speech_.Interrupt(utterance, heard);
  Wake();
  return interrupted;
}

void Show::Hear(const Playhead& playhead) {
  const std::lock_guard lock(mutex_);
  playhead_ = playhead;
  playhead_time_ = Steady::now();
}

void Show::OnFinished(const std::string& utterance,
                      std::function<void(const live::Finished&)> done) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      waiting_[utterance].push_back(std::move(done));
      return;
    }
  }
  done({utterance, 0, true});
}

void Show::Join(const std::shared_ptr<Viewer>& viewer) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) joining_.push_back(viewer);
  }
  if (closed_) {
    viewer->Part("the session has ended", 0);
    return;
  }
  Wake();
}

void Show::Leave(const Viewer* viewer) {
  const std::lock_guard lock(mutex_);
  const auto is_it = [viewer](const auto& other) { return other.get() == viewer; };
  const size_t left = std::erase_if(joining_, is_it) + std::erase_if(viewers_, is_it);
  if (left > 0 && !HasAudience()) alone_since_ = Steady::now();
}

void Show::WantKey() { wants_key_ = true; }

std::optional<Show::Time> Show::alone_since() const {
  const std::lock_guard lock(mutex_);
  if (HasAudience()) return std::nullopt;
  return alone_since_;
}

bool Show::HasAudience() const {
  const auto is_audience = [](const auto& viewer) { return viewer->is_audience(); };
  return std::ranges::any_of(joining_, is_audience) || std::ranges::any_of(viewers_, is_audience);
}

void Show::Close(const std::string& reason, int retry_after_s) {
  if (closed_.exchange(true)) return;
  hands_.pump->Remove(this);
  std::vector<std::shared_ptr<Viewer>> parting;
  decltype(waiting_) waiting;
  {
    const std::lock_guard lock(mutex_);
    parting = std::exchange(viewers_, {});
    parting.insert(parting.end(), joining_.begin(), joining_.end());
    joining_.clear();
    waiting = std::exchange(waiting_, {});
  }
  for (const std::shared_ptr<Viewer>& viewer : parting) viewer->Part(reason, retry_after_s);
  for (const auto& [utterance, all] : waiting) {
    for (const auto& done : all) done({utterance, 0, true});
  }
}

live::Ticks Show::Turn() noexcept {
  try {
    std::vector<std::shared_ptr<Viewer>> joining;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return kNever;
      joining = std::exchange(joining_, {});
      // At once, so that who leaves meanwhile is found. Only this thread gives them anything.
      viewers_.insert(viewers_.end(), joining.begin(), joining.end());
    }
    if (!joining.empty()) Welcome(joining);
    if (wants_key_.exchange(false)) video_.WantKey();
    speech_.Feed(avatar_->frame_ms());
    TellOfNeverBegun();
    while (std::optional<live::Output> output = session_.Poll()) {
      std::visit([this](const auto& what) { Handle(what); }, *output);
      // At once: where encoding is slower than time passes, there is always one more.
      if (std::holds_alternative<live::Piece>(*output)) {
        TakeSettled();
        Deliver();
      }
      if (closed_) return kNever;
    }
    Count();
    // What was played made room, or ended what the next utterance waited for.
    speech_.Feed(avatar_->frame_ms());
    TakeSettled();
    Deliver();
    live::Ticks next = session_.next_poll();
    if (settled_ && settled_->due()) next = std::min(next, origin_ + *settled_->due());
    return next;
  } catch (const std::exception& error) {
    try {
      Tell(ErrorText("internal", error.what(), {}, true));
      Deliver();
      Close("internal", 1);
    } catch (const std::exception&) {
      closed_ = true;  // no memory for last words
    }
    return kNever;
  }
}

void Show::Welcome(const std::vector<std::shared_ptr<Viewer>>& joining) {
  const Ready ready = {.session = options_.id,
                       .avatar = avatar_->name,
                       .codec = avatar_->headers.codec,
                       .mp4 = media::LiveMp4::TypeOf(avatar_->headers),
                       .width = avatar_->headers.width,
                       .height = avatar_->headers.height,
                       .lookahead = options_.lookahead,
                       .tts = options_.tts,
                       .epoch = session_.stats().epoch,
                       .now = Now()};
  for (const std::shared_ptr<Viewer>& viewer : joining) {
    std::vector<Outgoing> first;
    const bool is_told = viewer->form != Form::kFile && viewer->form != Form::kSettled;
    if (is_told) first.push_back(OutgoingText(ReadyText(ready)));
    if (viewer->form == Form::kPackets) {
      first.insert(first.end(), cached_run_.begin(), cached_run_.end());
      if (cached_run_.empty()) video_.WantKey();
    } else if (viewer->form != Form::kEvents) {
      if (!settled_) settled_.emplace();
      if (viewer->form != Form::kSettled) {
        if (mp4_ == nullptr) mp4_ = std::make_unique<Mp4Track>(avatar_->headers);
        if (mp4_->init() != nullptr) {
          first.push_back({Content::kMp4Beginning, viewer->form == Form::kPieces
                                                       ? Mp4Packet(*mp4_->init(), 0, 0)
                                                       : Shared(*mp4_->init())});
        }
      }
      video_.WantKey();
    }
    viewer->Take(first);
  }
}

void Show::Count() {
  const live::SessionStats now = session_.stats();
  hands_.metrics.late_frames += now.late_frames - counted_.late_frames;
  hands_.metrics.idle_frames += now.idle_frames - counted_.idle_frames;
  hands_.metrics.speaking_frames += now.speaking_frames - counted_.speaking_frames;
  counted_ = now;
}

bool Show::HasViewers(Form form) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(viewers_, [form](const auto& viewer) { return viewer->form == form; });
}

void Show::Handle(const live::Piece& piece) {
  if (piece.first) {
    if (const auto beginning = speech_.TakeBeginning()) {
      hands_.metrics.first_frame.Add(
          std::chrono::duration<double>(Steady::now() - *beginning).count());
    }
  }
  const bool packets = HasViewers(Form::kPackets);
  const bool mp4 = HasViewers(Form::kPieces) || HasViewers(Form::kFile);
  const bool settled = mp4 || HasViewers(Form::kSettled);
  if (!mp4) mp4_.reset();
  if (!settled) settled_.reset();
  if (piece.idle && piece.sound.empty()) speech_.BeSilent();
  if (!packets && !settled) {
    video_.Skip();
    cached_run_.clear();
    return;
  }
  const auto flags = static_cast<uint8_t>(
      (piece.idle ? kIdleFlag : 0) | (piece.first ? kFirstFlag : 0) | (piece.last ? kLastFlag : 0));
  std::vector<Outgoing>& coming = coming_[IndexOf(Form::kPackets)];
  if (!piece.sound.empty()) {
    const PacketHeader header = {PacketKind::kSound, flags, piece.epoch, piece.seq, 0, piece.pts};
    coming.push_back(
        {Content::kSound, Shared(MakePacket(header, BytesOf(piece.sound))), piece.epoch});
  }
  const live::Ticks late = Now() - piece.pts;
  hands_.metrics.skew.Add(
      std::max(0.0, static_cast<double>(late + session_.options().ahead) / live::kTickRate));
  // A picture that would come when it is over is not made; the one before it stays.
  const bool is_over = late > piece.duration && !piece.skipped;
  if (is_over) ++hands_.metrics.late_frames;
  const std::optional<VideoTrack::Shown> shown = video_.Show(piece, is_over);
  if (shown) {
    const bool key = shown->unit->key;
    const PacketHeader header = {PacketKind::kVideo,
                                 static_cast<uint8_t>(flags | (key ? kKeyFlag : 0)),
                                 piece.epoch,
                                 piece.seq,
                                 0,
                                 piece.pts};
    const Outgoing packet = {Content::kVideo, Shared(MakePacket(header, shown->unit->bytes)),
                             piece.epoch, key};
    if (key || !shown->is_cached) cached_run_.clear();
    if (shown->is_cached && (key || !cached_run_.empty())) cached_run_.push_back(packet);
    coming.push_back(packet);
  } else {
    cached_run_.clear();
  }
  if (settled_) settled_->Add(piece, shown ? shown->unit : nullptr);
}

void Show::Handle(const live::Started& started) { Tell(StartedText(started)); }

void Show::Handle(const live::Finished& finished) {
  speech_.Forget(finished.utterance);
  ++hands_.metrics.utterances;
  if (finished.interrupted) ++hands_.metrics.interrupted;
  Tell(FinishedText(finished));
  std::vector<std::function<void(const live::Finished&)>> all;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(finished.utterance);
    if (found == waiting_.end()) return;
    all = std::move(found->second);
    waiting_.erase(found);
  }
  for (const auto& done : all) done(finished);
}

void Show::Handle(const live::Flush& flush) {
  const std::string text = FlushText(flush);
  for (const Form form : {Form::kEvents, Form::kPackets, Form::kPieces}) {
    Outgoing item = OutgoingText(text);
    item.content = Content::kFlush;
    item.epoch = flush.epoch;
    // What this turn has made of older epochs does not even get to the queue.
    std::vector<Outgoing>& coming = coming_[IndexOf(form)];
    std::erase_if(coming, [&](const Outgoing& other) {
      const bool has_epoch = other.content == Content::kVideo || other.content == Content::kSound;
      return has_epoch && other.epoch < flush.epoch;
    });
    coming.push_back(std::move(item));
  }
  video_.Skip();
  cached_run_.clear();
  if (settled_) settled_->Flush(flush.pts);
}

void Show::Handle(const live::Busy& busy) { Tell(BusyText(busy.queued)); }

void Show::Tell(const std::string& text) {
  const Outgoing item = OutgoingText(text);
  for (const Form form : {Form::kEvents, Form::kPackets, Form::kPieces}) {
    coming_[IndexOf(form)].push_back(item);
  }
}

void Show::TellOfNeverBegun() {
  for (const NeverBegun& never : speech_.TakeNeverBegun()) {
    if (!never.code.empty()) {
      Tell(ErrorText(never.code, never.message, never.name));
      if (never.code == "limit") ++hands_.metrics.refused;
    }
    Handle(live::Finished{never.name, 0, true});
  }
}

std::shared_ptr<const std::vector<uint8_t>> Show::Mp4Packet(const std::vector<uint8_t>& bytes,
                                                            live::Ticks pts, uint8_t flags) {
  return Shared(MakePacket({PacketKind::kMp4, flags, 0, mp4_seq_++, 0, pts}, bytes));
}

void Show::TakeSettled() {
  if (!settled_) return;
  for (Settled& taken : settled_->Take(Now())) {
    if (mp4_ != nullptr) AddMp4(taken);
    const bool key = taken.unit != nullptr && taken.unit->key;
    coming_[IndexOf(Form::kSettled)].push_back(
        {Content::kSettled, nullptr, 0, key, std::make_shared<const Settled>(std::move(taken))});
  }
}

void Show::AddMp4(const Settled& settled) {
  const bool had_init = mp4_->init() != nullptr;
  std::vector<uint8_t> bytes = mp4_->Write(settled);
  if (bytes.empty()) return;
  std::vector<Outgoing>& pieces = coming_[IndexOf(Form::kPieces)];
  std::vector<Outgoing>& file = coming_[IndexOf(Form::kFile)];
  if (!had_init) {
    pieces.push_back({Content::kMp4Beginning, Mp4Packet(*mp4_->init(), 0, 0)});
    file.push_back({Content::kMp4Beginning, Shared(*mp4_->init())});
  }
  const bool key = settled.unit != nullptr && settled.unit->key;
  pieces.push_back(
      {Content::kMp4, Mp4Packet(bytes, settled.pts, key ? kKeyFlag : uint8_t{0}), 0, key});
  file.push_back({Content::kMp4, Shared(std::move(bytes)), 0, key});
}

void Show::Deliver() {
  std::vector<std::shared_ptr<Viewer>> viewers;
  {
    const std::lock_guard lock(mutex_);
    viewers = viewers_;
  }
  for (const std::shared_ptr<Viewer>& viewer : viewers) {
    const std::vector<Outgoing>& coming = coming_[IndexOf(viewer->form)];
    if (!coming.empty()) viewer->Take(coming);
  }
  for (std::vector<Outgoing>& coming : coming_) coming.clear();
}

}  // namespace mouthpiece::serve
