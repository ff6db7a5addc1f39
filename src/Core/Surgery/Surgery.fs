namespace MtrlFunctional.Surgery

open System
open MtrlFunctional
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// A method of gradient surgery or loss weighting. A new method is a new file and a case here; the compiler lists the
/// functions in which it has to appear.
[<RequireQualifiedAccess>]
type Surgery =
    /// No surgery.
    | Plain of Reduction
    | PcGrad of PcGradConfig
    | GradVac of GradVacConfig
    | Mgda of MgdaConfig
    | CaGrad of CaGradConfig
    | GradNorm of GradNormConfig
    | NashMtl of NashMtlConfig
    | Imtl of ImtlConfig
    | AlignedMtl of AlignedMtlConfig
    | GradDrop of GradDropConfig
    | CosineGate of CosineGateConfig
    | UncertaintyWeighting of UncertaintyWeightingConfig
    | Dwa of DwaConfig
    | Rlw
    | Famo of FamoConfig
    | SdmGrad of SdmGradConfig
    /// Of an extension.
    | Own of Own<OwnSurgery>

/// Combining the gradients of tasks.
///
/// A method is a function of its configuration, its memory, the gradients and losses of one
/// update, and a key; nothing is hidden.
///
/// Methods get the tasks that are in the batch and whose loss and gradient are finite. The direction is finite for every
/// input. Reading order: start → solve → combine, or weigh.
module Surgery =
    /// Every method by its name, with its usual choices; the first task is the main one of the
    /// cosine gate.
    let named = [
        "sum", Surgery.Plain Reduction.Sum
        "mean", Surgery.Plain Reduction.Mean
        "pcgrad", Surgery.PcGrad PcGrad.paper
        "gradvac", Surgery.GradVac GradVac.paper
        "mgda", Surgery.Mgda Mgda.standard
        "cagrad", Surgery.CaGrad CaGrad.standard
        "gradnorm", Surgery.GradNorm GradNorm.standard
        "nash_mtl", Surgery.NashMtl NashMtl.standard
        "imtl", Surgery.Imtl Imtl.standard
        "aligned_mtl", Surgery.AlignedMtl AlignedMtl.standard
        "graddrop", Surgery.GradDrop GradDrop.standard
        "cosine_gate", Surgery.CosineGate { Main = [ 0 ]; Weighted = true }
        "uncertainty", Surgery.UncertaintyWeighting UncertaintyWeighting.standard
        "dwa", Surgery.Dwa Dwa.paper
        "rlw", Surgery.Rlw
        "famo", Surgery.Famo Famo.standard
        "sdmgrad", Surgery.SdmGrad SdmGrad.standard
    ]

    /// The memory of a method before the first update of `tasks` tasks.
    let start surgery tasks =
        match surgery with
        | Surgery.GradVac _ -> GradVac.start tasks
        | Surgery.GradNorm config -> GradNorm.start config tasks
        | Surgery.Imtl _ -> Imtl.start tasks
        | Surgery.UncertaintyWeighting config -> UncertaintyWeighting.start config tasks
        | Surgery.Dwa _ -> Dwa.start tasks
        | Surgery.Famo _ -> Famo.start tasks
        | Surgery.SdmGrad _ -> SdmGrad.start tasks
        // Without the method itself, greedy actions need no memory.
        | Surgery.Own own ->
            own.Part
            |> Option.map (fun part -> OwnSurgery.start part tasks)
            |> Option.defaultValue SurgeryState.empty
        | Surgery.Plain _
        | Surgery.PcGrad _
        | Surgery.Mgda _
        | Surgery.CaGrad _
        | Surgery.NashMtl _
        | Surgery.AlignedMtl _
        | Surgery.GradDrop _
        | Surgery.CosineGate _
        | Surgery.Rlw -> SurgeryState.empty

    /// Whether the coefficients depend on losses alone, so that one gradient of the weighted loss
    /// suffices and no gradients per task are needed.
    let weighsLosses surgery =
        match surgery with
        | Surgery.Plain _
        | Surgery.UncertaintyWeighting _
        | Surgery.Dwa _
        | Surgery.Rlw
        | Surgery.Famo _ -> true
        | Surgery.Imtl config -> config.Part = ImtlPart.Losses
        | Surgery.Own own -> own.Part |> Option.exists _.WeighsLosses
        | Surgery.PcGrad _
        | Surgery.GradVac _
        | Surgery.Mgda _
        | Surgery.CaGrad _
        | Surgery.GradNorm _
        | Surgery.NashMtl _
        | Surgery.AlignedMtl _
        | Surgery.GradDrop _
        | Surgery.CosineGate _
        | Surgery.SdmGrad _ -> false

    /// The method for losses that may be negative, as those of actors are. Logarithms and ratios of losses are undefined
    /// there, so methods that weight by them are replaced by the mean gradient, and IMTL by its part for gradients. GradNorm
    /// is kept: it balances gradients, and replaces a rate of training that is not positive by 1.
    let ofSignedLosses surgery =
        match surgery with
        | Surgery.UncertaintyWeighting _
        | Surgery.Dwa _
        | Surgery.Famo _
        | Surgery.Imtl { Part = ImtlPart.Losses } -> Surgery.Plain Reduction.Mean
        | Surgery.Imtl({ Part = ImtlPart.Both } as config) ->
            Surgery.Imtl { config with Part = ImtlPart.Gradients }
        | Surgery.Imtl { Part = ImtlPart.Gradients }
        | Surgery.Plain _
        | Surgery.PcGrad _
        | Surgery.GradVac _
        | Surgery.Mgda _
        | Surgery.CaGrad _
        | Surgery.GradNorm _
        | Surgery.NashMtl _
        | Surgery.AlignedMtl _
        | Surgery.GradDrop _
        | Surgery.CosineGate _
        | Surgery.Rlw
        | Surgery.SdmGrad _
        | Surgery.Own _ -> surgery

    /// The solution of a problem by a method.
    let solve surgery (problem: Problem) state =
        match surgery with
        | Surgery.Plain reduction ->
            Solution.create (Solution.reductionWeights reduction problem.Gram.Size) state
            |> Combination
        | Surgery.PcGrad config -> PcGrad.solve config problem state |> Combination
        | Surgery.GradVac config -> GradVac.solve config problem state |> Combination
        | Surgery.Mgda config -> Mgda.solve config problem state |> Combination
        | Surgery.CaGrad config -> CaGrad.solve config problem state |> Combination
        | Surgery.GradNorm config -> GradNorm.solve config problem state |> Combination
        | Surgery.NashMtl config -> NashMtl.solve config problem state |> Combination
        | Surgery.Imtl config -> Imtl.solve config problem state |> Combination
        | Surgery.AlignedMtl config -> AlignedMtl.solve config problem state |> Combination
        | Surgery.CosineGate config -> CosineGate.solve config problem state |> Combination
        | Surgery.UncertaintyWeighting config ->
            UncertaintyWeighting.solve config problem state |> Combination
        | Surgery.Dwa config -> Dwa.solve config problem state |> Combination
        | Surgery.Rlw -> Rlw.solve problem state |> Combination
        | Surgery.Famo config -> Famo.solve config problem state |> Combination
        | Surgery.SdmGrad config -> SdmGrad.solve config problem state |> Combination
        | Surgery.Own own -> OwnSurgery.solve (Own.part own) problem state |> Combination
        | Surgery.GradDrop config -> GradDrop.solve config problem.Key |> Elementwise

    /// Updates the state by the losses after the step on the same batch; used by FAMO only.
    let observe surgery (losses: float[]) state =
        match surgery with
        | Surgery.Famo config when Array.forall Double.IsFinite losses ->
            Famo.observe config losses state
        | _ -> state

    /// Rows of the given tasks; the tensor itself where these are all.
    let private rowsOf (tasks: int[]) (rows: Tensor) =
        if int64 tasks.Length = Tensor.size 0 rows then
            rows
        else
            Tensor.take 0 (Array.map int64 tasks) rows

    /// Σ coefficient · row.
    let private sumOf (rows: Tensor) (coefficients: float[]) =
        let shape = [| 1L; int64 coefficients.Length |]

        let weights =
            TensorOptions.fromDoubles (TensorOptions.ofTensor rows) coefficients shape

        Tensor.reshape [| Tensor.size 1 rows |] (Tensor.matMul weights rows)

    /// A solution whose direction fits into the numbers of the rows; else the mean gradient.
    let private fitting (problem: Problem) state (solution: Solution) =
        let squared = Gram.squared problem.Gram solution.Coefficients

        if Array.forall Double.IsFinite solution.Coefficients && squared < 1e70 then
            solution
        else
            Solution.mean Fallback.Overflow problem state

    /// The key of a method, derived from that of an update.
    let private keyOf key = Key.forPurpose "surgery" key

    /// The present tasks with finite numbers, and the others.
    let private partition (present: bool[]) isFinite =
        [|
            for i in 0 .. present.Length - 1 do
                if present[i] then
                    i
        |]
        |> Array.partition isFinite

    /// Direction and state of a problem with at least one task.
    let private directionOf surgery (rows: Tensor) problem state =
        match solve surgery problem state with
        | Combination solution ->
            let solution = fitting problem state solution
            sumOf rows solution.Coefficients, solution
        | Elementwise direct -> direct rows, Solution.create [||] state

    /// One combined gradient for all tasks, in the element type and on the device of the rows.
    /// `key` is that of this update; the same key gives the same bits.
    let combine surgery (gradients: TaskGradients) key state : Combined =
        Tensors.constant (fun combined -> [ combined.Direction ]) (fun () ->
            let whole = Gram.ofRows gradients.Rows
            let count = whole.Size

            let lengths =
                match gradients.Layer with
                | Some layer -> Gram.lengths (Gram.ofRows layer)
                | None -> Gram.lengths whole

            let isFinite i =
                Double.IsFinite whole[i, i]
                && Double.IsFinite gradients.Losses[i]
                && Double.IsFinite lengths[i]

            let tasks, dropped = partition gradients.Present isFinite

            let problem = {
                Tasks = tasks
                Gram = Gram.narrow tasks whole
                Losses = tasks |> Array.map (Array.get gradients.Losses)
                Lengths = tasks |> Array.map (Array.get lengths)
                Sampled =
                    gradients.Samples
                    |> Option.map (fun (x, y) -> Gram.products (rowsOf tasks x) (rowsOf tasks y))
                Key = keyOf key
            }

            let direction, solution =
                if tasks.Length = 0 then
                    Tensor.zerosLike (Tensor.select 0 0L gradients.Rows),
                    Solution.create [||] state
                else
                    let narrowed = SurgeryState.narrow count tasks state
                    directionOf surgery (rowsOf tasks gradients.Rows) problem narrowed

            {
                Direction = direction
                State = SurgeryState.widen count tasks solution.State state
                Diagnostics = {
                    Dropped = List.ofArray dropped
                    Fallback = solution.Fallback
                    Coefficients =
                        if Array.isEmpty solution.Coefficients then
                            [||]
                        else
                            Gram.widen count tasks solution.Coefficients
                    Tasks = tasks
                    Gram = problem.Gram
                }
            })

    /// A problem of losses only: products and lengths are 0 and unused.
    let private ofLosses (losses: float[]) key (tasks: int[]) = {
        Tasks = tasks
        Gram = Gram.ofProducts tasks.Length (Array.zeroCreate (tasks.Length * tasks.Length))
        Losses = tasks |> Array.map (Array.get losses)
        Lengths = Array.zeroCreate tasks.Length
        Sampled = None
        Key = keyOf key
    }

    /// The coefficients of `combine` by a method that depends on losses alone (`weighsLosses`), before
    /// there are gradients: the gradient of Σ coefficient · loss is then the direction.
    ///
    /// `losses` and `present`: [tasks]. A task whose loss is not finite is left out;
    /// gradients are not checked. Raises for a method that depends on gradients.
    let weigh surgery (losses: float[]) present key state : LossWeights =
        let count = losses.Length
        let tasks, dropped = partition present (fun i -> Double.IsFinite losses[i])

        let solution =
            if tasks.Length = 0 then
                Solution.create [||] state
            else
                let problem = ofLosses losses key tasks
                let state = SurgeryState.narrow count tasks state

                match solve surgery problem state with
                | Combination solution when weighsLosses surgery -> fitting problem state solution
                | _ -> invalidArg (nameof surgery) "This method depends on gradients: use combine."

        {
            Coefficients = Gram.widen count tasks solution.Coefficients
            State = SurgeryState.widen count tasks solution.State state
            Dropped = List.ofArray dropped
            Fallback = solution.Fallback
        }
