"""`python -m mouthpiece` is the command `mouthpiece`."""

from _mouthpiece_command import main

main()
