// Prints the instruction sets of this CPU, one a line: what MOUTHPIECE_INSTRUCTION_SET may be.
#include <iostream>

#include "base/instruction_set.h"

int main() {
  for (const mouthpiece::InstructionSet set : mouthpiece::CpuInstructionSets()) {
    std::cout << mouthpiece::NameOf(set) << '\n';
  }
}
