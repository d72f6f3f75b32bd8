"""How the mouth's five parameters lie in a feature row.

The generator sees a row's 512 values as two maps of 16x16. Each 2x2 cells of the two hold all five
parameters, so every place of the picture can read them. The mouth at rest is a row of zeros, which is
also what the generator gets where there is no audio.
"""

import numpy as np

ROW = 512
ROWS = 16
CENTER = 8  # of the window's rows, the one that belongs to the frame
PATTERN = ((0, 1, 2, 3), (4, 0, 2, 1))  # parameter in each cell of a 2x2 tile, for each map


def matrix():
    """[5, 512] of zeros and ones."""
    maps = np.zeros((5, 2, 16, 16), np.float32)
    for index, tile in enumerate(PATTERN):
        for cell, parameter in enumerate(tile):
            maps[parameter, index, cell // 2::2, cell % 2::2] = 1
    return maps.reshape(5, ROW)


def windows(track, frames):
    """Windows [len(frames), 32, 16, 16] of a track [T, 5] as the generator reads them."""
    padded = np.pad(track, ((CENTER, ROWS), (0, 0)))
    rows = np.stack([padded[frame:frame + ROWS] for frame in frames])
    return (rows @ matrix()).reshape(-1, 32, 16, 16)
