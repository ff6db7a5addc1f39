/// `agent.on_policy.*`: minibatches and learning rates.
module internal MtrlFunctional.Experiments.OptimisationKeys

open MtrlFunctional.Experiments.Schema

let minibatch =
    key
        "agent.on_policy.minibatch_size"
        Codec.count
        (Default.By(fun c -> is (if c.Agent.Family = Family.rl2 then 10_000 else 2_500)))
        (fun (o: OnPolicyKeys) -> o.Minibatch)
    |> about
        "rows of a minibatch, all tasks together (garage: 64); of agent=rl2 rounded down to whole trials, at least one of each task"

let maxGradNorm =
    key
        "agent.on_policy.max_grad_norm"
        (Codec.optional Codec.positive)
        (is None)
        (fun (o: OnPolicyKeys) -> o.MaxGradNorm)
    |> about "longer gradients are shortened to this; null: never"

let private schedules =
    Codec.oneOf [
        "constant", LearningRateSchedule.Constant
        "linear", LearningRateSchedule.Linear
    ]

let learningRates =
    key
        "agent.on_policy.lr_schedule"
        schedules
        (is LearningRateSchedule.Constant)
        (fun (o: OnPolicyKeys) -> o.LearningRates)
    |> about "learning rates over the run: as they are, or down to zero at its end"

let decayStart =
    key "agent.on_policy.lr_decay_start" Codec.belowOne (is 0.0) (fun (o: OnPolicyKeys) ->
        o.DecayStart)
    |> about
        "share of the run's steps after which lr_schedule=linear begins to fall; until then the run can be made longer and equals one that was started with as many steps"
