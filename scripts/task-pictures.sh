#!/usr/bin/env bash
# The pictures of docs/tasks: each scripted expert on the first goal of seed 1, where all succeed,
# in 96 colours (about 20 kB each). Needs ffmpeg.
set -euo pipefail
cd "$(dirname "$0")/.."
images=docs/tasks/images
full=$(mktemp --suffix .png)
trap 'rm -f "$full"' EXIT
palette='palettegen=max_colors=96:stats_mode=single:reserve_transparent=0'

mkdir -p "$images"
for task in $(./mtrl list tasks | tail -n +2 | cut -d ' ' -f 1); do
    ./mtrl gallery "$task" --seed 1 --tile 320x240 --out "$full"
    ffmpeg -loglevel error -y -i "$full" -compression_level 100 \
        -vf "split[a][b];[a]${palette}[p];[b][p]paletteuse=dither=none" "$images/$task.png"
done
