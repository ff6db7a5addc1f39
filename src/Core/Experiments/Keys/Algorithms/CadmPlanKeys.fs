namespace MtrlFunctional.Experiments

open MtrlFunctional.Algorithms

/// `agent.cadm.*` of an agent that plans.
module internal CadmPlanKeys =
    open Schema

    let elites = "agent.cadm.elites"

    let schema: Schema<CemConfig> =
        record [
            key "agent.cadm.candidates" (Codec.int 1 100_000) (is 200) _.Candidates
            |> about "action sequences of an iteration of a plan"

            key "agent.cadm.horizon" (Codec.int 1 10_000) (is 30) _.Horizon
            |> about "steps of an action sequence"

            key "agent.cadm.iterations" (Codec.int 1 1_000) (is 5) _.Iterations
            |> about "iterations of a plan (cross-entropy method)"

            key elites (Codec.int 1 100_000) (is 20) _.Elites
            |> about "best sequences of an iteration, around whose mean the next ones are drawn"

            key "agent.cadm.smoothing" Codec.fraction (is 0.1) _.Smoothing
            |> about "share of the mean and deviation of an iteration in those of the next one"

            // Half the way from the middle of an action's range to its bounds.
            without 0.5 _.InitialStd
        ]
