namespace MtrlFunctional.Surgery

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema

/// Of what a task's loss is a part, for its rate of training.
[<RequireQualifiedAccess>]
type internal RateReference =
    /// The first loss.
    | FirstLoss
    /// The loss of the update before, as mtrl does.
    | LastLoss

/// What learns.
[<RequireQualifiedAccess>]
type internal GradNormForm =
    /// The weights, by gradient descent; afterwards they are scaled to add up to the number of
    /// tasks.
    | Descent
    /// The weights, by Adam; never scaled, as in mtrl.
    | Adam
    /// Weights are the number of tasks times softmax of logits, which learn by Adam, as in LibMTL.
    | Softmax

/// GradNorm's choices.
type GradNormConfig = internal {
    /// α: how strongly rates of training are balanced (paper: 0.12 to 1.5; 0: equal norms).
    Alpha: float
    Rate: float
    Form: GradNormForm
    /// Of the differences |norm − target|.
    Reduction: Reduction
    Reference: RateReference
    /// Added to the mean rate before dividing by it.
    Epsilon: float
    /// Lower bound of the weights after a step; none: unbounded, so that they may become negative.
    LeastWeight: float option
}

/// GradNorm: weights of the tasks are learned so that norms of gradients, on the last shared layer, match the tasks'
/// rates of training.
///
/// Paper: Chen et al. 2018, "GradNorm", arXiv:1711.02257, alg. 1. The combination uses the weights
/// from before the update. A rate that is not a positive number (losses may be zero or negative)
/// is replaced by 1; in mtrl's form only if it is not finite.
module GradNorm =
    let internal paper = {
        Alpha = 1.5
        Rate = 0.025
        Form = GradNormForm.Descent
        Reduction = Reduction.Sum
        Reference = RateReference.FirstLoss
        Epsilon = 0.0
        LeastWeight = None
    }

    /// The paper's, with weights that stay positive.
    let internal standard = { paper with LeastWeight = Some 1e-3 }

    let mtrl = {
        Alpha = 1.0
        Rate = 1e-6
        Form = GradNormForm.Adam
        Reduction = Reduction.Mean
        Reference = RateReference.LastLoss
        Epsilon = 1e-8
        LeastWeight = None
    }

    [<Literal>]
    let private Learned = "weights"

    [<Literal>]
    let private Reference = "reference"

    /// Equal weights, before the first losses.
    let internal start config tasks =
        let first = if config.Form = GradNormForm.Softmax then 0.0 else 1.0

        SurgeryState.empty
        |> LearnedNumbers.start Learned (Array.create tasks first)
        |> SurgeryState.withTask Reference (Array.create tasks nan)

    /// Weights of the tasks as a state has them.
    let internal weights config state =
        let learned = SurgeryState.perTask Learned state

        match config.Form with
        | GradNormForm.Softmax -> Simplex.softmax learned |> Array.map ((*) (float learned.Length))
        | _ -> learned

    /// The tasks' rates of training, with mean 1.
    let internal ratios config (reference: float[]) (losses: float[]) =
        let rates =
            Array.map2
                (fun loss first ->
                    let rate = loss / first

                    if config.Form = GradNormForm.Adam && System.Double.IsFinite rate then
                        rate
                    elif System.Double.IsFinite rate && rate > 0.0 then
                        rate
                    else
                        1.0)
                losses
                reference

        let mean = Array.average rates + config.Epsilon
        rates |> Array.map (fun rate -> rate / mean)

    /// The target lengths, constants for gradients.
    let internal targets config (norms: float[]) (ratios: float[]) =
        let mean = Array.average norms

        ratios
        |> Array.map (fun ratio ->
            let power = ratio ** config.Alpha
            mean * (if System.Double.IsFinite power then power else 1.0))

    /// The gradient of the sum or mean of |norm − target| with respect to the weights.
    let internal weightGradient config (lengths: float[]) (norms: float[]) (targets: float[]) =
        let share = (Solution.reductionWeights config.Reduction lengths.Length)[0]

        Array.map3
            (fun length norm target -> share * float (sign (norm - target)) * length)
            lengths
            norms
            targets

    /// The same with respect to logits of the weights.
    let internal logitGradient (weights: float[]) (gradient: float[]) =
        let mean = Array.map2 (*) weights gradient |> Array.average
        Array.map2 (fun w g -> w * (g - mean)) weights gradient

    /// Weights scaled so that they add up to their count; where they add up to nothing, all 1.
    let private scaled config (weights: float[]) =
        let weights =
            match config.LeastWeight with
            | Some least -> weights |> Array.map (max least)
            | None -> weights

        let factor = float weights.Length / Array.sum weights

        if System.Double.IsFinite factor then
            weights |> Array.map ((*) factor)
        else
            Array.create weights.Length 1.0

    let private learn config gradient state =
        match config.Form with
        | GradNormForm.Descent ->
            let moved =
                Array.map2
                    (fun w g -> w - config.Rate * g)
                    (SurgeryState.perTask Learned state)
                    gradient

            SurgeryState.withTask Learned (scaled config moved) state
        | GradNormForm.Adam -> LearnedNumbers.adam config.Rate Learned gradient state
        | GradNormForm.Softmax ->
            let gradient = logitGradient (weights config state) gradient
            LearnedNumbers.adam config.Rate Learned gradient state

    /// The weights, and those for the next update.
    let internal solve config (problem: Problem) state =
        let weights = weights config state

        let reference =
            SurgeryState.perTask Reference state
            |> Array.map2
                (fun loss seen -> if System.Double.IsNaN seen then loss else seen)
                problem.Losses

        let norms = Array.map2 (*) weights problem.Lengths
        let wanted = ratios config reference problem.Losses |> targets config norms
        let gradient = weightGradient config problem.Lengths norms wanted

        let remembered =
            match config.Reference with
            | RateReference.FirstLoss -> reference
            | RateReference.LastLoss -> problem.Losses

        learn config gradient state
        |> SurgeryState.withTask Reference remembered
        |> Solution.create weights

    /// The method with these choices.
    let internal surgery config : Surgery = {
        Surgery.Of(solve config) with
            Start = start config
            BalancesLastLayers = true
    }

    let private key name = key $"agent.surgery.gradnorm.{name}"

    /// α and the learning rate.
    let private keys =
        record [
            key "alpha" Codec.notNegative (like "agent.gradnorm.alpha") fst
            <| "α: how strongly rates of training are balanced (paper: 0.12 to 1.5; 0: equal norms). Ours"

            key "rate" Codec.positive (byFidelity mtrl.Rate standard.Rate) snd
            <| "learning rate of the weights. Ours"
        ]

    /// `agent.surgery.method=gradnorm`.
    let internal method' =
        let chosen (alpha, rate) (behaviour: Behaviour) _ =
            let form = if behaviour.GradNormFirstLoss then standard else mtrl
            surgery { form with Alpha = alpha; Rate = rate }

        Method.Of("gradnorm", "weights learn to balance rates of training", surgery standard)
        |> Method.withValues keys (fun values choice -> {
            choice with
                Surgery = Some(chosen values)
        })
