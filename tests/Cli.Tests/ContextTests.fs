namespace MtrlFunctional.Cli.Tests

open System.IO
open System.Text.Json
open NUnit.Framework
open MtrlFunctional

/// A small run of soft actor-critic that infers which of two tasks it is in.
[<TestFixture; NonParallelizable>]
type ``a run that infers its tasks``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-context-").FullName
    let run = Path.Combine(folder, "tiny", "seed-1")

    let words =
        SmallRun.words folder "tiny"
        @ [
            "env=metaworld-mt10"
            "agent=state_sac"
            "env.tasks=[reach, push]"
            "env.goal_selection=random"
            "agent.context.method=set"
            "agent.multitask.should_use_task_encoder=True"
        ]

    let refused (given: string list) (messages: string list) =
        let printed = Capture.mtrl ("train" :: words @ given @ [ "--plain" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Not.Contain "   at ")

        for message in messages do
            Assert.That(printed.Err, Does.Contain message)

    [<OneTimeSetUp>]
    member _.Train() =
        let trained = Capture.mtrl ("train" :: words @ [ "--plain" ])
        Assert.That(trained.Exit, Is.EqualTo ExitCode.Done, trained.Err)

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``is evaluated after some episodes, of other tasks, too``() =
        for tasks in [ []; [ "--tasks"; "sweep,reach,drawer-close" ] ] do
            let json = Path.Combine(folder, "result.json")

            let printed =
                [
                    "eval"
                    run
                    "--adapt"
                    "context"
                    "--shots"
                    "0,1,5"
                    "--episodes"
                    "1"
                    "--json"
                    json
                ]
                @ tasks
                |> Capture.mtrl

            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            Assert.That(printed.Out, Does.Contain "0 shots     1 shot    5 shots")

            let protocol =
                (JsonDocument.Parse(File.ReadAllText json)).RootElement.GetProperty "protocol"

            Assert.That(protocol.GetProperty("method").GetString(), Is.EqualTo "context")

    [<Test>]
    member _.``is what its configuration says``() =
        let printed = Capture.mtrl ("config" :: words @ [ "--network" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        Assert.That(printed.Out, Does.Contain "context encoder")
        Assert.That(printed.Out, Does.Contain "exploring_context")
        Assert.That(printed.Out, Does.Contain "inferred from transitions")

    [<Test>]
    member _.``has no parts for each task``() =
        refused [ "agent.multitask.model=separate" ] [
            "agent.multitask.model = separate: must be by_flags, paco, moore or hypernetwork with agent.context.method=set"
        ]

        refused [ "agent.multitask.should_use_multi_head_policy=True" ] [
            "agent.multitask.should_use_multi_head_policy = true: must be false with agent.context.method=set"
        ]

        refused [
            "agent.encoder.type_to_select=moe"
            "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=identity"
        ] [ "agent.encoder.moe.task_id_to_encoder_id_cfg.mode" ]

    [<Test>]
    member _.``needs a task encoder, and an agent that learns from replay``() =
        refused [ "agent.multitask.should_use_task_encoder=False" ] [
            "agent.multitask.should_use_task_encoder = false: must be true with agent.context.method=set"
        ]

        refused [ "agent=hipbmdp"; "agent.encoder.type_to_select=feedforward" ] [
            "agent.context.method"
        ]

        refused [ "env.reward_normalization=running" ] [ "env.reward_normalization" ]
        refused [ "agent.context.method=sets" ] [ "Nearest: set" ]

        refused [ "agent.multitask.task_encoder_cfg.losses_to_train=[task_encoder]" ] [
            "a list with critic"
        ]

        refused [ "fidelity=original" ] [ "No original program infers tasks." ]

        refused [ "agent.surgery.method=pcgrad" ] [ "agent.surgery.method = pcgrad: must be none" ]

    [<Test>]
    member _.``has one goal or state in each entry of its tasks``() =
        let refused (given: string list) (message: string) =
            let printed =
                Capture.mtrl (
                    [
                        "config"
                        "agent=state_sac"
                        "agent.context.method=set"
                        "agent.multitask.should_use_task_encoder=True"
                    ]
                    @ given
                )

            Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(printed.Err, Does.Contain message)

        refused
            [ "env=metaworld-ml1" ]
            "agent.context.method = set: must be none with env=metaworld-ml1"

        refused
            [ "env=mt-cartpole"; "env.num_task_states=7" ]
            "env.num_envs = 1: must be 7, env.num_task_states"
