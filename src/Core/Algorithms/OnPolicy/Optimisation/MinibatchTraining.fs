/// Passes of Adam over rows in minibatches.
module internal MtrlFunctional.Algorithms.MinibatchTraining

open MtrlFunctional.Tensors
open MtrlFunctional.Surgery
open MtrlFunctional.Algorithms.RowProblem

/// Result of the passes.
type Fitted = {
    Trained: AdamState
    /// Losses of minibatches before their steps, in order: one tensor each, or one for a pass.
    Losses: Tensor list
    /// Completed passes.
    Epochs: int
    /// State of surgery.
    Memory: SurgeryState
}

let owns fitted =
    Seq.append (AdamState.owns fitted.Trained) fitted.Losses

/// Adam at a share of the run in [0, 1].
let ruleAt progress (settings: MinibatchSettings) =
    let fallen = max 0.0 (progress - settings.DecayStart) / (1.0 - settings.DecayStart)

    let rate = settings.Adam.Rate * (1.0 + fallen * (settings.FinalRate - 1.0))

    AdamRule(
        rate,
        settings.Adam.Beta1,
        settings.Adam.Beta2,
        settings.Adam.Epsilon,
        settings.Adam.WeightDecay
    )

/// Scales the parts of a gradient so that its norm is at most the limit.
let private clippedByNorm maxNorm (gradient: Tensor[]) =
    match maxNorm with
    | None -> gradient
    | Some limit ->
        let whole = (gradient |> Array.map Array.singleton |> Shards.sums)[0]

        let scale =
            Tensor.clampMax 1.0 (limit *. Tensor.pow -1.0 (1e-6 +. Tensor.norm whole))

        [| scale .* whole |]

/// The gradient of the numbers that learn.
let private masked problem (gradient: Tensor[]) =
    match problem.Mask with
    | Some mask -> gradient |> Array.map (fun part -> mask .* part)
    | None -> gradient

/// The state after a step, with the former values of numbers that do not learn.
let private kept problem (before: AdamState) (after: AdamState) =
    match problem.Mask with
    | None -> after
    | Some mask ->
        let learns = Tensor.isPositive mask

        {
            after with
                Values = Tensor.where learns after.Values before.Values
                FirstMoment = Tensor.where learns after.FirstMoment before.FirstMoment
                SecondMoment = Tensor.where learns after.SecondMoment before.SecondMoment
        }

/// One step along the gradient of a minibatch, or along the direction of gradient surgery; its loss,
/// and the state of surgery.
let private step shards problem maxNorm rule tasks memory (trained: AdamState) minibatch =
    let { Values = values; Steps = steps } = trained

    Tensors.scope
        (fun (trained, loss, _) -> Seq.append (AdamState.owns trained) [ loss ])
        (fun () ->
            let gradient, loss, memory =
                match problem.Surgery with
                | None ->
                    let gradient, loss = gradient shards problem tasks values minibatch
                    gradient, loss, memory
                | Some surgery ->
                    let direction, loss, memory =
                        combinedGradient shards problem surgery memory tasks steps values minibatch

                    [| direction |], loss, memory

            let next =
                Shards.step shards rule (masked problem gradient |> clippedByNorm maxNorm) trained

            kept problem trained next, loss, memory)

/// One pass in one native call.
let private fusedPass (settings: MinibatchSettings) rule objective fitted minibatches =
    let { Trained = trained } = fitted
    let indices = Minibatches.indices minibatches
    let job = FusedMlp.job settings.MaxNorm indices objective

    let struct (outcome, losses) =
        FusedMlp.Epoch(
            job,
            rule,
            trained.Steps + 1L,
            trained.Values,
            trained.FirstMoment,
            trained.SecondMoment
        )

    {
        fitted with
            Trained = {
                Values = outcome.Parameters
                FirstMoment = outcome.Mean
                SecondMoment = outcome.Square
                Steps = trained.Steps + int64 (indices.Starts.Length - 1)
            }
            Losses = losses :: fitted.Losses
    }

/// `Epochs` passes over all rows, or fewer if `stops` is true after a pass. `memory` is the state of
/// surgery after the previous steps.
let run
    shards
    (settings: MinibatchSettings)
    progress
    problem
    rows
    order
    stops
    memory
    (start: AdamState)
    =
    let rule = ruleAt progress settings
    let all = int (Tensor.size 1 problem.Columns[0])

    // The given state belongs to the caller; intermediate states are disposed.
    let forget fitted next =
        if fitted.Trained.Steps > start.Steps then
            Tensors.replace (AdamState.owns >> Seq.ofList) fitted.Trained next.Trained
            |> ignore

        next

    let advance fitted minibatch =
        let trained, loss, memory =
            (fitted.Trained, minibatch)
            ||> step shards problem settings.MaxNorm rule (Array.length rows) fitted.Memory

        forget fitted {
            fitted with
                Trained = trained
                Losses = loss :: fitted.Losses
                Memory = memory
        }

    let pass =
        match problem with
        | { Fused = Some objective; Surgery = None; Mask = None } when
            FusedMlp.IsAvailable start.Values
            ->
            fun fitted minibatches ->
                forget fitted (fusedPass settings rule objective fitted minibatches)
        | _ -> Seq.fold advance

    let rec go fitted =
        if fitted.Epochs = settings.Epochs || (fitted.Epochs > 0 && stops fitted.Trained) then
            { fitted with Losses = List.rev fitted.Losses }
        else
            let minibatches =
                Minibatches.pass problem.Block all rows settings.Minibatch order fitted.Epochs

            let fitted = pass fitted minibatches
            go { fitted with Epochs = fitted.Epochs + 1 }

    go { Trained = start; Losses = []; Epochs = 0; Memory = memory }
