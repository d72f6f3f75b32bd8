// What a render will do, worked out before any of it is done.
#ifndef MOUTHPIECE_RENDER_PLAN_H_
#define MOUTHPIECE_RENDER_PLAN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mouthpiece/avatar.h"
#include "mouthpiece/options.h"
#include "sink/output_plan.h"
#include "sink/sink.h"
#include "speech/drive.h"
#include "store/frame_store.h"

namespace mouthpiece {

/// What there is to say of a plan.
struct PlanMessage {
  std::string text;  ///< One line
  bool is_warning = false;
};

/// Of the machine's memory, what the store and the sink may take is settled here: the store gets
/// what the program and the encoder leave of the budget, the sink what the store leaves.
struct RenderPlan {
  FrameRange job_frames;              ///< Of the whole job
  FrameSequence sequence;             ///< Of this render, which may be a shard; its size may be 0
  StoreOptions store;                 ///< `store.mode` is settled
  std::string cache_reason;           ///< Why `auto` took it; empty when asked for
  uint64_t alpha_budget = 0;          ///< Bytes of alpha that may be kept, if any is needed
  uint64_t sink_budget = 0;           ///< Bytes that the sink may keep to encode faster
  std::vector<PlanMessage> messages;  ///< To be said once nothing can be refused any more
};

/// What the frames of an avatar are, as an output has to know.
StreamFormat StreamFormatOf(const Package& package);

/// Throws Error (kInvalidArgument) when the frames are not the avatar's, speech would be cut, or
/// the cache does not fit the memory budget.
RenderPlan PlanRender(const Avatar& avatar, const Machine& machine, const Job& job,
                      const OutputPlan& output, const Drive& drive);

}  // namespace mouthpiece

#endif  // MOUTHPIECE_RENDER_PLAN_H_
