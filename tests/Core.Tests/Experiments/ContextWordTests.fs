module MtrlFunctional.Tests.Experiments.ContextWordTests

open Expecto

/// Contexts that are longer than what they are computed from.
let ``words of a context`` = [
    let ofSet = [
        "env=metaworld-mt10"
        "agent=state_sac"
        "agent.context.method=set"
        "agent.multitask.should_use_task_encoder=True"
    ]

    testCase "that have more transitions than their window are refused" (fun () ->
        let told count =
            Resolving.mistakes (
                ofSet @ [ $"agent.context.transitions={count}"; "agent.context.window=10" ]
            )

        told 10 |> isEmpty

        told 5000
        |> equals [
            "agent.context.transitions = 5000: must be at most 10, agent.context.window. They are drawn from the window of a task's newest transitions."
        ])
]
