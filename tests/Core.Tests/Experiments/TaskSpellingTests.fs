module MtrlFunctional.Tests.Experiments.TaskSpellingTests

open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

/// One rule for names of tasks and benchmarks.
let ``a name of Meta-World`` = [
    testTheory
        "means the task at every door"
        (Words.split "reach reach-v1 reach-v2 Reach-V3 reach-v2-goal-observable Meta-World/reach-v3")
    <| fun name ->
        let named = [
            MtrlFunctional.Tasks.MetaWorld.Benchmarks.find name |> Result.map _.Name
            MtrlFunctional.Tasks.MetaWorld.Suites.find name
            |> Result.map (fun suite -> suite.Tasks.Head.Name)
            TaskLists.read [] name |> Result.map List.head

            Experiment.resolve [ "env=metaworld-mt10"; $"env.tasks=[{name}]" ]
            |> Result.map (fun (e, _) -> e.Environment.Tasks.Head)
            |> Result.mapError (sprintf "%A")

            Experiment.resolve [ "env=metaworld-mt1"; $"env.benchmark.env_name={name}" ]
            |> Result.map (fun (e, _) -> e.Environment.Tasks.Head)
            |> Result.mapError (sprintf "%A")
        ]

        for found in named do
            found |> equals (Ok "reach-v3": Result<string, string>)

    testTheory "means the benchmark at every door" [
        "MT10"
        "mt10"
        "Meta-World/MT10"
        "metaworld-mt10"
    ]
    <| fun name ->
        (resolve [ $"env={name}" ]).Choices.Env |> equals MetaWorldWords.mt10

        MtrlFunctional.Tasks.MetaWorld.Suites.find name
        |> Result.map _.Tasks.Length
        |> equals (Ok 10: Result<int, string>)

        TaskLists.read [] name
        |> Result.map _.Length
        |> equals (Ok 10: Result<int, string>)

    testTheory "or of DeepMind Control means its environment" [ "walker-walk"; "dmc-walker-walk" ]
    <| fun name -> (resolve [ $"env={name}" ]).Environment.Tasks |> equals [ "walker-walk" ]

    testCase "with a hidden goal is refused with what hides it" (fun () ->
        match MtrlFunctional.Tasks.MetaWorld.Benchmarks.find "reach-v2-goal-hidden" with
        | Error message -> message.Contains "GoalVisible = false" |> isTrue
        | Ok _ -> failtest "The goal would be shown.")

    testTheory "that is none is refused" [ "reach-v4"; "reach-v22"; "reachh" ] (fun name ->
        (MtrlFunctional.Tasks.MetaWorld.Benchmarks.find name).IsError |> isTrue)
]

/// In 4,500 random states of each there was none with success.
let ``tasks without success in rewards v1`` = [
    testTheory "are named at the start of a run" [
        "env=metaworld-mt50 env.reward_version=v1", Some "hand-insert and stick-push"
        "env=metaworld-mt50 fidelity=original", Some "hand-insert and stick-push"
        "env=metaworld-mt1 env.benchmark.env_name=stick-push env.reward_version=v1",
        Some "stick-push"
        "env=metaworld-mt10 env.reward_version=v1", None
        "env=metaworld-mt50", None
    ]
    <| fun (words, named) ->
        let caveat = resolve (Words.split words) |> Experiment.caveat

        match named, caveat with
        | Some tasks, Some text -> text.StartsWith $"Success in {tasks} is 0" |> isTrue
        | expected, found -> found |> equals expected
]
