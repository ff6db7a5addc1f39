namespace Mtrl.Experiments

/// Adam (Kingma and Ba 2015, arXiv:1412.6980).
type Optimizer = {
    /// Learning rate.
    LearningRate: float
    /// β1, β2.
    Betas: float * float
    /// ε.
    Epsilon: float
    /// Added to the gradient as weight_decay · parameter.
    WeightDecay: float
}

/// `agent.optimizers.*`.
type Optimizers = {
    Actor: Optimizer
    Critic: Optimizer
    Alpha: Optimizer
    Encoder: Optimizer
    Decoder: Optimizer
}
