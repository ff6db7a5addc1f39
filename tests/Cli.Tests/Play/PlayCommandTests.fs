module MtrlFunctional.Cli.Tests.Play.PlayCommandTests

open Expecto
open Expecto.Flip
open System.IO
open System.Net
open System.Net.Http
open MtrlFunctional
open MtrlFunctional.Training
open MtrlFunctional.Cli.Play
open MtrlFunctional.Cli.With
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests
open MtrlFunctional.Cli.Tests.Watch

let ``mtrl play`` = [
    Capture.refusals "refuses what it cannot show" [
        "play dor-open", "door-open"
        "play policy:mt10 dor-open", "door-open"
        "play policy:mt11", "policy:mt10"
        "play policy:mt10 hammer", "hammer: is no task of policy:mt10, which has reach, push"
        "play none/here", "none/here"
        "play none.onnx", "none.onnx: no such file"
        "play policy:mt10 reach push", "name a policy and a task at most"
    ]

    testCase "refuses a port that there is not" (fun () ->
        if (PlayPackages.folderAbove System.AppContext.BaseDirectory).IsNone then
            skiptest "The packages of the page are not fetched (./mtrl play)."

        Capture.refused [ "play"; "--port"; "70000" ] "--port 70000")

    testCase "refuses a run without a policy" (fun () ->
        let run = WatchedRun.make (TestFolder.create "play") "mt10/seed-1" []
        let message = Capture.refusal [ "play"; run ]
        message.TrimEnd().Split '\n' |> hasLength 1
        message |> contains run)

    testCase "refuses policies of images and of other environments" (fun () ->
        let image = PlayPolicy.refusal "runs/a" 63_504 "walker-walk"
        image |> startsWith "runs/a: reads images (63,504 numbers)"
        let other = PlayPolicy.refusal "runs/a" 4 "acrobot"
        other |> startsWith "runs/a: plays acrobot, which the page does not have"
        other |> contains "'mtrl video runs/a' films it")

    testCase "gives no policy the name of experts or of random actions" (fun () ->
        use policy = Policy.Load "policy:mt10"
        let file = Path.Combine(TestFolder.create "play", "random.onnx")
        policy.Save file
        (PlayPolicy.load false file).Name |> equals "random.onnx")

    testCase "names the command that films a policy of a task of one's own" (fun () ->
        let script = Path.Combine(TestFolder.create "play", "arm.fsx")
        File.WriteAllText(script, "")

        Given.withinFile script Extensions.None (fun () ->
            PlayPolicy.refusal "runs/arm" 6 "north"
            |> contains $"'mtrl video runs/arm --with {script}' films it"

            0)
        |> equals 0)

    testCase "refuses a policy with a memory" (fun () ->
        let folder = TestFolder.create "play"

        Words.split
            $"train env=metaworld-ml1 env.benchmark.env_name=reach agent=rl2 agent.rl2.units=8
            agent.rl2.episodes_per_trial=2 agent.rl2.exploration_episodes=1
            agent.on_policy.batch_size=20 agent.on_policy.minibatch_size=20
            env.horizon=10 experiment.num_train_steps=20 experiment.eval_freq=1000000
            setup.name=memory setup.seed=1 setup.base_path={folder} --plain"
        |> Capture.does

        let run = Path.Combine(folder, "memory", "seed-1")
        Capture.refusal [ "play"; run ] |> contains $"{run}: has a memory")

    testCase "sends why it does not play a task" (fun () ->
        let policy = {
            Name = "own"
            Tasks = []
            Served = [ { Name = "push"; Open = fun _ -> raise (MtrlException "Its code fails.") } ]
            Repeat = 1
            HidesGoals = false
            Step = None
            Content = None
        }

        use server = PlayServer.start IPAddress.Loopback 0 [ policy ] []
        use client = new HttpClient()

        for actor in [ "policy"; "random" ] do
            client.GetStringAsync($"{server.Page}served/0/{actor}").Result
            |> equals "{\"failure\":\"Its code fails.\"}\n")

    testCase "names the packages that are missing, and what fetches them" (fun () ->
        let folder = TestFolder.create "play"

        for part in [ "@mujoco/mujoco"; "'./mtrl play' of the repository fetches them" ] do
            (fun () -> PlayPackages.requireAbove folder) |> isExplained part)
]

/// The edits of resets as formulas; the page's observations after resets are compared in ``the page of play``.
let ``the placement of a task as formulas`` = [
    let placementOf name = [
        for placed in PlacementFormulas.ofTask (ok (Benchmarks.find name)) ->
            placed.Edit, placed.Of, placed.Values
    ]

    testCase "names what is drawn, and constants" (fun () ->
        let expected = [
            "body", "door", [ "random[0]"; "random[1]"; "random[2]" ]
            "site", "goal", [ "random[0] + 0.2"; "random[1] - 0.2"; "random[2]" ]
            "joint", "doorjoint", [ "- 1.5708" ]
            "jointVelocity", "doorjoint", [ "0" ]
            "forward", "", []
        ]

        placementOf "door-close" |> equals expected)

    testCase "reads positions of the settled hand's scene" (fun () ->
        let expected =
            "positions", "9", [ "random[0]"; "random[1]"; "settled(body('obj')).z" ]

        List.head (placementOf "push") |> equals expected)

    /// It throws where an edit is not affine.
    testCase "exists for all fifty" (fun () ->
        for task in Benchmarks.tasks do
            PlacementFormulas.ofTask task |> List.isEmpty |> Expect.isFalse task.Name)
]
