/// `agent.on_policy.*`: advantages, and the lag that V-trace corrects.
module internal MtrlFunctional.Experiments.AdvantageKeys

open MtrlFunctional.Experiments.Schema

let lambda =
    key
        "agent.on_policy.gae_lambda"
        Codec.fraction
        (Default.By(fun c -> is (if c.Agent.Family = Family.maml then 1.0 else 0.95)))
        (fun (o: OnPolicyKeys) -> o.Lambda)
    |> about "λ of the advantages (Schulman et al. 2016)"

let lag =
    key
        "agent.on_policy.lag"
        (Codec.int 0 16)
        (Default.By(fun c ->
            is (
                if c.Agent.Family = Family.impala && c.Fidelity = Fidelity.Corrected then
                    1
                else
                    0
            )))
        (fun (o: OnPolicyKeys) -> o.Lag)
    |> about
        "updates between the policy that plays an iteration and the one that learns from it, corrected by V-trace (Espeholt et al. 2018); from 1 on an iteration is played while another one is learned"

let asynchronous =
    key "agent.on_policy.asynchronous" Codec.flag (is false) (fun (o: OnPolicyKeys) ->
        o.Asynchronous)
    |> about
        "iterations are played by the newest policy without waiting for updates, at most agent.on_policy.lag ahead; their lag then depends on timing, and runs are not repeatable"

let rhoBar =
    key "agent.on_policy.rho_bar" Codec.positive (is 1.0) (fun (o: OnPolicyKeys) -> o.RhoBar)
    |> about "with a lag: ρ̄, bound of the importance ratios of errors"

let cBar =
    key "agent.on_policy.c_bar" Codec.positive (is 1.0) (fun (o: OnPolicyKeys) -> o.CBar)
    |> about
        "with a lag: c̄, bound of the importance ratios by which an error passes to earlier steps"

let centerAdvantages =
    key "agent.on_policy.center_advantages" Codec.flag (is true) (fun (o: OnPolicyKeys) ->
        o.CenterAdvantages)
    |> about "advantages get mean 0 and deviation 1"

let positiveAdvantages =
    key "agent.on_policy.positive_advantages" Codec.flag (is false) (fun (o: OnPolicyKeys) ->
        o.PositiveAdvantages)
    |> about "advantages are moved until the least is 0"

let advantagesPerTask =
    key "agent.on_policy.advantages_per_task" Codec.flag (is true) (fun (o: OnPolicyKeys) ->
        o.AdvantagesPerTask)
    |> about "the advantages of each task are centred by themselves"

let advantagesPerMinibatch =
    key "agent.on_policy.advantages_per_minibatch" Codec.flag (is false) (fun (o: OnPolicyKeys) ->
        o.AdvantagesPerMinibatch)
    |> about "the advantages of each minibatch are centred; MT-TRPO's minibatch is the iteration"
