module MtrlFunctional.Cli.Tests.Commands.QuickstartTests

open Expecto
open System.IO
open MtrlFunctional.Cli.Show
open MtrlFunctional.Cli.Show.Play
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

let ``mtrl quickstart`` = [
    let small folder =
        Words.split
            $"setup.base_path={folder} setup.threads=1 env.horizon=20
            agent.on_policy.episode_length=20 agent.on_policy.batch_size=200
            agent.on_policy.minibatch_size=100 experiment.num_train_steps=40
            experiment.num_eval_episodes=1 agent.actor.hidden_dim=8"

    /// Seconds: three whole episodes of ten tasks are played, as a user sees them.
    testCase "plays the shipped policy, trains five tasks, and names the next commands" (fun () ->
        let folder = TestFolder.create "quickstart"
        let printed = Capture.finished ("quickstart" :: "--plain" :: small folder)
        let run = Path.Combine(folder, "quickstart", "seed-1")
        printed |> matches @"episode 3: success in (9|10) of 10 tasks"
        printed |> containsAll [ "window-close-v3"; "Now yours:"; $"mtrl play {run}" ]
        Path.Combine(run, "report.html") |> isFile
        Directory.GetDirectories(Path.Combine(run, "checkpoints")) |> isNotEmpty)

    let progress first : EpisodeProgress = {
        Step = 10
        Reward = 1.0
        Return = 2.0
        Success = false
        FirstSuccess = first
        DefinesSuccess = true
        IsOver = false
    }

    testCase "names the tasks that an episode did not solve" (fun () ->
        let tasks = [| "reach"; "push"; "window-open" |]

        PolicyShow.line 2 tasks [| progress (Some 3); progress None; progress (Some 9) |]
        |> equals "episode 2: success in 2 of 3 tasks (not in push)"

        PolicyShow.line 1 tasks (Array.create 3 (progress (Some 1)))
        |> equals "episode 1: success in 3 of 3 tasks")
]
