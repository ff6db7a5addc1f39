#!/usr/bin/env bash
# The pictures of docs/tasks: each scripted expert at its success with the first goal of seed 1, with
# which none fails, in 96 colours (about 8 kB each). Needs ffmpeg.
set -euo pipefail
cd "$(dirname "$0")/.."
images=docs/tasks/images
full=$(mktemp --suffix .png)
trap 'rm -f "$full"' EXIT
palette='palettegen=max_colors=96:stats_mode=single:reserve_transparent=0'

mkdir -p "$images"
for task in $(./mtrl list tasks | cut -d ' ' -f 1); do
    ./mtrl demo "$task" --plain --seed 1 --camera close --size 320x240 --picture "$full"
    ffmpeg -loglevel error -y -i "$full" -compression_level 100 \
        -vf "split[a][b];[a]${palette}[p];[b][p]paletteuse=dither=none" "$images/$task.png"
done
