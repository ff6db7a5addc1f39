namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Storage
open MtrlFunctional.Tests

/// The program as a process of its own: killed without warning, or asked to stop.
[<TestFixture; NonParallelizable>]
type ``a training process``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-kill-").FullName

    /// Fixed task embeddings, a mixture of experts and projected layers.
    let networks =
        Words.split
            "agent.encoder.type_to_select=moe agent.encoder.moe.num_experts=4
            agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention
            agent.multitask.should_use_task_encoder=True
            agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True
            agent.multitask.should_use_pal=True agent.multitask.pal_cfg.pal_dim=4"

    /// Tasks that are inferred, which give the parameters of projected layers.
    let contexts =
        Words.split
            "agent.context.method=set agent.context.explore_every=7
            agent.multitask.should_use_task_encoder=True agent.multitask.should_use_pal=True
            agent.multitask.pal_cfg.pal_dim=4"

    let words name =
        TrainingProcess.words
            folder
            name
            (Words.split
                "experiment.num_train_steps=320 experiment.eval_freq=160 experiment.save_freq=40")

    let run name = Path.Combine(folder, name, "seed-1")

    let finish (arguments: string list) =
        use running = ChildProcess.start arguments
        running.WaitForExit()
        running.ExitCode

    let result name =
        let newest = nonNull ((RunFolder(run name)).Checkpoints.Latest())
        Assert.That(newest.Info.Step, Is.EqualTo 320L)
        SavedState.hashes newest

    /// Killed after two of its saves.
    let killedEqualsWhole networks name =
        let whole, killed = $"{name}-whole", $"{name}-killed"
        Assert.That(finish (words whole @ networks), Is.EqualTo 0)
        let resume = [ "resume"; run killed; "--plain" ]

        for command, step in [ words killed @ networks, 80L; resume, 160L ] do
            use running = ChildProcess.start command
            ChildProcess.awaitCheckpoint running (run killed) step
            running.Kill true
            running.WaitForExit()

        Assert.That(finish resume, Is.EqualTo 0)
        Assert.That(result killed, Is.EqualTo(box (result whole)))

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test; Category(LongForm.only)>]
    member _.``with other networks, killed and resumed, ends as if nothing had happened``
        ([<Values>] infers: bool)
        =
        if infers then
            killedEqualsWhole contexts "contexts"
        else
            killedEqualsWhole networks "networks"

    [<Test>]
    member _.``killed twice and resumed ends as if nothing had happened, with its replay on a disk``
        ()
        =
        killedEqualsWhole [ "replay_buffer.backing=file"; "replay_buffer.capacity=200" ] "disk"
        let newest = nonNull ((RunFolder(run "disk-killed")).Checkpoints.Latest())

        Assert.That(
            [ for file in newest.Files -> file.Name ],
            Has.Some.StartsWith "replay/records-"
        )

        Assert.That(Path.Combine(run "disk-killed", ".replay"), Does.Not.Exist)

    [<Test>]
    member _.``asked to stop saves, says so by its exit code, and goes on``() =
        use running = ChildProcess.start (words "stopped")
        ChildProcess.awaitCheckpoint running (run "stopped") 80L
        ChildProcess.terminate running
        Assert.That(running.ExitCode, Is.EqualTo 143)
        Assert.That(finish [ "resume"; run "stopped"; "--plain" ], Is.EqualTo 0)
