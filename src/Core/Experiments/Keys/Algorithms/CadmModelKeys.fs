namespace MtrlFunctional.Experiments

/// `agent.cadm.*` of the model and of its context. Defaults: Lee et al. 2020, arXiv:2005.06800, appendix B, but for networks
/// that plan in milliseconds.
type CadmModelKeys = {
    /// K.
    History: int
    /// M.
    Future: int
    /// Numbers of the context; 0: none.
    Context: int
    Layers: int
    Units: int
    /// β.
    BackwardWeight: float
    LearningRate: float
}

/// `agent.cadm.*` of a model whose context is an input of an on-policy agent.
type CadmContextKeys = {
    /// Passes of the model over the steps of an iteration.
    Epochs: int
    /// Rows of a minibatch.
    Minibatch: int
}

module internal CadmModelKeys =
    open Schema

    let history = "agent.cadm.history"
    let future = "agent.cadm.future"
    let context = "agent.cadm.context"

    let schema =
        record [
            key history (Codec.int 1 1_000) (is 10) _.History
            |> about "latest steps of an episode that its context is computed from (K)"

            key future (Codec.int 1 1_000) (is 10) _.Future
            |> about "steps that are predicted with one context (M)"

            key context (Codec.int 0 1_000) (is 10) _.Context
            |> about "numbers of the context; 0: a plain model without one"

            key "agent.cadm.layers" (Codec.int 1 100) (is 2) _.Layers
            |> about
                "hidden layers of both models; the context encoder has one more (paper: 3 and 4)"

            key "agent.cadm.units" Codec.size (is 64) _.Units
            |> about "units of a hidden layer (paper: 200 in the models)"

            key "agent.cadm.backward_weight" Codec.notNegative (is 0.5) _.BackwardWeight
            |> about "weight of the backward model's loss (β)"

            key "agent.cadm.lr" Codec.positive (is 1e-3) _.LearningRate
            |> about "Adam's learning rate"
        ]

module internal CadmContextKeys =
    open Schema

    let schema =
        record [
            key "agent.cadm.epochs" (Codec.int 1 10_000) (is 5) _.Epochs
            |> about
                "with agent.context.method=cadm: passes of the model over the steps of an iteration"

            key "agent.cadm.minibatch_size" Codec.count (is 256) _.Minibatch
            |> about
                "with agent.context.method=cadm: rows of a minibatch of the model, of all tasks alike; each is a context and the steps after it"
        ]
