/// What a run leaves behind, as the commands read it.
module Mtrl.Cli.RunFolder

open System.IO
open MtrlFunctional
open Mtrl.Statistics

/// The records of `metrics.jsonl`. A torn last line, as after kill -9, is left out.
let records (folder: string) =
    let file = Path.Combine(folder, "metrics.jsonl")

    if not (Directory.Exists folder) then
        raise (MtrlException $"{folder}: no such folder. A run is <base>/<name>/seed-<seed>.")

    if not (File.Exists file) then
        raise (MtrlException $"{file}: not found, so {folder} is no run, or it has not begun.")

    File.ReadLines file |> Seq.choose RunRecord.parse |> Seq.toList

/// "mt10/seed-1", whatever the path looks like.
let title (folder: string) =
    let full = DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath folder))

    match full.Parent with
    | null -> full.Name
    | parent -> $"{parent.Name}/{full.Name}"
