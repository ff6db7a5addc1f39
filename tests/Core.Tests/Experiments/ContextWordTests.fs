namespace MtrlFunctional.Tests.Experiments

open NUnit.Framework

/// Contexts that are longer than what they are computed from.
[<TestFixture>]
module ``words of a context`` =
    let private planned = [ "env=mt-cartpole"; "agent=cadm"; "env.horizon=20" ]

    let private ofModel = [
        "env=mt-cartpole"
        "agent=mtppo"
        "agent.context.method=cadm"
        "env.horizon=40"
        "agent.on_policy.episode_length=20"
    ]

    let private ofSet = [
        "env=metaworld-mt10"
        "agent=state_sac"
        "agent.context.method=set"
        "agent.multitask.should_use_task_encoder=True"
    ]

    [<TestCase("history",
               "A context is computed from steps of one episode, and no episode has so many.")>]
    [<TestCase("future",
               "With one context, steps of one episode are predicted, and no episode has so many.")>]
    let ``that have more steps than an episode are refused`` (word: string, why: string) =
        let key = $"agent.cadm.{word}"

        for words, length in [ planned, "env.horizon"; ofModel, "agent.on_policy.episode_length" ] do
            Assert.That(
                Resolving.mistakes (words @ [ $"{key}=500" ]),
                Is.EqualTo<string list> [
                    $"{key} = 500: must be at most 20, {length}. {why} Set {key}=20 or less, or longer episodes."
                ]
            )

            Resolving.resolve (words @ [ $"{key}=20" ]) |> ignore

    [<Test>]
    let ``that have more transitions than their window are refused`` () =
        Assert.That(
            Resolving.mistakes (
                ofSet @ [ "agent.context.transitions=5000"; "agent.context.window=10" ]
            ),
            Is.EqualTo<string list> [
                "agent.context.transitions = 5000: must be at most 10, agent.context.window. They are drawn from the window of a task's newest transitions."
            ]
        )

        Resolving.resolve (ofSet @ [ "agent.context.transitions=10"; "agent.context.window=10" ])
        |> ignore
