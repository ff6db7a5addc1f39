#!/usr/bin/env bash
# The pictures of docs/tasks, with ffmpeg. Meta-World: each scripted expert on the first goal of seed 1,
# where all succeed, in 96 colours (about 20 kB each). DeepMind Control: the first start of seed 1, in 32
# colours (a few kB each). Arguments: the tasks, all without any.
set -euo pipefail
cd "$(dirname "$0")/.."
images=docs/tasks/images
full=$(mktemp --suffix .png)
trap 'rm -f "$full"' EXIT

mkdir -p "$images"
for task in ${*:-$(./mtrl list tasks | tail -n +2 | cut -d ' ' -f 1)}; do
    case $task in
        *-v3) tile=320x240 colours=96 titled= ;;
        *) tile=160x120 colours=32 titled=--untitled ;;
    esac
    palette="palettegen=max_colors=$colours:stats_mode=single:reserve_transparent=0"
    ./mtrl gallery "$task" --seed 1 --tile "$tile" $titled --out "$full"
    ffmpeg -loglevel error -y -i "$full" -compression_level 100 \
        -vf "split[a][b];[a]${palette}[p];[b][p]paletteuse=dither=none" "$images/$task.png"
done
