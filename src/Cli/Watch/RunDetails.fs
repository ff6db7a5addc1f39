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

let private conflicts (folder: RunFolder) =
    try
        List.ofSeq (ConflictsLog.Newest folder.ConflictsFile)
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
