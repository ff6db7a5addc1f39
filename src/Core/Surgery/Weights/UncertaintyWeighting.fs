namespace MtrlFunctional.Surgery

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema

/// Settings of uncertainty weighting.
type internal UncertaintyWeightingConfig = {
    /// s at the start.
    Start: float
    /// Learning rate (Adam) of s.
    Rate: float
}

/// Uncertainty weighting: each loss is divided by a variance that learns with it,
/// Σ L/(2eˢ) + s/2.
///
/// Paper: Kendall et al. 2018, "Multi-Task Learning Using Uncertainty to Weigh Losses",
/// arXiv:1705.07115, eq. 7; s = log σ², starting at −0.5 as in LibMTL. Departure:
///   [1] s stays within ±20: a negative loss would drive it to −∞.
module internal UncertaintyWeighting =
    let standard = { Start = -0.5; Rate = 1e-3 }

    [<Literal>]
    let private LogVariance = "log-variance"

    [<Literal>]
    let private Limit = 20.0

    let start config tasks =
        LearnedNumbers.start LogVariance (Array.create tasks config.Start) SurgeryState.empty

    /// ds: ½ − L/(2eˢ).
    let gradient (logVariance: float[]) (losses: float[]) =
        Array.map2 (fun s loss -> 0.5 - loss / (2.0 * exp s)) logVariance losses

    /// The weights 1/(2eˢ), and s for the next update.
    let solve config (problem: Problem) state =
        let logVariance = SurgeryState.perTask LogVariance state
        let gradient = gradient logVariance problem.Losses
        let state = LearnedNumbers.adam config.Rate LogVariance gradient state

        let kept =
            SurgeryState.perTask LogVariance state
            |> Array.map (fun s -> max -Limit (min Limit s)) // [1]

        Solution.create
            (logVariance |> Array.map (fun s -> 0.5 * exp -s))
            (SurgeryState.withTask LogVariance kept state)

    /// The method with these choices.
    let surgery config : Surgery =
        Surgery.Weighing(start config, solve config)

    let private key name = key $"agent.surgery.uncertainty.{name}"

    let private keys =
        record [
            key
                "start"
                (Codec.real "from -20 to 20" (fun s -> -20.0 <= s && s <= 20.0))
                (is standard.Start)
                _.Start
            <| "s = log σ² at the start. Ours"

            key "rate" Codec.positive (is standard.Rate) _.Rate
            <| "learning rate (Adam) of s. Ours"
        ]

    /// `agent.surgery.method=uncertainty`.
    let method' =
        Method.withKeys "uncertainty" "losses divided by learned variances" standard keys surgery
