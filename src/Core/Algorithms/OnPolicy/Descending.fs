/// Passes of Adam over rows in minibatches.
module Mtrl.Algorithms.Descending

open Mtrl.Tensors
open MtrlFunctional.Tensors

/// What is minimised over which rows.
type Problem = {
    Layout: Layout
    /// What a loss looks at: [tasks; all(; n)] each.
    Columns: Tensor[]
    /// A minibatch as the loss is shown it, from its columns [tasks; rows(; n)] and weights.
    Shape: Tensor[] -> Tensor -> Tensor[]
    /// The loss of parameters on columns and weights: a weighted sum.
    Loss: Weights -> Tensor[] -> Tensor -> Tensor
    /// The same in one call for a whole pass, where the network is small and plain.
    Small: SmallPasses.Small option
}

/// What came out of the passes.
type Fitted = {
    Trained: Trained
    /// The losses of minibatches before their steps, in order: one number each, or those of a pass.
    Losses: Tensor list
    /// Passes that were made.
    Passes: int
}

let owns fitted =
    Seq.append (Trained.owns fitted.Trained) fitted.Losses

/// The rule at a share of the run.
let ruleAt progress (descent: Descent) =
    let rate = descent.Adam.Rate * (1.0 + progress * (descent.FinalRate - 1.0))

    AdamRule(
        rate,
        descent.Adam.Beta1,
        descent.Adam.Beta2,
        descent.Adam.Epsilon,
        descent.Adam.WeightDecay
    )

/// Rows first … next − 1 of part `index` of `count`.
let private part index count (x: Tensor) =
    let rows = Ops.Size(x, 1)
    let first = rows * int64 index / int64 count
    let next = rows * int64 (index + 1) / int64 count

    if count = 1 then
        x
    else
        Ops.Contiguous(Ops.Narrow(x, 1L, first, next - first))

/// Loss and gradient of a minibatch; the gradient in parts.
let private differentiate (shards: IShards) problem views columns weight =
    let leaves = Gradient.leaves views

    let parts =
        shards.Map(fun i ->
            let mine = part i shards.Count
            let loss = problem.Loss leaves (Array.map mine columns) (mine weight)
            let gradient, _ = Gradient.flat problem.Layout leaves [] loss
            [| gradient; Ops.Detach loss |])

    Array.map Array.head parts, parts |> Array.map Array.last |> Array.reduce (.+)

/// As parts of a gradient that is no longer than allowed.
let private shortened maxNorm (gradient: Tensor[]) =
    match maxNorm with
    | None -> gradient
    | Some limit ->
        let whole = Array.reduce (.+) gradient
        let scale = Ops.ClampMax(limit *. Ops.Pow(1e-6 +. Ops.Norm whole, -1.0), 1.0)
        [| scale .* whole |]

let private step shards problem maxNorm rule tasks (trained: Trained) minibatch =
    let place = Place.ofTensor trained.Values

    Tensors.scope (fun (trained, loss) -> Seq.append (Trained.owns trained) [ loss ]) (fun () ->
        let places = Minibatches.placesAt place minibatch
        let weight = Minibatches.weightAt place tasks minibatch
        let taken = problem.Columns |> Array.map (Minibatches.take places)
        let columns = problem.Shape taken weight
        let views = Layout.views problem.Layout trained.Values
        let gradient, loss = differentiate shards problem views columns weight
        Shards.step shards rule (shortened maxNorm gradient) trained, loss)

/// One pass in one call.
let private passAtOnce (descent: Descent) rule small fitted minibatches =
    let { Trained = trained } = fitted
    let visits = SmallPasses.visits minibatches
    let work = SmallPasses.work descent.MaxNorm visits small

    let struct (outcome, losses) =
        Ops.Passes(work, rule, trained.Steps + 1L, trained.Values, trained.First, trained.Second)

    {
        fitted with
            Trained = {
                Values = outcome.Parameters
                First = outcome.Mean
                Second = outcome.Square
                Steps = trained.Steps + int64 (visits.Starts.Length - 1)
            }
            Losses = losses :: fitted.Losses
    }

/// `Passes` times over all rows, or until `stops` says so after a pass.
let run shards (descent: Descent) progress problem rows order stops (start: Trained) : Fitted =
    let rule = ruleAt progress descent
    let all = int (Ops.Size(problem.Columns[0], 1))

    // What came in belongs to the caller; what lies between is done with.
    let forget fitted next =
        if fitted.Trained.Steps > start.Steps then
            Tensors.replace (Trained.owns >> Seq.ofList) fitted.Trained next.Trained
            |> ignore

        next

    let advance fitted minibatch =
        let trained, loss =
            step shards problem descent.MaxNorm rule (Array.length rows) fitted.Trained minibatch

        forget fitted { fitted with Trained = trained; Losses = loss :: fitted.Losses }

    let pass =
        match problem.Small with
        | Some small when Ops.CanPass start.Values ->
            fun fitted minibatches ->
                forget fitted (passAtOnce descent rule small fitted minibatches)
        | Some _
        | None -> Seq.fold advance

    let rec go fitted =
        if fitted.Passes = descent.Passes || (fitted.Passes > 0 && stops fitted.Trained) then
            { fitted with Losses = List.rev fitted.Losses }
        else
            let minibatches = Minibatches.pass all rows descent.Minibatch order fitted.Passes
            let fitted = pass fitted minibatches
            go { fitted with Passes = fitted.Passes + 1 }

    go { Trained = start; Losses = []; Passes = 0 }
