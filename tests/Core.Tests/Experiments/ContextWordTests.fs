module MtrlFunctional.Tests.Experiments.ContextWordTests

open Expecto

/// Contexts that are longer than what they are computed from.
let ``words of a context`` = [
    let planned = [ "env=mt-cartpole"; "agent=cadm"; "env.horizon=20" ]

    let ofModel = [
        "env=mt-cartpole"
        "agent=mtppo"
        "agent.context.method=cadm"
        "env.horizon=40"
        "agent.on_policy.episode_length=20"
    ]

    let ofSet = [
        "env=metaworld-mt10"
        "agent=state_sac"
        "agent.context.method=set"
        "agent.multitask.should_use_task_encoder=True"
    ]

    testTheory "that have more steps than an episode are refused" [
        "history", "A context is computed from steps of one episode, and no episode has so many."
        "future",
        "With one context, steps of one episode are predicted, and no episode has so many."
    ]
    <| fun (word, why) ->
        let key = $"agent.cadm.{word}"

        for words, length in [ planned, "env.horizon"; ofModel, "agent.on_policy.episode_length" ] do
            Resolving.mistakes (words @ [ $"{key}=500" ])
            |> equals (
                [
                    $"{key} = 500: must be at most 20, {length}. {why} Set {key}=20 or less, or longer episodes."
                ]
            )

            Resolving.resolve (words @ [ $"{key}=20" ]) |> ignore

    testCase "that have more transitions than their window are refused" (fun () ->
        Resolving.mistakes (
            ofSet @ [ "agent.context.transitions=5000"; "agent.context.window=10" ]
        )
        |> equals (
            [
                "agent.context.transitions = 5000: must be at most 10, agent.context.window. They are drawn from the window of a task's newest transitions."
            ]
        )

        Resolving.resolve (ofSet @ [ "agent.context.transitions=10"; "agent.context.window=10" ])
        |> ignore)
]
