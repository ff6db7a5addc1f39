/// `agent.on_policy.*`: advantages, and the lag that V-trace corrects.
module internal MtrlFunctional.Experiments.AdvantageKeys

open MtrlFunctional.Experiments.Schema

let keys: Field<OnPolicyKeys> list = [
    key "agent.on_policy.gae_lambda" Codec.fraction (is 0.95) _.Lambda
    |> about "λ of the advantages (Schulman et al. 2016)"

    key "agent.on_policy.lag" (Codec.int 0 16) (is 0) _.Lag
    |> about
        "updates between the policy that plays an iteration and the one that learns from it, corrected by V-trace (Espeholt et al. 2018); from 1 on an iteration is played while another one is learned"

    key "agent.on_policy.asynchronous" Codec.flag (is false) _.Asynchronous
    |> about
        "iterations are played by the newest policy without waiting for updates, at most agent.on_policy.lag ahead; their lag then depends on timing, and runs are not repeatable"

    key "agent.on_policy.rho_bar" Codec.positive (is 1.0) _.RhoBar
    |> about "with a lag: ρ̄, bound of the importance ratios of errors"

    key "agent.on_policy.c_bar" Codec.positive (is 1.0) _.CBar
    |> about
        "with a lag: c̄, bound of the importance ratios by which an error passes to earlier steps"

    key "agent.on_policy.center_advantages" Codec.flag (is true) _.CenterAdvantages
    |> about "advantages get mean 0 and deviation 1"

    key "agent.on_policy.positive_advantages" Codec.flag (is false) _.PositiveAdvantages
    |> about "advantages are moved until the least is 0"

    key "agent.on_policy.advantages_per_task" Codec.flag (is true) _.AdvantagesPerTask
    |> about "the advantages of each task are centred by themselves"

    key "agent.on_policy.advantages_per_minibatch" Codec.flag (is false) _.AdvantagesPerMinibatch
    |> about "the advantages of each minibatch are centred; MT-TRPO's minibatch is the iteration"
]
