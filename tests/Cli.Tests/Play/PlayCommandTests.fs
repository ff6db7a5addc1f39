namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Cli.Play

[<TestFixture>]
module ``mtrl play`` =
    [<TestCase("play dor-open", "door-open")>]
    [<TestCase("play policy:mt10 dor-open", "door-open")>]
    [<TestCase("play policy:mt11", "policy:mt10")>]
    [<TestCase("play policy:mt10 hammer", "hammer: is no task of policy:mt10, which has reach, push")>]
    [<TestCase("play none/here", "none/here")>]
    [<TestCase("play none.onnx", "none.onnx: no such file")>]
    [<TestCase("play policy:mt10 reach push", "name a policy and a task at most")>]
    [<TestCase("play --port 70000", "--port 70000")>]
    let ``refuses what it cannot show`` (words: string, message: string) =
        Capture.refused (List.ofArray (words.Split ' ')) message

    [<Test>]
    let ``refuses a run without a policy`` () =
        let folder = Directory.CreateTempSubdirectory("mtrl-play-").FullName
        let run = WatchedRun.make folder "mt10/seed-1" []
        let message = Capture.refusal [ "play"; run ]
        Assert.That(message.TrimEnd().Split '\n', Has.Length.EqualTo 1)
        Assert.That(message, Does.Contain run)
        Directory.Delete(folder, recursive = true)

    [<Test>]
    let ``refuses policies of images and of other environments`` () =
        let image = PlayPolicy.refusal "runs/a" 63_504 "walker-walk"
        Assert.That(image, Does.StartWith "runs/a: reads images (63,504 numbers)")
        let other = PlayPolicy.refusal "runs/a" 24 "walker-walk"

        Assert.That(
            other,
            Does.StartWith "runs/a: plays walker-walk, which is no task of Meta-World"
        )

    [<Test>]
    let ``refuses a policy with a memory`` () =
        let folder = Directory.CreateTempSubdirectory("mtrl-play-").FullName

        Capture.finished [
            "train"
            "env=metaworld-ml1"
            "env.benchmark.env_name=reach"
            "agent=rl2"
            "agent.rl2.units=8"
            "agent.rl2.episodes_per_trial=2"
            "agent.rl2.exploration_episodes=1"
            "agent.on_policy.batch_size=20"
            "agent.on_policy.minibatch_size=20"
            "env.horizon=10"
            "experiment.num_train_steps=20"
            "experiment.eval_freq=1000000"
            "setup.name=memory"
            "setup.seed=1"
            $"setup.base_path={folder}"
            "--plain"
        ]
        |> ignore

        let run = Path.Combine(folder, "memory", "seed-1")
        Assert.That(Capture.refusal [ "play"; run ], Does.Contain $"{run}: has a memory")
        Directory.Delete(folder, recursive = true)

    [<Test>]
    let ``names the packages that are missing, and what fetches them`` () =
        let folder = Directory.CreateTempSubdirectory("mtrl-play-").FullName

        let failure =
            Assert.Throws<MtrlException>(
                Action(fun () -> PlayPackages.requireAbove folder |> ignore)
            )

        Assert.That((nonNull failure).Message, Does.Contain "@mujoco/mujoco")
        Assert.That((nonNull failure).Message, Does.Contain "'./mtrl play' fetches them with npm")
        Directory.Delete folder
