/// Words of runs that end within a second.
module MtrlFunctional.Cli.Tests.SmallRun

open Expecto
open System.IO
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Tests

/// The newest checkpoint of the folder of a run.
let newest (run: string) =
    nonNull (RunFolder(run).Checkpoints.Latest())

/// Hashes of its files.
let hashes run = [
    for file in (newest run).Files do
        file.Name, file.Sha256
]

/// What was learned.
let agent run =
    hashes run |> List.find (fst >> (=) "agent.safetensors")

/// Two episodes of 20 steps; the environment and the agent are the caller's.
let words (folder: string) name =
    $"setup.base_path={folder}"
    :: Words.split
        $"setup.name={name} setup.seed=1 setup.threads=1 env.horizon=20 experiment.num_train_steps=40
        experiment.init_steps=20 experiment.eval_freq=20
        experiment.num_eval_episodes=1 replay_buffer.batch_size=8 replay_buffer.capacity=1000
        agent.actor.hidden_dim=8"

/// The same of soft actor-critic on MT1 reach.
let reach folder name =
    [ "env=metaworld-mt1"; "env.benchmark.env_name=reach"; "agent=state_sac" ]
    @ words folder name

/// The folder of a run of MT10 that was never trained: its configuration, with these words.
let untrained (run: string) words =
    let experiment, _ =
        Experiment.resolve ([ "env=metaworld-mt10"; "agent=state_sac" ] @ words) |> ok

    Directory.CreateDirectory run |> ignore
    File.WriteAllText(Path.Combine(run, "config.yaml"), Experiment.render experiment + "\n")
