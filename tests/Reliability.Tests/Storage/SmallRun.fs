/// Short runs of a real trainer in this process.
module MtrlFunctional.Reliability.Tests.SmallRun

open MtrlFunctional.Storage
open MtrlFunctional.Training
open MtrlFunctional.Tests

/// Forty steps of soft actor-critic, saved at 20 and 40.
let words =
    Words.split
        "env=metaworld-mt1 env.benchmark.env_name=drawer-close agent=state_sac setup.name=small
        setup.seed=1 setup.threads=1 env.horizon=10 experiment.num_train_steps=40
        experiment.init_steps=10 experiment.eval_freq=20 experiment.save_freq=20
        experiment.save.model.retain_last_n=2 experiment.num_eval_episodes=1
        replay_buffer.batch_size=8 replay_buffer.capacity=200 agent.actor.hidden_dim=8
        logger.use_tb=False"

/// Trains to the end below a folder; the folder of the run.
let train (folder: string) more =
    use run =
        TrainingRun.Start(ExperimentBuilder.Resolve(words @ more @ [ $"setup.base_path={folder}" ]))

    run.Run() |> ignore
    run.Folder.Path

/// Resumes a run to its end.
let finish (path: string) =
    use run = TrainingRun.Resume path
    run.Run() |> ignore

/// Names and hashes of the files of a checkpoint.
let hashes (checkpoint: Checkpoint) = [
    for file in checkpoint.Files do
        file.Name, file.Sha256
]
