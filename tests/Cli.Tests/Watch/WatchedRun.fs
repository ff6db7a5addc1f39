/// Folders of runs for tests of the live page, without training.
module MtrlFunctional.Cli.Tests.Watch.WatchedRun

open System.IO
open System.Net
open MtrlFunctional.Cli.Watch
open MtrlFunctional.Cli.Tests

/// Adds lines to the metrics of a run as a training process does.
let append (run: string) (lines: string list) =
    File.AppendAllText(
        Path.Combine(run, "metrics.jsonl"),
        lines |> List.map (fun line -> line + "\n") |> String.concat ""
    )

/// A line of training of ten tasks, a minute after the line before.
let train (step: int) (success: float) =
    $"""{{"mode":"train","step":{step},"duration":60,"processor_seconds":120,"success":{success},"episode_reward":{10.0 * success},"critic_loss":0.5,"success_env_index_0":{success},"env_index_0":"reach-v3"}}"""

/// An evaluation of ten tasks.
let evaluation (step: int) (success: float) =
    $"""{{"mode":"eval","step":{step},"success":{success},"episode_reward":{10.0 * success},"success_env_index_0":{success},"success_at_end_env_index_0":0.25,"env_index_0":"reach-v3"}}"""

/// A run in a folder, with a configuration and some metrics; returns its path.
let make (folder: string) (name: string) words =
    let run = Path.Combine(folder, name)
    SmallRun.untrained run words
    append run [ evaluation 0 0.0; train 150 0.25; evaluation 300 0.5; train 300 0.5 ]

    File.WriteAllText(
        Path.Combine(run, "conflicts.jsonl"),
        """{"part":"critic","step":150,"update":10,"lengths":[1,2,3],"cosines":[0.5,-0.25,null]}"""
        + "\n"
    )

    run

/// The live page of a folder, on a free port of this machine.
let serve folder =
    new WatchServer(folder, { Address = IPAddress.Loopback; Port = 0; Budget = None })
