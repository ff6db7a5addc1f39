namespace MtrlFunctional.Surgery

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema

/// Settings of FAMO.
type internal FamoConfig = {
    /// Learning rate (Adam) of the logits.
    Rate: float
    /// Added to their gradient, times the logits.
    Decay: float
    /// The least value that a loss can take.
    LeastLoss: float
}

/// FAMO: all losses fall at the same rate, learned from how they fell in the last update: one
/// gradient of a weighted loss is enough.
///
/// Paper: Liu et al. 2023, "FAMO: Fast Adaptive Multitask Optimization", arXiv:2306.03792, alg. 1.
/// Departures:
///   [1] the losses after a step are the arguments of `observe`, for critics of soft actor-critic; for value functions of
///       on-policy agents losses of the next batch take their place, which costs no further forward pass;
///   [2] a loss below its least value is replaced by that value.
module internal Famo =
    let standard = { Rate = 0.025; Decay = 1e-3; LeastLoss = 0.0 }

    [<Literal>]
    let private Logits = "logits"

    /// Losses of the last update, until the losses after it are observed; NaN: none.
    [<Literal>]
    let private Pending = "pending"

    /// Equal weights.
    let start tasks =
        SurgeryState.empty
        |> LearnedNumbers.start Logits (Array.zeroCreate tasks)
        |> SurgeryState.withTask Pending (Array.create tasks nan)

    let private above config loss =
        max 0.0 (loss - config.LeastLoss) + 1e-8 // [2]

    /// z / D, scaled to add up to 1.
    let weights config (logits: float[]) (losses: float[]) =
        let shares =
            Array.map2 (fun z loss -> z / above config loss) (Simplex.softmax logits) losses

        let sum = Array.sum shares
        shares |> Array.map (fun share -> share / sum)

    /// z ∘ (δ − ⟨z, δ⟩) with δ = log D − log D′: tasks that improved most lose weight.
    let logitGradient config (logits: float[]) (before: float[]) (after: float[]) =
        let z = Simplex.softmax logits

        let gained =
            Array.map2 (fun b a -> log (above config b) - log (above config a)) before after

        let mean = Array.fold2 (fun sum z gained -> sum + z * gained) 0.0 z gained
        Array.map2 (fun z gained -> z * (gained - mean)) z gained

    /// The losses after the last step, on the same batch: the logits learn from them.
    let observe config (losses: float[]) state =
        let pending = SurgeryState.perTask Pending state

        // A task that was absent neither fell nor rose.
        let before =
            Array.map2 (fun p l -> if System.Double.IsNaN p then l else p) pending losses

        if pending |> Array.forall System.Double.IsNaN then
            state
        else
            let logits = SurgeryState.perTask Logits state

            let gradient =
                Array.map2
                    (fun g x -> g + config.Decay * x)
                    (logitGradient config logits before losses)
                    logits

            LearnedNumbers.adam config.Rate Logits gradient state
            |> SurgeryState.withTask Pending (Array.create losses.Length nan)

    /// The weights; they add up to 1.
    let solve config (problem: Problem) state =
        let state = observe config problem.Losses state // [1]

        SurgeryState.withTask Pending problem.Losses state
        |> Solution.create (weights config (SurgeryState.perTask Logits state) problem.Losses)

    /// The method with these choices.
    let surgery config : Surgery = {
        Surgery.Weighing(start, solve config) with
            Observe = Some(observe config)
    }

    let private key name = key $"agent.surgery.famo.{name}"

    let private keys =
        record [
            key "rate" Codec.positive (is standard.Rate) _.Rate
            <| "learning rate (Adam) of the logits. Ours"

            key "decay" Codec.notNegative (is standard.Decay) _.Decay
            <| "weight decay of the logits. Ours"

            key
                "least_loss"
                (Codec.real "finite" System.Double.IsFinite)
                (is standard.LeastLoss)
                _.LeastLoss
            <| "the least value that a loss can take. Ours"
        ]

    /// `agent.surgery.method=famo`.
    let method' =
        Method.withKeys
            "famo"
            "weights are learned so that log losses decrease equally"
            standard
            keys
            surgery
