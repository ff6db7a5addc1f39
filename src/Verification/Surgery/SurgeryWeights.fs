/// Replays of methods that learn or draw weights of the tasks.
module internal MtrlFunctional.Verification.SurgeryWeights

open MtrlFunctional.Surgery
open MtrlFunctional.Verification.SurgeryCase

let private gradNormDescent (case: SurgeryCase) (config: GradNormConfig) before =
    let lengths = Gram.lengths case.Gram

    let combine config =
        GradNorm.start config case.Tasks
        |> SurgeryState.withTask "weights" before
        |> SurgeryState.withTask "reference" case.FirstLosses
        |> combine (GradNorm.surgery config) case

    let norms = Array.map2 (*) before lengths
    let ratios = GradNorm.ratios config case.FirstLosses case.Losses
    let targets = GradNorm.targets config norms ratios
    let loss = total (fun norm target -> abs (norm - target)) norms targets
    let averaged = { config with Reduction = Reduction.Mean }
    let adam = { averaged with Form = GradNormForm.Adam; Rate = 1e-4 }
    let combined = combine config

    case.Near exact [
        "norms", norms
        "target", targets
        "combined", numbers combined
        // With one task the result depends on the sign of 0.
        if case.Tasks > 1 then
            for name, config in [ "", config; "mean_reduced_", averaged ] do
                $"{name}weight_gradient", GradNorm.weightGradient config lengths norms targets
    ]
    @ case.Near (exact * float case.Tasks) [ "loss", [| loss |] ]
    @ case.Alike exact [
        "ratio", ratios
        "weights_after", GradNorm.weights config combined.State
        if case.Tasks > 1 then
            "weights_after_adam_lr1e-4", GradNorm.weights adam (combine adam).State
    ]

let private gradNormSoftmax (case: SurgeryCase) config =
    let config = { config with Form = GradNormForm.Softmax }

    let weights =
        GradNorm.start config case.Tasks
        |> SurgeryState.withTask "weights" (case.Read "softmax_logits")
        |> GradNorm.weights config

    let lengths = Gram.lengths case.Gram
    let norms = Array.map2 (*) weights lengths

    let gradient =
        GradNorm.ratios config case.FirstLosses case.Losses
        |> GradNorm.targets config norms
        |> GradNorm.weightGradient config lengths norms
        |> GradNorm.logitGradient weights

    case.Alike exact [ "softmax_weights", weights ]
    @ case.Near exact [
        if case.Tasks > 1 then
            "softmax_logit_gradient", gradient
    ]

let private gradNorm (case: SurgeryCase) = [
    let before = case.Read "weights_before"

    for alpha in [ 0.12; 1.5 ] do
        let case, config =
            case.Inner $"alpha{alpha}/", { GradNorm.paper with Alpha = alpha }

        yield! gradNormDescent case config before
        yield! gradNormSoftmax case config
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

    case.Alike exact [
        "weights", weights
        "loss", [| loss |]
        "log_var_gradient", UncertaintyWeighting.gradient logVariance losses
        "log_var_after_adam_lr1e-3", SurgeryState.perTask name combined.State
    ]
    @ case.Near exact [ "direction", numbers combined ]
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

    case.Alike exact [
        for temperature in [ 1.0; 2.0 ] ->
            $"T{temperature}/weights", replay temperature |> List.map coefficients |> Array.concat
    ]
    @ case.Near exact [ "direction", replay 2.0 |> List.last |> numbers ]

let private random (case: SurgeryCase) =
    let weights = case.Read "normals" |> Simplex.softmax

    case.Alike exact [ "weights", weights; "loss", [| total (*) weights case.Losses |] ]
    @ case.Near exact [ "direction", expand case case.Gradients 1 weights ]

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

            case.Alike exact [
                "logits", logits
                "softmax", Simplex.softmax logits
                "weights", coefficients combined
                "logit_gradient", Famo.logitGradient config logits losses after
            ]
            @ case.Near exact [ "direction", numbers combined ],
            Surgery.observe surgery after combined.State)

    List.concat checks
    @ case.Alike exact [ "final_logits", SurgeryState.perTask "logits" last ]

let kinds: (string * (SurgeryCase -> Check list)) list = [
    "gradnorm", gradNorm
    "uw", uncertainty
    "dwa", dwa
    "rlw", random
    "famo", famo
]
