/// `agent.on_policy.*`: networks of policy and value function, and the scales of what they observe and predict.
module internal MtrlFunctional.Experiments.OnPolicyNetworkKeys

open MtrlFunctional.Experiments.Schema

let private activations = Codec.oneOf [ "tanh", true; "relu", false ]

let private initialisations =
    Codec.oneOf [ "glorot", InitialWeights.Glorot; "he", InitialWeights.He ]

let private values =
    Codec.oneOf [
        "gaussian", ValueKind.Gaussian
        "squared", ValueKind.Squared
        "linear", ValueKind.Linear
    ]

let keys: Field<OnPolicyKeys> list = [
    key "agent.on_policy.activation" activations (is true) _.Tanh
    |> about "between the layers of policy and value function, where they are plain"

    key
        "agent.on_policy.initial_weights"
        initialisations
        (is InitialWeights.Glorot)
        _.InitialWeights
    |> about
        "how the policy's dense layers begin: uniform within Glorot's bound with biases 0, as garage's and mtrl's; or within that of He et al. 2015, weights and biases of the last layer within ±0.001, as those of Meta-World+"

    key "agent.on_policy.value_function" values (is ValueKind.Squared) _.Value
    |> about
        "what estimates values: a normal distribution of returns with a learned σ, squared error, or least squares on features of observation and time"

    key "agent.on_policy.value_epochs" (Codec.int 1 10_000) (like "agent.ppo.epochs") _.ValueEpochs
    |> about "passes of the value function over the steps of an iteration"

    key "agent.on_policy.value_layer_norm" Codec.flag (is false) _.ValueLayerNorm
    |> about "layer normalisation after the plain hidden layers of the value network"

    key "agent.on_policy.normalize_values" Codec.flag (is true) _.NormalizeValues
    |> about "values in units of the returns of each task (PopArt, van Hasselt et al. 2016)"

    key "agent.on_policy.normalize_observations" Codec.flag (is false) _.NormalizeObservations
    |> about "observations in units of those seen so far"

    key "agent.on_policy.observations_per_task" Codec.flag (is false) _.ObservationsPerTask
    |> about "with normalize_observations: in units of those seen so far in the same task"
]
