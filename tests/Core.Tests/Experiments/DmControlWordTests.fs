module MtrlFunctional.Tests.Experiments.DmControlWordTests

open Expecto
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tests.Experiments.Resolving

/// The words of DeepMind Control.
let ``words of DeepMind Control`` = [
    testCase "choose one task with its sizes and horizon" (fun () ->
        let e = resolve [ "env=dmc-walker-walk"; "agent=state_sac" ]
        e.Environment.Tasks |> equals [ "walker-walk" ]
        e.Environment.Horizon |> equals 1000
        Observed.size e |> equals (Some 24)
        (Observed.environment e).Value.Action |> equals (ActionSpace.Box 6))

    testCase "choose all tasks with the largest sizes and task columns" (fun () ->
        let e = resolve [ "env=dmc-19"; "agent=state_sac" ]
        e.Environment.NumEnvs |> equals 19

        e.Environment.Tasks
        |> equals (List.map DmControlTask.fullName DmControlTasks.standard)

        Observed.size e |> equals (Some(24 + 19)))

    testCase "sizes follow the tasks that are chosen" (fun () ->
        let e = resolve [ "env=dmc-19"; "env.tasks=[pendulum-swingup,cartpole-balance]" ]
        Observed.size e |> equals (Some(5 + 2))
        (Observed.environment e).Value.Action |> equals (ActionSpace.Box 1))

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
