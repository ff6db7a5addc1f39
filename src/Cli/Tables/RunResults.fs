/// What the folder of a run has recorded.
module Mtrl.Cli.Tables.RunResults

open MtrlFunctional
open MtrlFunctional.Storage
open Mtrl.Experiments
open Mtrl.Statistics

/// A line of the metrics, as the core's statistics take it.
let record (r: MetricsRecord) : RunRecord = {
    Mode = r.Mode
    Step = float r.Step
    Numbers = Map [ for value in r.Values -> value.Key, value.Value ]
}

/// The experiment of a run; a configuration that is no longer read is the user's to mend.
let experimentOf (folder: RunFolder) =
    match Experiment.load (folder.ReadConfig()) with
    | Ok experiment -> experiment
    | Error mistakes ->
        let why = mistakes |> List.map string |> String.concat " "
        raise (MtrlException $"{folder.ConfigFile}: {why}")

/// What results must not be compared without: agent, fidelity with its exceptions, and these keys.
let facts keys (e: Experiment) =
    let values = Map(Experiment.values e)

    [
        "agent", e.Choices.Agent.Name
        "fidelity", Choices.nameOf Choices.fidelities e.Choices.Fidelity
        for switch, value in Experiment.switched e do
            switch, ValueText.print value
        for key in keys do
            match Map.tryFind key values with
            | Some value -> key, ValueText.print value
            | None -> ()
    ]

/// The keys that decide what an environment and its evaluation are.
let environmentKeys = [
    "env.name"
    "env.reward_version"
    "env.horizon"
    "env.goals"
    "env.goal_selection"
    "experiment.num_eval_episodes"
]
