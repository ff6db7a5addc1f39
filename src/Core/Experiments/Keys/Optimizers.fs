namespace MtrlFunctional.Experiments

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

module internal Optimizers =
    open Schema

    let private betas =
        Codec.pair "[β1, β2], each in [0, 1)" (fun a b ->
            0.0 <= a && a < 1.0 && 0.0 <= b && b < 1.0)

    /// One optimiser at a place in the table, with defaults of its own.
    let adam at learningRate pair weightDecay =
        schema {
            let! learningRate =
                key $"{at}.lr" Codec.positive learningRate (fun (o: Optimizer) -> o.LearningRate)
                |> about "Adam's learning rate"

            and! betas = key $"{at}.betas" betas pair _.Betas |> about "Adam's β1 and β2"
            and! epsilon = key $"{at}.eps" Codec.positive (is 1e-8) _.Epsilon |> about "Adam's ε"

            and! weightDecay =
                key $"{at}.weight_decay" Codec.notNegative weightDecay _.WeightDecay
                |> about "added to the gradient, times the parameter"

            return {
                LearningRate = learningRate
                Betas = betas
                Epsilon = epsilon
                WeightDecay = weightDecay
            }
        }

    let private usual = bySetup (is 3e-4) (is 1e-3)
    let private mild = is (0.9, 0.999)

    /// An optimiser with the defaults of another.
    let follower at other =
        adam at (like $"{other}.lr") (like $"{other}.betas") (like $"{other}.weight_decay")

    let schema =
        schema {
            let! actor =
                part (adam "agent.optimizers.actor" usual mild (is 0.0)) (fun (s: Optimizers) ->
                    s.Actor)

            and! critic = part (adam "agent.optimizers.critic" usual mild (is 0.0)) _.Critic

            and! alpha =
                part
                    (adam
                        "agent.optimizers.alpha"
                        (bySetup (is 3e-4) (is 1e-4))
                        (bySetup mild (is (0.5, 0.999)))
                        (is 0.0))
                    _.Alpha

            and! encoder = part (adam "agent.optimizers.encoder" usual mild (is 0.0)) _.Encoder

            and! decoder = part (adam "agent.optimizers.decoder" usual mild (is 1e-7)) _.Decoder

            return {
                Actor = actor
                Critic = critic
                Alpha = alpha
                Encoder = encoder
                Decoder = decoder
            }
        }
