/// `agent.on_policy.*`: σ of the policy.
module internal MtrlFunctional.Experiments.StdKeys

open MtrlFunctional.Experiments.Schema

let initStd =
    key "agent.on_policy.init_std" Codec.positive (is 1.0) (fun (o: OnPolicyKeys) -> o.InitStd)
    |> about "σ of the policy at the start"

let minStd =
    key "agent.on_policy.min_std" Codec.positive (is 1e-6) (fun (o: OnPolicyKeys) -> o.MinStd)
    |> about "least σ of the policy"

let unsolvedStd =
    key
        "agent.on_policy.unsolved_std"
        (Codec.optional Codec.positive)
        (is None)
        (fun (o: OnPolicyKeys) -> o.UnsolvedStd)
    |> about
        "least σ of a task while none of its episodes succeeds; it falls linearly to nothing where a fifth of them does; null: agent.on_policy.min_std alone"

let maxStd =
    key
        "agent.on_policy.max_std"
        (Codec.optional Codec.positive)
        (is None)
        (fun (o: OnPolicyKeys) -> o.MaxStd)
    |> about "greatest σ of the policy; null: any"

let stdPerTask =
    key
        "agent.on_policy.std_per_task"
        Codec.flag
        (Default.By(fun c -> is (not (Family.findsTask c.Agent.Family))))
        (fun (o: OnPolicyKeys) -> o.StdPerTask)
    |> about "a σ for each task and action; false: for each action"
