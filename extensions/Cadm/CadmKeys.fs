namespace MtrlFunctional.Cadm

open MtrlFunctional.Experiments
// The records that the keys fill.
open MtrlFunctional.Cadm

/// `agent.cadm.*` of the agent that plans.
type PlannerKeys = { Model: ModelSettings; Plan: PlanSettings }

/// `agent.cadm.*` of MT-PPO with contexts.
type PolicyKeys = { Model: ModelSettings; Passes: PassSettings }

/// The keys. Defaults: Lee et al. 2020, arXiv:2005.06800, appendix B, but for networks that plan in milliseconds.
module CadmKeys =
    open Schema

    let history = "agent.cadm.history"
    let future = "agent.cadm.future"
    let context = "agent.cadm.context"
    let elites = "agent.cadm.elites"

    let private model: Schema<ModelSettings> =
        record [
            key history (Codec.int 1 1_000) (is 10) _.History
            <| "latest steps of an episode that its context is computed from (K)"

            key future (Codec.int 1 1_000) (is 10) _.Future
            <| "steps that are predicted with one context (M)"

            key context (Codec.int 0 1_000) (is 10) (fun (model: ModelSettings) -> model.Context)
            <| "numbers of the context; 0: a plain model without one"

            key "agent.cadm.layers" (Codec.int 1 100) (is 2) _.Layers
            <| "hidden layers of both models; the context encoder has one more (paper: 3 and 4)"

            key "agent.cadm.units" Codec.size (is 64) _.Units
            <| "units of a hidden layer (paper: 200 in the models)"

            key "agent.cadm.backward_weight" Codec.notNegative (is 0.5) _.BackwardWeight
            <| "weight of the backward model's loss (β)"

            key "agent.cadm.lr" Codec.positive (is 1e-3) _.LearningRate
            <| "Adam's learning rate"
        ]

    let private plan: Schema<PlanSettings> =
        record [
            key "agent.cadm.candidates" (Codec.int 1 100_000) (is 200) _.Candidates
            <| "action sequences of an iteration of a plan"

            key "agent.cadm.horizon" (Codec.int 1 10_000) (is 30) _.Horizon
            <| "steps of an action sequence"

            key "agent.cadm.iterations" (Codec.int 1 1_000) (is 5) _.Iterations
            <| "iterations of a plan (cross-entropy method)"

            key elites (Codec.int 1 100_000) (is 20) _.Elites
            <| "best sequences of an iteration, around whose mean the next ones are drawn"

            key "agent.cadm.smoothing" Codec.fraction (is 0.1) _.Smoothing
            <| "share of an iteration's mean and deviation in the next iteration's"

            // `agent.builder.discount` sets the discount.
            without 1.0 _.Discount
        ]

    let private passes: Schema<PassSettings> =
        record [
            key "agent.cadm.epochs" (Codec.int 1 10_000) (is 5) _.Epochs
            <| "with agent=cadm_mtppo: passes of the model over the steps of an iteration"

            key "agent.cadm.minibatch_size" Codec.count (is 256) _.Minibatch
            <| "with agent=cadm_mtppo: rows of a minibatch of the model, of all tasks alike; each is a context and the steps after it"
        ]

    let planner: Schema<PlannerKeys> =
        record [ part model (fun (keys: PlannerKeys) -> keys.Model); part plan _.Plan ]

    let policy: Schema<PolicyKeys> =
        record [ part model (fun (keys: PolicyKeys) -> keys.Model); part passes _.Passes ]
