/// `agent.on_policy.*`: σ of the policy.
module internal MtrlFunctional.Experiments.StdKeys

open MtrlFunctional.Experiments.Schema

let keys: Field<OnPolicyKeys> list = [
    key "agent.on_policy.init_std" Codec.positive (is 1.0) _.InitStd
    |> about "σ of the policy at the start"

    key "agent.on_policy.min_std" Codec.positive (is 1e-6) _.MinStd
    |> about "least σ of the policy"

    key "agent.on_policy.unsolved_std" (Codec.optional Codec.positive) (is None) _.UnsolvedStd
    |> about
        "least σ of a task while none of its episodes succeeds; it falls linearly to nothing where a fifth of them does; null: agent.on_policy.min_std alone"

    key "agent.on_policy.max_std" (Codec.optional Codec.positive) (is None) _.MaxStd
    |> about "greatest σ of the policy; null: any"

    key "agent.on_policy.std_per_task" Codec.flag (is true) _.StdPerTask
    |> about "a σ for each task and action; false: for each action"
]
