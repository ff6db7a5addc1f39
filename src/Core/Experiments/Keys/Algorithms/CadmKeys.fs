namespace MtrlFunctional.Experiments

open MtrlFunctional.Algorithms

/// `agent.cadm.*`. Defaults: Lee et al. 2020, arXiv:2005.06800, appendix B, but for networks that plan in milliseconds.
type CadmKeys = {
    /// K.
    History: int
    /// M.
    Future: int
    /// Numbers of the context; 0: none.
    Context: int
    Layers: int
    Units: int
    /// β.
    BackwardWeight: float
    LearningRate: float
    Plan: CemConfig
}

module internal CadmKeys =
    open Schema

    let context = "agent.cadm.context"
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
            let! history =
                key "agent.cadm.history" (Codec.int 1 1_000) (is 10) (fun (k: CadmKeys) ->
                    k.History)
                |> about "latest steps of an episode that its context is computed from (K)"

            and! future =
                key "agent.cadm.future" (Codec.int 1 1_000) (is 10) _.Future
                |> about "steps that are predicted with one context (M)"

            and! context =
                key context (Codec.int 0 1_000) (is 10) _.Context
                |> about "numbers of the context; 0: a plain model without one"

            and! layers =
                key "agent.cadm.layers" (Codec.int 1 100) (is 2) _.Layers
                |> about
                    "hidden layers of both models; the context encoder has one more (paper: 3 and 4)"

            and! units =
                key "agent.cadm.units" Codec.size (is 64) _.Units
                |> about "units of a hidden layer (paper: 200 in the models)"

            and! backwardWeight =
                key "agent.cadm.backward_weight" Codec.notNegative (is 0.5) _.BackwardWeight
                |> about "weight of the backward model's loss (β)"

            and! learningRate =
                key "agent.cadm.lr" Codec.positive (is 1e-3) _.LearningRate
                |> about "Adam's learning rate"

            and! plan = part plan _.Plan

            return {
                History = history
                Future = future
                Context = context
                Layers = layers
                Units = units
                BackwardWeight = backwardWeight
                LearningRate = learningRate
                Plan = plan
            }
        }
