/// `agent.on_policy.*`: minibatches and learning rates.
module internal MtrlFunctional.Experiments.OptimisationKeys

open MtrlFunctional.Experiments.Schema

let private schedules =
    Codec.oneOf [
        "constant", LearningRateSchedule.Constant
        "linear", LearningRateSchedule.Linear
    ]

let keys: Field<OnPolicyKeys> list = [
    key "agent.on_policy.minibatch_size" Codec.count (is 2_500) _.Minibatch
    |> about
        "rows of a minibatch, all tasks together (garage: 64); of agent=rl2 rounded down to whole trials, at least one of each task"

    key "agent.on_policy.max_grad_norm" (Codec.optional Codec.positive) (is None) _.MaxGradNorm
    |> about "longer gradients are shortened to this; null: never"

    key "agent.on_policy.lr_schedule" schedules (is LearningRateSchedule.Constant) _.LearningRates
    |> about "learning rates over the run: as they are, or down to zero at its end"

    key "agent.on_policy.lr_decay_start" Codec.belowOne (is 0.0) _.DecayStart
    |> about
        "share of the run's steps after which lr_schedule=linear begins to fall; until then the run can be made longer and equals one that was started with as many steps"
]
