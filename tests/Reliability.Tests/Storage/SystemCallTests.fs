namespace MtrlFunctional.Reliability.Tests

open System.IO
open NUnit.Framework

/// One save of each trainer, with a fault in each of its system calls. After a fault the run is resumed and ends bit by
/// bit like one without.
[<TestFixture; NonParallelizable>]
type ``each system call of a save``() =
    let short = [
        "setup.seed=1"
        "setup.threads=1"
        "env.horizon=10"
        "experiment.num_train_steps=40"
        "experiment.eval_freq=20"
        "experiment.save_freq=20"
        "experiment.num_eval_episodes=1"
        "agent.actor.hidden_dim=8"
    ]

    let offPolicy = [
        "agent=state_sac"
        "experiment.init_steps=10"
        "replay_buffer.batch_size=8"
        "replay_buffer.capacity=200"
    ]

    let trainer name =
        match name with
        | "SAC" ->
            short
            @ offPolicy
            @ [ "env=metaworld-mt1"; "env.benchmark.env_name=drawer-close" ]
        | "MT-PPO" ->
            short
            @ [
                "env=metaworld-mt10"
                "agent=mtppo"
                "env.tasks=[reach-v3,push-v3]"
                "agent.on_policy.batch_size=40"
                "agent.on_policy.minibatch_size=20"
            ]
        | _ -> short @ offPolicy @ [ "env=cartpole" ]

    /// The system's error numbers; 0: the process dies.
    let faults = [ 0; 5; 28; 13; 4; 24 ]

    [<TestCase("SAC"); TestCase("MT-PPO")>]
    member _.``may fail, or be the last one of the process``(name: string) =
        let folder = FaultyChild.newFolder "calls"

        try
            let first, stride = Soak.count 3 0, Soak.count 61 1

            let counts =
                FaultyChild.start (
                    [
                        "faults"
                        folder
                        FaultyChild.libraryOrSkip ()
                        faults |> List.map string |> String.concat ","
                        string first
                        string stride
                    ]
                    @ trainer name
                )

            let counts =
                counts.Split('\n', System.StringSplitOptions.RemoveEmptyEntries)
                |> Array.map int

            Assert.That(counts.Length, Is.EqualTo faults.Length)
            Assert.That(counts, Is.All.GreaterThan(Soak.count 2 150))
            Soak.report $"{name}: {Array.sum counts} faults in the calls of one save, all resumed"
        finally
            Directory.Delete(folder, true)
