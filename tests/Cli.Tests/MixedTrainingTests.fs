namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Training

/// Small runs whose tasks have different spaces, by the commands of docs/guides/mixed-spaces.md.
[<TestFixture; NonParallelizable>]
type ``a small run of mixed spaces``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-mixed-").FullName
    let run name = Path.Combine(folder, name, "seed-1")

    let tasks = "env.tasks=[reach,walker-walk,cartpole-swingup]"

    let small = [
        $"setup.base_path={folder}"
        "setup.seed=1"
        "setup.threads=1"
        "env.horizon=20"
        "experiment.num_train_steps=160"
        "experiment.save_freq=40"
        "experiment.save.model.retain_last_n=-1"
        "experiment.eval_freq=80"
        "experiment.num_eval_episodes=1"
        "agent.actor.hidden_dim=8"
        "--plain"
    ]

    let onPolicy = [
        "agent=mtppo"
        "agent.on_policy.batch_size=120"
        "agent.on_policy.minibatch_size=30"
        "agent.on_policy.normalize_observations=True"
        "agent.on_policy.observations_per_task=True"
    ]

    let offPolicy = [
        "agent=state_sac"
        "replay_buffer.batch_size=15"
        "replay_buffer.capacity=1000"
        "experiment.init_steps=40"
    ]

    /// One of them has choices for actions.
    let choices = "env.tasks=[reach,walker-walk,mt-cartpole]"

    let perEmbodiment = [ "agent.multitask.adapter=per_embodiment" ]

    let train name words =
        Capture.finished ([ "train"; $"setup.name={name}" ] @ words @ small)

    let newest name = SmallRun.newest (run name)
    let result name = SmallRun.hashes (run name)

    let agent name =
        result name |> List.find (fst >> (=) "agent.safetensors")

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<TestCase("ppo")>]
    [<TestCase("ppo-embodiments")>]
    [<TestCase("sac-choices")>]
    [<TestCase("sac", Category = LongForm.only)>]
    [<TestCase("trpo", Category = LongForm.only)>]
    [<TestCase("sac-embodiments", Category = LongForm.only)>]
    [<TestCase("ppo-choices", Category = LongForm.only)>]
    member _.``that is resumed ends as an uninterrupted one, and is evaluated``(name: string) =
        let words =
            match name with
            | "sac" -> offPolicy
            | "sac-choices" -> choices :: offPolicy
            | "ppo-choices" -> choices :: onPolicy
            | "trpo" -> "agent=mttrpo" :: List.tail onPolicy
            | "ppo-embodiments" -> onPolicy @ perEmbodiment
            | "sac-embodiments" -> offPolicy @ perEmbodiment
            | _ -> onPolicy

        Assert.That(train name ([ "env=mixed"; tasks ] @ words), Does.Contain "done: 160 steps.")
        let whole = result name
        Directory.Delete((RunFolder(run name)).Checkpoints.FolderOf 160L, true)
        Assert.That((newest name).Info.Step, Is.LessThan 160L)

        Assert.That(
            Capture.finished [ "resume"; run name; "--plain" ],
            Does.Contain "done: 160 steps."
        )

        Assert.That((result name = whole))

        let printed = Capture.finished [ "eval"; run name ]
        Assert.That(printed, Does.Match @"reach-v3 +\d")
        Assert.That(printed, Does.Match @"walker-walk +– +– +\d")
        Assert.That(printed, Does.Match @"(cartpole-swingup|cartpole) +– +– +\d")

    /// The same tasks by the word of their family and by `env=mixed`.
    [<TestCase("[reach,push]", "metaworld-mt10", "mtppo")>]
    [<TestCase("[cartpole]", "mt-cartpole", "state_sac")>]
    [<TestCase("[reach,push]", "metaworld-mt10", "state_sac", Category = LongForm.only)>]
    [<TestCase("[walker-walk,walker-stand]", "dmc-19", "mtppo", Category = LongForm.only)>]
    [<TestCase("[cartpole]", "mt-cartpole", "mtppo", Category = LongForm.only)>]
    member _.``of equal spaces is that of one family, bit by bit``
        (tasks: string, env: string, agent': string)
        =
        let words = [
            $"env.tasks={tasks}"
            if agent' = "mtppo" then
                yield! onPolicy
            else
                yield! offPolicy
            "env.reward_normalization=none"
        ]

        let repeat =
            if env = "dmc-19" then
                [ "env.builder.make_kwargs.frame_skip=2" ]
            else
                []

        let name = $"{env}-{agent'}"
        train name ([ $"env={env}" ] @ words @ repeat) |> ignore
        train $"mixed-{name}" ([ "env=mixed" ] @ words) |> ignore
        Assert.That((agent $"mixed-{name}" = agent name))

    [<Test>]
    member _.``has a policy that acts by the numbers of each task``() =
        train "policy" ([ "env=mixed"; tasks ] @ onPolicy) |> ignore
        let file = Path.Combine(folder, "policy.onnx")
        Capture.finished [ "export"; run "policy"; "--onnx"; file ] |> ignore
        let sizes = [ 39, 4; 24, 6; 5, 1 ]

        for path in [ run "policy"; file ] do
            use policy = Policy.Load path

            for task, (observation, action) in List.indexed sizes do
                let own = policy.SizesOf task
                Assert.That(((own.ObservationSize, own.ActionSize) = (observation, action)))
                let seen = Array.init observation (fun i -> float32 (sin (float i)))
                let row = Array.append seen (Array.zeroCreate (39 - observation))
                let few, all = Array.zeroCreate action, Array.create 6 1f
                policy.Act(ReadOnlySpan seen, task, Span few)
                policy.Act(ReadOnlySpan row, task, Span all)
                Assert.That((Array.truncate action all = few))
                Assert.That(all |> Array.skip action |> Array.forall ((=) 0f))

                let refusal =
                    try
                        policy.Act(ReadOnlySpan(Array.zeroCreate<float32> 7), task, Span few)
                        ""
                    with :? ArgumentException as e ->
                        e.Message

                Assert.That(refusal, Does.Contain "Has 7 numbers")

        let returns name path = [
            let target = Path.Combine(folder, name)
            Capture.finished [ "eval"; path; "--json"; target ] |> ignore

            for found in Regex.Matches(File.ReadAllText target, "\"return\": ([0-9.]+)") do
                float found.Groups[1].Value
        ]

        let ofFile, ofRun = returns "file.json" file, returns "run.json" (run "policy")
        Assert.That(ofRun.Length, Is.GreaterThanOrEqualTo 3)

        // Products are rounded otherwise in managed code.
        for expected, found in List.zip ofRun ofFile do
            Assert.That(found, Is.EqualTo(expected).Within(1e-3).Percent)

    [<Test>]
    member _.``plays each goal and each task state once, and says which``() =
        train
            "once"
            ([ "env=mixed"; choices; "env.goal_selection=random"; "env.task_seed=7" ]
             @ onPolicy)
        |> ignore

        let json = Path.Combine(folder, "once.json")

        let eval words =
            let printed =
                Capture.finished ([ "eval"; run "once"; "--horizon"; "2"; "--json"; json ] @ words)

            printed, (JsonDocument.Parse(File.ReadAllText json)).RootElement

        let episodes (result: JsonElement) = [
            for task in result.GetProperty("episodeReturns").EnumerateArray() ->
                task.GetArrayLength()
        ]

        let printed, result = eval [ "--goals"; "unseen:3" ]
        Assert.That(printed, Does.Contain "50 goals of training, 3 others of seed 1001")
        // Walkers start at random, as often as the task with the most has states.
        Assert.That((episodes (result.GetProperty "trained") = [ 50; 200; 200 ]))
        Assert.That((episodes (result.GetProperty "unseen") = [ 3; 200; 200 ]))
        let _, result = eval [ "--all-goals" ]
        Assert.That((episodes result = [ 50; 200; 200 ]))
        let protocol = result.GetProperty "protocol"
        Assert.That(protocol.GetProperty("rewardVersion").GetString(), Is.EqualTo "v2")
        // Task states have another seed than goals, and are those of the evaluation.
        Assert.That(protocol.GetProperty("goalSeed").ValueKind, Is.EqualTo JsonValueKind.Null)

        Assert.That(
            result.GetProperty("summary").[0].GetProperty("goals").GetString(),
            Is.EqualTo "test"
        )

        // Success is that of reach, returns are those of the others.
        let means =
            dict [
                for summary in result.GetProperty("summary").EnumerateArray() ->
                    summary.GetProperty("measure").GetString(),
                    summary.GetProperty("mean").GetDouble()
            ]

        let returns = [
            for task in result.GetProperty("tasks").EnumerateArray() ->
                task.GetProperty("return").GetDouble()
        ]

        Assert.That(means.Keys, Is.EquivalentTo [ "success"; "return" ])
        Assert.That(means["return"], Is.EqualTo(List.average returns.Tail).Within 1e-9)

        Capture.refused
            [
                "eval"
                run "once"
                "--adapt"
                "theta"
                "--shots"
                "1"
                "--goals"
                "unseen:2"
            ]
            "task states of the evaluation, which are not trained on already"

        let printed, _ = eval [ "--adapt"; "theta"; "--shots"; "0,1"; "--episodes"; "1" ]
        Assert.That(printed, Does.Match @"walker-walk, return +\d\S* +\d")

    [<Test>]
    member _.``refuses more steps to learn from than are held``() =
        train "held" ([ "env=mixed"; tasks ] @ offPolicy) |> ignore

        Capture.refused
            [
                "eval"
                run "held"
                "--adapt"
                "finetune"
                "--shots"
                "10000"
                "--horizon"
                "1000000"
            ]
            "10,000,000,000 transitions of each task"

    [<Test>]
    member _.``plays unseen goals in the tasks of Meta-World``() =
        train "unseen" ([ "env=mixed"; tasks; "env.goal_selection=random" ] @ onPolicy)
        |> ignore

        let json = Path.Combine(folder, "unseen.json")

        let printed =
            Capture.finished [ "eval"; run "unseen"; "--goals"; "unseen:3"; "--json"; json ]

        Assert.That(printed, Does.Contain "50 goals of training, 3 others of seed 1001")
        Assert.That(printed, Does.Match @"walker-walk( +–){4} +\d\S* +\d")
        let result = (JsonDocument.Parse(File.ReadAllText json)).RootElement

        let returns (part: string) task = [
            for each in
                (result.GetProperty part).GetProperty("episodeReturns").[task].EnumerateArray() ->
                each.GetDouble()
        ]

        Assert.That((returns "trained" 0 |> List.truncate 3), Is.Not.EqualTo(returns "unseen" 0))
        // Starts do not depend on goals.
        for task in [ 1; 2 ] do
            Assert.That((returns "trained" task |> List.truncate 3 = returns "unseen" task))

        train "control" ([ "env=mixed"; "env.tasks=[walker-walk,cartpole-swingup]" ] @ onPolicy)
        |> ignore

        Capture.refused [ "eval"; run "control"; "--goals"; "unseen" ] "none of its tasks is one"

    [<Test>]
    member _.``refuses other tasks``() =
        train "refused" ([ "env=mixed"; tasks ] @ onPolicy) |> ignore

        let refused word message =
            Capture.refused [ "eval"; run "refused"; "--tasks"; word ] message

        refused
            "reach"
            "the tasks of this one are reach-v3, walker-walk, cartpole-swingup. Leave --tasks out"

        refused "walker-walk" "--tasks walker-walk: is a task of DeepMind Control"

    [<Test>]
    member _.``names the tasks that can be drawn, and the command that draws one``() =
        train "drawn" ([ "env=mixed"; choices ] @ onPolicy) |> ignore
        let drawn, picture = run "drawn", Path.Combine(folder, "walker.png")

        Capture.refused
            [ "video"; drawn; "--out"; Path.Combine(folder, "all.gif") ]
            $"{drawn}: there is no world to draw of cartpole. 'mtrl demo TASK --policy {drawn} --video FILE' records one of the others: reach-v3, walker-walk."

        let options = [ "--picture"; picture; "--size"; "48x36"; "--plain" ]

        Capture.finished ([ "demo"; "walker-walk"; "--policy"; drawn ] @ options)
        |> ignore

        Assert.That(File.Exists picture)
