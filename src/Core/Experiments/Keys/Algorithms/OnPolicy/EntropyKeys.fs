/// `agent.on_policy.*`: the entropy of the policy, and the loss of mean actions beyond their bounds.
module internal MtrlFunctional.Experiments.EntropyKeys

open MtrlFunctional.Experiments.Schema

let private entropies =
    Codec.oneOf [
        "no_entropy", EntropyMethod.None
        "regularized", EntropyMethod.Regularized
        "tuned", EntropyMethod.Tuned
        "max", EntropyMethod.Max
    ]

let keys: Field<OnPolicyKeys> list = [
    key "agent.on_policy.entropy_method" entropies (is EntropyMethod.None) _.Entropy
    |> about
        "where the policy's entropy is added: nowhere, to its objective, there by a coefficient for each task that learns, to rewards"

    key "agent.on_policy.entropy_coefficient" Codec.notNegative (is 0.0) _.EntropyCoefficient
    |> about "how much the entropy counts; where tasks' coefficients learn, at first"

    key
        "agent.on_policy.target_entropy"
        (Codec.real "a finite number" System.Double.IsFinite)
        (is -1.0)
        _.TargetEntropy
    |> about
        "with entropy_method=tuned: the target entropy, in nats for each number of a continuous action (−1, as of soft actor-critic, is σ = 0.089), or of a discrete action among n (0 to log n)"

    key "agent.on_policy.entropy_lr" Codec.notNegative (is 1.0) _.EntropyRate
    |> about
        "with entropy_method=tuned: log of a task's coefficient moves by this times the entropy that an action lacks, each iteration"

    key "agent.on_policy.stop_entropy_gradient" Codec.flag (is false) _.StopEntropyGradient
    |> about "the entropy is a constant for the gradient"

    key "agent.on_policy.use_softplus_entropy" Codec.flag (is false) _.SoftplusEntropy
    |> about "log(1 + e^x) of the entropy"

    key "agent.on_policy.bounds_loss_coefficient" Codec.notNegative (is 0.0) _.BoundsLoss
    |> about
        "weight of the squares of mean actions beyond ±1.1 in the loss of a Gaussian policy, as in rl_games; environments cut actions at ±1; 0: none"
]
