/// Replays of methods that learn or draw weights of the tasks.
module internal MtrlFunctional.Verification.SurgeryWeights

open MtrlFunctional.Surgery
open MtrlFunctional.Verification.SurgeryCase

let private gradNormOf (case: SurgeryCase) (config: GradNormConfig) before =
    let isSeveral, lengths = case.Tasks > 1, case.Lengths
    let ratios = GradNorm.ratios config case.FirstLosses case.Losses
    let averaged = { config with Reduction = Reduction.Mean }
    let adam = { averaged with Form = GradNormForm.Adam; Rate = 1e-4 }
    let softmax = { config with Form = GradNormForm.Softmax }

    let withWeights (config: GradNormConfig) weights =
        GradNorm.start config case.Tasks |> SurgeryState.withTask "weights" weights

    let combine config =
        withWeights config before
        |> SurgeryState.withTask "reference" case.FirstLosses
        |> combine (GradNorm.surgery config) case

    /// Norms of the weighted gradients, and their targets.
    let normsOf config weights =
        let norms = Array.map2 (*) weights lengths
        norms, GradNorm.targets config norms ratios

    let gradient config norms targets =
        GradNorm.weightGradient config lengths norms targets

    let norms, targets = normsOf config before
    let loss = total (fun norm target -> abs (norm - target)) norms targets

    let weights =
        GradNorm.weights softmax (withWeights softmax (case.Read "softmax_logits"))

    let combined = combine config

    case.All exact [
        Length "norms", norms
        Length "target", targets
        Length "combined", numbers combined
        Number "ratio", ratios
        Number "weights_after", GradNorm.weights config combined.State
        Number "softmax_weights", weights
        // With one task the result depends on the sign of 0.
        if isSeveral then
            let ofLogits = normsOf softmax weights ||> gradient softmax
            Length "weight_gradient", gradient config norms targets
            Length "mean_reduced_weight_gradient", gradient averaged norms targets
            Number "weights_after_adam_lr1e-4", GradNorm.weights adam (combine adam).State
            Length "softmax_logit_gradient", GradNorm.logitGradient weights ofLogits
    ]
    @ case.All (exact * float case.Tasks) [ Length "loss", [| loss |] ]

let private gradNorm (case: SurgeryCase) = [
    let before = case.Read "weights_before"

    for alpha, case in case.Each "alpha" do
        yield! gradNormOf case { GradNorm.paper with Alpha = alpha } before
]

let private uncertainty (case: SurgeryCase) =
    let surgery = UncertaintyWeighting.surgery UncertaintyWeighting.standard
    let logVariance, losses, name = case.Read "log_var", case.Losses, "log-variance"

    let combined =
        surgery.Start case.Tasks
        |> SurgeryState.withTask name logVariance
        |> combine surgery case

    let weights = coefficients combined
    let loss = total (*) weights losses + Array.sum logVariance / 2.0
    let atOptimum = UncertaintyWeighting.gradient (case.Read "optimal_log_var") losses

    case.All exact [
        Number "weights", weights
        Number "loss", [| loss |]
        Number "log_var_gradient", UncertaintyWeighting.gradient logVariance losses
        Number "log_var_after_adam_lr1e-3", SurgeryState.perTask name combined.State
        Length "direction", numbers combined
    ]
    @ [
        (Array.zeroCreate case.Tasks, atOptimum)
        ||> case.Part.Against (Absolute exact) "optimal_log_var is stationary"
    ]

/// The losses of six epochs, one update each.
let private dwa (case: SurgeryCase) =
    let epochs = 6
    let history = case.Read "loss_history"

    let replay temperature =
        let surgery = Dwa.surgery { Dwa.paper with Temperature = temperature }

        ((surgery.Start case.Tasks), [ 0 .. epochs - 1 ])
        ||> List.mapFold (fun state epoch ->
            let losses = Array.init case.Tasks (fun i -> history[i * epochs + epoch])
            let combined = combine surgery { case with Gradients.Losses = losses } state
            combined, combined.State)
        |> fst

    case.All exact [ Length "direction", replay 2.0 |> List.last |> numbers ]
    @ [
        for temperature, case in case.Each "T" do
            let weights = replay temperature |> List.map coefficients |> Array.concat
            yield! case.All exact [ Number "weights", weights ]
    ]

let private random (case: SurgeryCase) =
    let weights = case.Read "normals" |> Simplex.softmax

    case.All exact [
        Number "weights", weights
        Number "loss", [| total (*) weights case.Losses |]
        Length "direction", expand case case.Gradients 1 weights
    ]

/// Four updates, each followed by the losses on the same batch.
let private famo (case: SurgeryCase) =
    let config = Famo.standard
    let surgery = Famo.surgery config

    let checks, last =
        (surgery.Start case.Tasks, [ 0..3 ])
        ||> List.mapFold (fun state turn ->
            let case = case.Inner $"step{turn}/"
            let losses, after = case.Read "losses", case.Read "losses_after"
            let logits = SurgeryState.perTask "logits" state
            let combined = combine surgery { case with Gradients.Losses = losses } state

            case.All exact [
                Number "logits", logits
                Number "softmax", Simplex.softmax logits
                Number "weights", coefficients combined
                Number "logit_gradient", Famo.logitGradient config logits losses after
                Length "direction", numbers combined
            ],
            Surgery.observe surgery after combined.State)

    List.concat checks
    @ case.All exact [ Number "final_logits", SurgeryState.perTask "logits" last ]

let kinds: SurgeryMethods = [
    "gradnorm", gradNorm
    "uw", uncertainty
    "dwa", dwa
    "rlw", random
    "famo", famo
]
