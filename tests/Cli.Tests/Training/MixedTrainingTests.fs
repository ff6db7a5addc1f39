module MtrlFunctional.Cli.Tests.Training.MixedTrainingTests

open Expecto
open System
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional.Training
open MtrlFunctional.Cli.Tests

/// Small runs whose tasks have different spaces, by the commands of docs/guides/mixed-spaces.md.
let ``a small run of mixed spaces`` = [
    let folder = TestFolder.create "mixed"
    let run name = Path.Combine(folder, name, "seed-1")
    let tasks = "env.tasks=[reach,walker-walk,cartpole-swingup]"

    let small =
        Words.split
            $"setup.base_path={folder} setup.seed=1 setup.threads=1 env.horizon=20
            experiment.num_train_steps=160 experiment.eval_freq=80 experiment.num_eval_episodes=1
            agent.actor.hidden_dim=8 --plain"

    let onPolicy =
        Words.split
            "agent=mtppo agent.on_policy.batch_size=120 agent.on_policy.minibatch_size=30
            agent.on_policy.normalize_observations=True agent.on_policy.observations_per_task=True"

    let offPolicy =
        Words.split
            "agent=state_sac replay_buffer.batch_size=15 replay_buffer.capacity=1000
            experiment.init_steps=40"

    /// One of them has choices for actions.
    let choices = "env.tasks=[reach,walker-walk,mt-cartpole]"

    let train name words =
        Capture.finished ([ "train"; $"setup.name={name}" ] @ words @ small)

    /// The same tasks by the word of their family and by `env=mixed`.
    testTheory "of equal spaces is that of one family, bit by bit" [
        "[reach,push]", "metaworld-mt10", "mtppo"
        if LongForm.isAsked then
            "[cartpole]", "mt-cartpole", "state_sac"
            "[reach,push]", "metaworld-mt10", "state_sac"
            "[cartpole]", "mt-cartpole", "mtppo"
    ]
    <| fun (tasks, env, agent') ->
        let words = [
            $"env.tasks={tasks}"
            yield! if agent' = "mtppo" then onPolicy else offPolicy
            "env.reward_normalization=none"
        ]

        let name = $"{env}-{agent'}"
        train name ([ $"env={env}" ] @ words) |> ignore
        train $"mixed-{name}" ([ "env=mixed" ] @ words) |> ignore
        SmallRun.agent (run $"mixed-{name}") |> equals (SmallRun.agent (run name))

    let ofTasks =
        lazy train "policy" ([ "env=mixed"; tasks; "env.goal_selection=random" ] @ onPolicy)

    testCase "has a policy that acts by the numbers of each task" (fun () ->
        ofTasks.Force() |> ignore
        let file = Path.Combine(folder, "policy.onnx")
        Capture.does [ "export"; run "policy"; "--onnx"; file ]
        let sizes = [ 39, 4; 24, 6; 5, 1 ]

        for path in [ run "policy"; file ] do
            use policy = Policy.Load path

            for task, (observation, action) in List.indexed sizes do
                let own = policy.SizesOf task
                (own.ObservationSize, own.ActionSize) |> equals (observation, action)
                let seen = Array.init observation (fun i -> float32 (sin (float i)))
                let row = Array.append seen (Array.zeroCreate (39 - observation))
                let few, all = Array.zeroCreate action, Array.create 6 1f
                policy.Act(ReadOnlySpan seen, task, Span few)
                policy.Act(ReadOnlySpan row, task, Span all)
                Array.truncate action all |> equals few
                all |> Array.skip action |> areAll 0f

                (fun () -> policy.Act(ReadOnlySpan(Array.zeroCreate<float32> 7), task, Span few))
                |> isRefused "Has 7 numbers")

    let ofChoices =
        lazy
            train
                "once"
                ([ "env=mixed"; choices; "env.goal_selection=random"; "env.task_seed=7" ]
                 @ [ "env.num_task_states=60"; "env.num_test_task_states=60" ]
                 @ onPolicy)

    testCase "plays each goal and each task state once, and says which" (fun () ->
        ofChoices.Force() |> ignore
        let json = Path.Combine(folder, "once.json")

        let eval words =
            let printed =
                Capture.finished ([ "eval"; run "once"; "--horizon"; "2"; "--json"; json ] @ words)

            printed, Json.read json

        let episodes part result =
            Json.items $"{part}episodeReturns" result |> List.map _.GetArrayLength()

        let printed, result = eval [ "--goals"; "unseen:3" ]
        printed |> contains "50 goals of training, 3 others of seed 1001"
        // Walkers start at random, as often as the task with the most has states.
        result |> episodes "trained." |> equals [ 50; 60; 60 ]
        result |> episodes "unseen." |> equals [ 3; 60; 60 ]
        let _, result = eval [ "--all-goals" ]
        result |> episodes "" |> equals [ 50; 60; 60 ]
        result |> Json.text "protocol.rewardVersion" |> equals "v2"
        // Task states have another seed than goals, and are those of the evaluation.
        result |> Json.isNull "protocol.goalSeed" |> isTrue
        let summaries = Json.items "summary" result
        summaries.Head |> Json.text "goals" |> equals "test"

        // Success is that of reach, returns are those of the others.
        let means =
            Map [ for each in summaries -> Json.text "measure" each, Json.number "mean" each ]

        let returns = Json.items "tasks" result |> List.map (Json.number "return")
        List.ofSeq means.Keys |> equals [ "return"; "success" ]
        means["return"] |> isWithin 1e-9 (List.average returns.Tail)

        Capture.refused
            (Words.split $"""eval {run "once"} --adapt theta --shots 1 --goals unseen:2""")
            "task states of the evaluation, which are not trained on already"

        let printed, _ = eval [ "--adapt"; "theta"; "--shots"; "0,1"; "--episodes"; "1" ]
        printed |> matches @"walker-walk, return +\d\S* +\d")

    testCase "refuses more steps to learn from than are held" (fun () ->
        train "held" ([ "env=mixed"; tasks ] @ offPolicy) |> ignore

        Capture.refused
            (Words.split $"""eval {run "held"} --adapt finetune --shots 10000 --horizon 1000000""")
            "10,000,000,000 transitions of each task")

    testCase "plays unseen goals in the tasks of Meta-World" (fun () ->
        ofTasks.Force() |> ignore
        let json = Path.Combine(folder, "unseen.json")

        let printed =
            Capture.finished [ "eval"; run "policy"; "--goals"; "unseen:3"; "--json"; json ]

        printed |> contains "50 goals of training, 3 others of seed 1001"
        printed |> matches @"walker-walk( +–){4} +\d\S* +\d"
        let result = Json.read json

        let returns part task =
            let tasks = Json.items $"{part}.episodeReturns" result
            [ for each in tasks[task].EnumerateArray() -> each.GetDouble() ]

        returns "trained" 0 |> List.truncate 3 |> differsFrom (returns "unseen" 0)
        // Starts do not depend on goals.
        for task in [ 1; 2 ] do
            returns "trained" task |> List.truncate 3 |> equals (returns "unseen" task)

        train "control" ([ "env=mixed"; "env.tasks=[walker-walk,cartpole-swingup]" ] @ onPolicy)
        |> ignore

        Capture.refused [ "eval"; run "control"; "--goals"; "unseen" ] "none of its tasks is one")

    testTheory "refuses other tasks" [
        "reach",
        "the tasks of this one are reach-v3, walker-walk, cartpole-swingup. Leave --tasks out"
        "walker-walk", "--tasks walker-walk: is a task of DeepMind Control"
    ]
    <| fun (task, message) ->
        ofTasks.Force() |> ignore
        Capture.refused [ "eval"; run "policy"; "--tasks"; task ] message

    testCase "names the tasks that can be drawn, and the command that draws one" (fun () ->
        ofChoices.Force() |> ignore
        let drawn, picture = run "once", Path.Combine(folder, "walker.png")

        Capture.refused
            [ "video"; drawn; "--out"; Path.Combine(folder, "all.gif") ]
            $"{drawn}: there is no world to draw of cartpole. 'mtrl demo TASK --policy {drawn} --video FILE' records one of the others: reach-v3, walker-walk."

        let options = [ "--picture"; picture; "--size"; "48x36"; "--plain" ]

        Capture.does ([ "demo"; "walker-walk"; "--policy"; drawn ] @ options)

        picture |> isFile)
]
