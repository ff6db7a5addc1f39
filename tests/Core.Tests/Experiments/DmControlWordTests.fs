module MtrlFunctional.Tests.Experiments.DmControlWordTests

open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Experiments.Resolving

/// The words of DeepMind Control.
let ``words of DeepMind Control`` = [
    // Of all tasks the largest sizes, and task columns.
    testTheory "choose tasks with their sizes and horizon" [
        "env=dmc-walker-walk", [ "walker-walk" ], 24, 6
        "env=dmc-19", List.map DmControlTask.fullName DmControlTasks.standard, 24 + 19, 6
        "env=dmc-19 env.tasks=[pendulum-swingup,cartpole-balance]",
        [ "pendulum-swingup"; "cartpole-balance" ],
        5 + 2,
        1
    ]
    <| fun (words, tasks, size, actions) ->
        let e = resolve (Words.split words)
        e.Environment.Tasks |> equals tasks
        e.Environment.NumEnvs |> equals tasks.Length
        e.Environment.Horizon |> equals 1000
        observed e |> equals (Some size)
        (Observed.environment e).Value.Action |> equals (ActionSpace.Box actions)

    testTheory "an action repeat shortens the episode to the actions of 1,000 control steps" [
        "1", 1, 1000
        "3", 3, 334
        "8", 8, 125
    ]
    <| fun (word, repeat, horizon) ->
        let e =
            resolve [ "env=dmc-walker-walk"; $"env.builder.make_kwargs.frame_skip={word}" ]

        e.Environment.DmControl.ActionRepeat |> equals repeat
        e.Environment.Horizon |> equals horizon
        e.Schedule.LogFreq |> equals horizon

    testCase "a given horizon counts actions" (fun () ->
        let words = [ "env.builder.make_kwargs.frame_skip=4"; "env.horizon=100" ]
        let e = resolve ("env=dmc-walker-walk" :: words)
        e.Environment.Horizon |> equals 100
        DmControlTask.controlSteps 4 100 |> equals 400
        DmControlTask.controlSteps 3 334 |> equals 1000)

    refuses "do not mix families, and count" [] [
        "env=metaworld-mt10 env.builder.make_kwargs.frame_skip=0",
        "frame_skip: env=metaworld-mt10 has no use for it"
        "env=dmc-walker-walk env.builder.make_kwargs.frame_skip=0", "a whole number from 1 to 1,000"
        "env=dmc-walker-walk env.tasks=[reach]", "tasks of DeepMind Control"
        "env=metaworld-mt10 env.tasks=[walker-walk]", "tasks of Meta-World"
        "env=dmc-walker-wlk agent=sac", "Nearest: dmc-walker-walk"
        "env=dmc-19 env.tasks=[walker-wal]", "walker-walk"
    ]
]
