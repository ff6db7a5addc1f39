namespace MtrlFunctional.Experiments

open MtrlFunctional.Tensors

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
} with

    /// The rule of its steps.
    member this.Rule =
        let beta1, beta2 = this.Betas
        AdamRule(this.LearningRate, beta1, beta2, this.Epsilon, this.WeightDecay)

/// `agent.optimizers.*`.
type Optimizers = { Actor: Optimizer; Critic: Optimizer; Alpha: Optimizer }

module internal Optimizers =
    open Schema

    let private betas =
        Codec.pair "[β1, β2], each in [0, 1)" (fun a b ->
            0.0 <= a && a < 1.0 && 0.0 <= b && b < 1.0)

    let private optimizer at learningRate pair epsilon weightDecay =
        record<Optimizer> [
            key $"{at}.lr" Codec.notNegative learningRate _.LearningRate
            <| "Adam's learning rate; 0: its parameters stay as they start"

            key $"{at}.betas" betas pair _.Betas <| "Adam's β1 and β2"

            key $"{at}.eps" Codec.positive epsilon _.Epsilon <| "Adam's ε"

            key $"{at}.weight_decay" Codec.notNegative weightDecay _.WeightDecay
            <| "added to the gradient, times the parameter"

            ignored
                "no other optimiser is here"
                $"{at}._target_"
                (Codec.oneOf [ "torch.optim.Adam", () ])
                (is ())
            <| "kind of optimiser"

            ignored
                "steps are Adam's own"
                $"{at}.amsgrad"
                (Codec.flag |> Codec.only "false" not)
                (is false)
            <| "AMSGrad in the place of Adam"
        ]

    let private usualBetas = is (0.9, 0.999)
    let private usualEpsilon = is 1e-8

    /// An optimiser at a path of the table.
    let adam at weightDecay =
        optimizer at (bySetup (is 3e-4) (is 1e-3)) usualBetas usualEpsilon weightDecay

    /// An optimiser with the defaults of another.
    let follower at other =
        let other name = like $"{other}.{name}"
        optimizer at (other "lr") (other "betas") (other "eps") (other "weight_decay")

    /// The optimiser of a task encoder: as the actor's, but with setup=hipbmdp one with numbers of its own.
    let ofTaskEncoder at =
        let actor name own =
            bySetup (like $"agent.optimizers.actor.{name}") own

        optimizer
            at
            (actor "lr" (is 1e-3))
            (actor "betas" usualBetas)
            (actor "eps" usualEpsilon)
            (actor "weight_decay" (is 0.0))

    let schema =
        record [
            part (adam "agent.optimizers.actor" (is 0.0)) _.Actor

            part (adam "agent.optimizers.critic" (is 0.0)) _.Critic

            part
                (optimizer
                    "agent.optimizers.alpha"
                    (bySetup (is 3e-4) (is 1e-4))
                    (bySetup usualBetas (is (0.5, 0.999)))
                    usualEpsilon
                    (is 0.0))
                _.Alpha
        ]
