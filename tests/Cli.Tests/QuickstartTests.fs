namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Cli.Show
open MtrlFunctional.Cli.Show.Play

[<TestFixture>]
module ``mtrl quickstart`` =
    let private small folder = [
        $"setup.base_path={folder}"
        "setup.threads=1"
        "env.horizon=20"
        "agent.on_policy.episode_length=20"
        "agent.on_policy.batch_size=200"
        "agent.on_policy.minibatch_size=100"
        "experiment.num_train_steps=40"
        "experiment.num_eval_episodes=1"
        "agent.actor.hidden_dim=8"
    ]

    [<Test>]
    let ``plays the shipped policy, trains five tasks, and names the next commands`` () =
        let folder = Directory.CreateTempSubdirectory("mtrl-quickstart-").FullName

        try
            let printed = Capture.mtrl ("quickstart" :: "--plain" :: small folder)
            let run = Path.Combine(folder, "quickstart", "seed-1")
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            Assert.That(printed.Out, Does.Match @"episode 3: success in (9|10) of 10 tasks")
            Assert.That(printed.Out, Does.Contain "window-close-v3")
            Assert.That(printed.Out, Does.Contain $"./mtrl video {run}")
            Assert.That(File.Exists(Path.Combine(run, "report.html")))
            Assert.That(Directory.GetDirectories(Path.Combine(run, "checkpoints")), Is.Not.Empty)
        finally
            Directory.Delete(folder, true)

    let private progress first : EpisodeProgress = {
        Step = 10
        Reward = 1.0
        Return = 2.0
        Success = false
        FirstSuccess = first
        DefinesSuccess = true
    }

    [<Test>]
    let ``names the tasks that an episode did not solve`` () =
        let tasks = [| "reach"; "push"; "window-open" |]

        Assert.That(
            PolicyShow.line 2 tasks [| progress (Some 3); progress None; progress (Some 9) |],
            Is.EqualTo "episode 2: success in 2 of 3 tasks (not in push)"
        )

        Assert.That(
            PolicyShow.line 1 tasks (Array.create 3 (progress (Some 1))),
            Is.EqualTo "episode 1: success in 3 of 3 tasks"
        )
