#!/usr/bin/env bash
# The moving picture of the README, with ffmpeg: the first episode of policy:mt10 in its ten tasks, until all
# have succeeded, at half the speed of the robot, in 128 colours.
set -euo pipefail
cd "$(dirname "$0")/.."
film=$(mktemp --suffix .mp4)
trap 'rm -f "$film"' EXIT

./mtrl video policy:mt10 --episodes 1 --size 240x180 --out "$film"
ffmpeg -loglevel error -y -t 1.25 -i "$film" -filter_complex \
    "setpts=2*PTS,fps=10,tpad=stop_mode=clone:stop_duration=1,split[a][b];[a]palettegen=max_colors=128[p];[b][p]paletteuse=dither=none:diff_mode=rectangle" \
    -loop 0 docs/pictures/mt10-policy.gif
