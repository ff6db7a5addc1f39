/// Replays of methods that learn or draw weights of the tasks.
module internal MtrlFunctional.Verification.SurgeryWeights

open MtrlFunctional.Surgery
open MtrlFunctional.Verification.SurgeryCase

let private gradNormDescent (case: SurgeryCase) alpha =
    let at quantity = $"alpha{alpha}/{quantity}"
    let config = { GradNorm.paper with Alpha = alpha }
    let before = case.Read "weights_before"
    let lengths = Gram.lengths case.Gram

    let state config =
        GradNorm.start config case.Tasks
        |> SurgeryState.withTask "weights" before
        |> SurgeryState.withTask "reference" case.FirstLosses

    let norms = Array.map2 (*) before lengths
    let ratios = GradNorm.ratios config case.FirstLosses case.Losses
    let targets = GradNorm.targets config norms ratios
    let gradient = GradNorm.weightGradient config lengths norms targets
    let averaged = { config with Reduction = Reduction.Mean }
    let combined = combine (GradNorm.surgery config) case (state config)
    let adam = { averaged with Form = GradNormForm.Adam; Rate = 1e-4 }
    let afterAdam = combine (GradNorm.surgery adam) case (state adam)

    [
        near exact case (at "norms") norms
        alike exact case (at "ratio") ratios
        near exact case (at "target") targets
        near (exact * float case.Tasks) case (at "loss") [|
            total (fun norm target -> abs (norm - target)) norms targets
        |]
        near exact case (at "combined") (numbers combined)
        alike exact case (at "weights_after") (GradNorm.weights config combined.State)
        // With one task the result depends on the sign of 0.
        if case.Tasks > 1 then
            near exact case (at "weight_gradient") gradient

            GradNorm.weightGradient averaged lengths norms targets
            |> near exact case (at "mean_reduced_weight_gradient")

            GradNorm.weights adam afterAdam.State
            |> alike exact case (at "weights_after_adam_lr1e-4")
    ]

let private gradNormSoftmax (case: SurgeryCase) alpha =
    let at quantity = $"alpha{alpha}/{quantity}"
    let config = { GradNorm.paper with Alpha = alpha; Form = GradNormForm.Softmax }

    let weights =
        GradNorm.start config case.Tasks
        |> SurgeryState.withTask "weights" (case.Read(at "softmax_logits"))
        |> GradNorm.weights config

    let lengths = Gram.lengths case.Gram
    let norms = Array.map2 (*) weights lengths

    let gradient =
        GradNorm.ratios config case.FirstLosses case.Losses
        |> GradNorm.targets config norms
        |> GradNorm.weightGradient config lengths norms
        |> GradNorm.logitGradient weights

    [
        alike exact case (at "softmax_weights") weights
        if case.Tasks > 1 then
            near exact case (at "softmax_logit_gradient") gradient
    ]

let private gradNorm (case: SurgeryCase) = [
    for alpha in [ 0.12; 1.5 ] do
        yield! gradNormDescent case alpha
        yield! gradNormSoftmax case alpha
]

let private uncertainty (case: SurgeryCase) =
    let config = UncertaintyWeighting.standard
    let surgery = UncertaintyWeighting.surgery config
    let logVariance = case.Read "log_var"
    let losses = case.Losses
    let name = "log-variance"

    let state = surgery.Start case.Tasks |> SurgeryState.withTask name logVariance

    let combined = combine surgery case state
    let weights = coefficients combined

    [
        alike exact case "weights" weights
        alike exact case "loss" [|
            total (*) weights losses + Array.sumBy (fun s -> s / 2.0) logVariance
        |]
        alike exact case "log_var_gradient" (UncertaintyWeighting.gradient logVariance losses)
        near exact case "direction" (numbers combined)
        alike exact case "log_var_after_adam_lr1e-3" (SurgeryState.perTask name combined.State)
        // The gradient is zero.
        UncertaintyWeighting.gradient (case.Read "optimal_log_var") losses
        |> case.Part.Against
            (Absolute exact)
            "optimal_log_var is stationary"
            (Array.zeroCreate case.Tasks)
    ]

/// The losses of six epochs, one update each.
let private dwa (case: SurgeryCase) =
    let epochs = 6
    let history = case.Read "loss_history"

    let replay temperature =
        let surgery = Dwa.surgery { Dwa.paper with Temperature = temperature }

        let step (state, _) epoch =
            let losses = Array.init case.Tasks (fun i -> history[i * epochs + epoch])
            let case = { case with Gradients.Losses = losses }
            let combined = combine surgery case state
            combined.State, Some combined

        [ 0 .. epochs - 1 ]
        |> List.scan step (surgery.Start case.Tasks, None)
        |> List.choose snd

    [
        for temperature in [ 1.0; 2.0 ] do
            replay temperature
            |> Seq.collect coefficients
            |> Seq.toArray
            |> alike exact case $"T{temperature}/weights"

        near exact case "direction" (replay 2.0 |> List.last |> numbers)
    ]

let private random (case: SurgeryCase) =
    let weights = case.Read "normals" |> Simplex.softmax

    [
        alike exact case "weights" weights
        near exact case "direction" (expand case case.Gradients 1 weights)
        alike exact case "loss" [| total (*) weights case.Losses |]
    ]

/// Four updates, each followed by the losses on the same batch.
let private famo (case: SurgeryCase) =
    let config = Famo.standard
    let surgery = Famo.surgery config

    let step (state, checks) turn =
        let at quantity = $"step{turn}/{quantity}"
        let losses, after = case.Read(at "losses"), case.Read(at "losses_after")
        let logits = SurgeryState.perTask "logits" state
        let combined = combine surgery { case with Gradients.Losses = losses } state

        Surgery.observe surgery after combined.State,
        checks
        @ [
            alike exact case (at "logits") logits
            alike exact case (at "softmax") (Simplex.softmax logits)
            alike exact case (at "weights") (coefficients combined)
            near exact case (at "direction") (numbers combined)
            alike exact case (at "logit_gradient") (Famo.logitGradient config logits losses after)
        ]

    let state, checks = List.fold step (surgery.Start case.Tasks, []) [ 0..3 ]

    checks
    @ [ alike exact case "final_logits" (SurgeryState.perTask "logits" state) ]

let kinds: (string * (SurgeryCase -> Check list)) list = [
    "gradnorm", gradNorm
    "uw", uncertainty
    "dwa", dwa
    "rlw", random
    "famo", famo
]
