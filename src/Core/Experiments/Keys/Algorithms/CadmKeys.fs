namespace MtrlFunctional.Experiments

open MtrlFunctional.Algorithms

/// `agent.cadm.*` of an agent that plans.
type CadmKeys = { Model: CadmModelKeys; Plan: CemConfig }

module internal CadmKeys =
    open Schema

    let elites = "agent.cadm.elites"

    /// Half the way from the middle of an action's range to its bounds.
    let private initialStd = 0.5

    let private plan =
        schema {
            let! candidates =
                key "agent.cadm.candidates" (Codec.int 1 100_000) (is 200) (fun (p: CemConfig) ->
                    p.Candidates)
                |> about "action sequences of an iteration of a plan"

            and! horizon =
                key "agent.cadm.horizon" (Codec.int 1 10_000) (is 30) _.Horizon
                |> about "steps of an action sequence"

            and! iterations =
                key "agent.cadm.iterations" (Codec.int 1 1_000) (is 5) _.Iterations
                |> about "iterations of a plan (cross-entropy method)"

            and! elites =
                key elites (Codec.int 1 100_000) (is 20) _.Elites
                |> about "best sequences of an iteration, around whose mean the next ones are drawn"

            and! smoothing =
                key "agent.cadm.smoothing" Codec.fraction (is 0.1) _.Smoothing
                |> about "share of the mean and deviation of an iteration in those of the next one"

            return {
                Candidates = candidates
                Horizon = horizon
                Iterations = iterations
                Elites = elites
                Smoothing = smoothing
                InitialStd = initialStd
            }
        }

    let schema =
        schema {
            let! model = part CadmModelKeys.schema (fun (k: CadmKeys) -> k.Model)

            and! plan = part plan _.Plan

            return { Model = model; Plan = plan }
        }
