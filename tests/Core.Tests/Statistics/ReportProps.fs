module MtrlFunctional.Tests.Statistics.ReportProps

open Expecto
open System
open System.Collections.Generic
open MtrlFunctional.Statistics

let ``a run report`` = [
    let record mode step success = {
        Mode = mode
        Step = step
        Numbers =
            Map [
                "critic_loss", 0.5
                "success_env_index_0", success
                "success_env_index_1", 0.0
                "success_at_end_env_index_0", 0.25
            ]
    }

    let run = {
        Title = "a <run>"
        Facts = [ "seed", "1" ]
        Tasks = [ "reach-v3"; "push-v3" ]
        Evaluated = [ "reach-v3"; "push-v3" ]
        EpisodeSteps = 150, 150
        Aggregates = [ TaskAggregate.Average ]
        Records = [ record "train" 150.0 1.0; record "train" 300.0 0.0; record "eval" 300.0 0.5 ]
    }

    testCase "has one row for each task, from the last evaluation" (fun () ->
        let rows = RunReport.rows run
        [ for r in rows -> r.Task ] |> equals run.Tasks
        rows[0].SuccessEver |> equals 0.5
        rows[0].SuccessAtEnd |> equals 0.25
        rows[0].TrainSuccess |> equals 0.5
        isTrue (Double.IsNaN rows[1].SuccessAtEnd))

    testCase "shows the table" (fun () ->
        let markdown = RunReport.markdown run
        markdown |> contains "| reach-v3 | 50 % | 25 % | – | 50 % |"
        markdown |> contains "- seed: 1"
        let table, foot = RunReport.table run
        table.Lines.Head |> equals [ "reach-v3"; "50 %"; "25 %"; "–"; "50 %" ]
        foot |> hasLength 1)

    testCase "returns of episodes of different lengths have axes of their own" (fun () ->
        let returns run = [
            for p in (RunReport.overview run).Panels do
                if p.Title.StartsWith "return" then
                    p.Title, p.Series.Length
        ]

        returns run |> equals [ "return, average of the tasks", 2 ]

        returns { run with EpisodeSteps = 200, 500 }
        |> equals (
            [
                "return of 200 steps, average of the tasks", 1
                "return of 500 steps, average of the tasks", 1
            ]
        ))

    testCase "draws the returns of each mode of evaluation" (fun () ->
        let ofMode mode step returns = {
            Mode = mode
            Step = step
            Numbers = Map [ for i, x in returns -> $"episode_reward_env_index_{i}", x ]
        }

        let records =
            run.Records
            @ [
                ofMode "eval_base" 0.0 [ 3, 1.0; 7, 3.0 ]
                ofMode "eval_extrapolation" 0.0 [ 9, 0.5 ]
                ofMode "eval_base" 300.0 [ 3, 5.0; 7, 7.0 ]
            ]

        let panels run =
            (RunReport.overview run).Panels
            |> List.filter _.Title.StartsWith("return by mode")

        panels run |> isEmpty

        match panels { run with Records = records } with
        | [ panel ] ->
            [ for s in panel.Series -> s.Name, List.ofArray s.Points ]
            |> equals (
                [
                    "base", [ struct (0.0, 2.0); struct (300.0, 6.0) ]
                    "extrapolation", [ struct (0.0, 0.5) ]
                ]
            )
        | panels -> failtest $"{panels}")

    testCase "ends with the aggregates that are asked for" (fun () ->
        let foot aggregates =
            (RunReport.markdown { run with Aggregates = aggregates }).Split '\n'

        let median = "| median | 25 % | 25 % | – | 25 % |"
        foot (List.map snd TaskAggregate.byName) |> includes median
        foot [ TaskAggregate.Worst ] |> includes "| worst | 0 % | 25 % | – | 0 % |"
        foot [ TaskAggregate.Worst ] |> excludes median

        let panels = [
            for p in (RunReport.overview { run with Aggregates = [ TaskAggregate.Worst ] }).Panels ->
                p.Title
        ]

        panels |> includes "success (ever), worst of the tasks"
        panels |> excludes "success (ever), average of the tasks")

    testCase "draws a panel for each task and none for a loss that was not measured" (fun () ->
        let panels (figure: Figure) = [ for p in figure.Panels -> p.Title ]
        panels (RunReport.perTask run) |> equals run.Tasks
        let overview = panels (RunReport.overview run)
        overview |> includes "critic loss"
        overview |> excludes "actor loss")
]

let ``names in TensorBoard`` = [
    let names mode tasks measurements =
        let record = [ for name in measurements -> KeyValuePair(name, 0.5) ]

        [ for tag in RunMetrics.tags mode tasks record -> tag.Key ]

    testCase "are those of all tasks, and of each task by its name" (fun () ->
        names "train" [ "door-open-v3"; "reach-v3" ] [
            "success"
            "episode_reward_env_index_0"
            "success_at_end_env_index_1"
            "env_index_1"
        ]
        |> equals [
            "Train/success"
            "door-open-v3/train_episode_reward"
            "reach-v3/train_success_at_end"
        ])

    testCase "have the mode of an evaluation of variants" (fun () ->
        names "eval_base" [ "walker-walk-len-3" ] [
            "episode_reward"
            "episode_reward_env_index_0"
        ]
        |> equals [ "Eval_base/episode_reward"; "walker-walk-len-3/eval_base_episode_reward" ])

    testCase "of tasks with one name have their indices" (fun () ->
        names "eval" [ "mt-cartpole"; "reach-v3"; "mt-cartpole" ] [
            for i in 0..2 -> $"success_env_index_{i}"
        ]
        |> equals [
            "mt-cartpole 0/eval_success"
            "reach-v3/eval_success"
            "mt-cartpole 2/eval_success"
        ])
]
