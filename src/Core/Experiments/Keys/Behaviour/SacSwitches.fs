/// Switches of soft actor-critic.
module internal MtrlFunctional.Experiments.SacSwitches

open MtrlFunctional.Experiments.Schema

let keys: Field<Behaviour> list = [
    switchOffPolicy
        "behaviour.exact_squash_density"
        true
        {
            Original =
                "log π of a squashed action contains −log(relu(1 − a²) + 1e-6) of the rounded action a = tanh u, in Distral as well."
            Corrected =
                "It contains −2 (log 2 − u − softplus(−2u)), which is equal for exact numbers."
            Reason =
                "Where actions saturate log π is too small by 1.2 nats at |u| = 8 and by 14.8 at 15, and so are the temperatures and both losses; and the slope is gone that would bring the policy back."
        }
        _.ExactSquashDensity
]
