"""The programs that are compared, and how each is asked."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Side:
    """One of the programs that are compared."""
    name: str
    program: str  # slow, cached or mouthpiece
    options: tuple = ()
    frames: tuple = ()  # its own range, where it differs from that of the others


SLOW = Side("slow", "slow")
CACHED = Side("cached", "cached")
# In the Python pipelines' own precision, and as it comes: in bf16 where the machine has it.
SAME_PRECISION = Side("mouthpiece f32", "mouthpiece", ("--precision", "f32"))
AS_IT_COMES = Side("mouthpiece", "mouthpiece")
# Loads no more pictures than it shows, for where loading is not what is measured.
CACHED_BRIEFLY = Side("cached", "cached", ("--needed-only",))
# Mouthpiece's, with the precisions that each may have.
ENGINES = ("fused f32", "fused bf16", "fused int8", "openvino f32", "openvino bf16")
# Over the avatar once, beside a run that goes over it several times.
FIRST_PASS = "mouthpiece, first pass"
