/// Details of a run: its configuration as a list of keys, newest conflicts, newest video.
module MtrlFunctional.Cli.Watch.RunDetails

open System.Collections.Generic
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Play
open MtrlFunctional.Cli.Results

let private ofFolder (folder: RunFolder) =
    try
        Experiment.entries (folder.ReadConfig())
    with :? MtrlException -> []

/// Read of the end of `conflicts.jsonl`; a line of fifty tasks has about 10 kB.
let private tailBytes = 1 <<< 18

let private moment (line: ReadOnlyMemory<byte>) =
    try
        use json = JsonDocument.Parse line
        let root = json.RootElement
        let number (name: string) = root.GetProperty(name).GetDouble()

        let value (cosine: JsonElement) =
            if cosine.ValueKind = JsonValueKind.Null then
                nan
            else
                cosine.GetDouble()

        Some {
            Part = string (root.GetProperty("part").GetString())
            Step = number "step"
            Update = number "update"
            Cosines = [|
                for cosine in root.GetProperty("cosines").EnumerateArray() -> value cosine
            |]
        }
    with
    | :? JsonException
    | :? InvalidOperationException
    | :? KeyNotFoundException -> None

/// The newest moment of each part.
let conflicts (folder: RunFolder) =
    try
        AppendedLines.Last(folder.Path, "conflicts.jsonl", tailBytes)
        |> Seq.rev
        |> Seq.truncate 16
        |> Seq.choose moment
        |> Seq.distinctBy _.Part
        |> Seq.sortBy _.Part
        |> Seq.toList
    with :? MtrlException -> []

/// Names of the tasks among the texts of a mode, `env_index_<i>`.
let private tasksOf (texts: IReadOnlyDictionary<string, string>) =
    let rec from i =
        match texts.TryGetValue $"{RunRecord.Task}{i}" with
        | true, task -> task :: from (i + 1)
        | _ -> []

    from 0

/// The details of a run; `texts`: the texts of its metrics, by mode.
let read (texts: IReadOnlyDictionary<string, Dictionary<string, string>>) (folder: RunFolder) =
    let tasks = [ for mode in texts -> mode.Key, tasksOf mode.Value ]

    {
        Tasks = tasks
        Configuration = ofFolder folder
        Conflicts = conflicts folder
        Plays = tasks |> List.exists (snd >> List.exists PlayPolicy.isOfPage)
        Video = RunVideos.newest folder
    }
