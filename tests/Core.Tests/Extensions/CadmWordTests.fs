module MtrlFunctional.Tests.Extensions.CadmWordTests

open Expecto
open MtrlFunctional.Cadm
open MtrlFunctional.Experiments
open MtrlFunctional.Tests

/// The words of an experiment with the extension.
let ``words of CaDM`` = [
    let additions = CadmExtension.extensions.Additions
    let planned = [ "env=mt-cartpole"; "agent=cadm"; "env.horizon=20" ]

    let acting =
        Words.split
            "env=mt-cartpole agent=cadm_mtppo env.horizon=40 agent.on_policy.episode_length=20"

    testTheory "of contexts that have more steps than an episode are refused" [
        "history", "A context is computed from steps of one episode, and no episode has so many."
        "future",
        "With one context, steps of one episode are predicted, and no episode has so many."
    ]
    <| fun (word, why) ->
        let key = $"agent.cadm.{word}"

        for words, length in [ planned, "env.horizon"; acting, "agent.on_policy.episode_length" ] do
            Experiment.resolveWith additions (words @ [ $"{key}=500" ])
            |> refused
            |> List.map string
            |> equals (
                [
                    $"{key} = 500: must be at most 20, {length}. {why} Set {key}=20 or less, or longer episodes."
                ]
            )

            Experiment.resolveWith additions (words @ [ $"{key}=20" ]) |> ok |> ignore

    testTheory "are read back from YAML" [ planned; acting ]
    <| fun words ->
        let e = Experiment.resolveWith additions words |> ok |> fst
        Experiment.loadWith additions (Experiment.render e) |> ok |> equals e

        AgentMemory.tryHistory e.Agent |> equals (Some { Steps = 20 })

        // Without the extension, a message names the word.
        Experiment.load (Experiment.render e)
        |> refused
        |> equals ([ ConfigError.NotGiven("agent", e.Choices.Agent.Name) ])

    testCase "name its presets, also behind typed experiments" (fun () ->
        for preset in CadmPresets.all do
            let e = Experiment.resolveWith additions [ $"preset={preset.Name}" ] |> ok |> fst

            Experiment.on "mt-cartpole"
            |> Experiment.withParts additions
            |> Experiment.withWords [ $"preset={preset.Name}" ]
            |> Experiment.check
            |> ok
            |> fst
            |> equals e)

    testCase "are completed" (fun () ->
        Experiment.completions additions "agent=cadm"
        |> equals ([ "agent=cadm"; "agent=cadm_mtppo" ])

        Experiment.completions additions "preset=cadm/"
        |> equals ([ "preset=cadm/cartpole"; "preset=cadm/cartpole-mtppo" ])

        Experiment.completions additions "agent.cadm.la"
        |> equals ([ "agent.cadm.layers=" ]))
]
