namespace MtrlFunctional.Experiments

open MtrlFunctional.Surgery

/// `agent.surgery.*`: how the gradients of tasks are combined, with the choices of every method.
type SurgeryKeys = {
    Method: SurgeryMethod
    PcGrad: PcGradConfig
    GradVac: GradVacConfig
    Mgda: MgdaConfig
    CaGrad: CaGradConfig
    GradNormAlpha: float
    GradNormRate: float
    NashMtl: NashMtlConfig
    Imtl: ImtlConfig
    AlignedMtl: AlignedMtlConfig
    GradDrop: GradDropConfig
    /// Names; empty: the first task.
    MainTasks: string list
    WeightedGate: bool
    Uncertainty: UncertaintyWeightingConfig
    Dwa: DwaConfig
    Famo: FamoConfig
    SdmGrad: SdmGradConfig
}

/// Reading order: one schema for each method with choices → schema → surgery.
module internal SurgeryKeys =
    open Schema

    let private at method' name = $"agent.surgery.{method'}.{name}"

    let private reduction = Codec.oneOf [ "sum", Reduction.Sum; "mean", Reduction.Mean ]

    let private pcGrad =
        schema {
            let! epsilon =
                key
                    (at "pcgrad" "epsilon")
                    Codec.notNegative
                    (byFidelity 1e-8 0.0)
                    (fun (c: PcGradConfig) ->
                        match c.Projection with
                        | Projection.Exact -> 0.0
                        | Projection.UnitRows epsilon -> epsilon)
                |> about "added to a gradient's length before it is divided by it; 0: exact. Ours"

            and! reduction =
                key
                    (at "pcgrad" "reduction")
                    reduction
                    (byFidelity Reduction.Mean Reduction.Sum)
                    (fun (c: PcGradConfig) -> c.Reduction)
                |> about
                    "how the projected gradients are joined: sum in the paper, mean in mtrl. Ours"

            return {
                Projection =
                    if epsilon = 0.0 then
                        Projection.Exact
                    else
                        Projection.UnitRows epsilon
                Reduction = reduction
                Order = ProjectionOrder.Drawn
            }
        }

    let private gradVac =
        schema {
            let! rate =
                key
                    (at "gradvac" "rate")
                    Codec.fraction
                    (is GradVac.paper.Rate)
                    (fun (c: GradVacConfig) -> c.Rate)
                |> about "β: how quickly the wanted cosines follow the measured ones. Ours"

            and! reduction =
                key
                    (at "gradvac" "reduction")
                    reduction
                    (is GradVac.paper.Reduction)
                    (fun (c: GradVacConfig) -> c.Reduction)
                |> about "how the gradients are joined. Ours"

            return ({ Rate = rate; Reduction = reduction }: GradVacConfig)
        }

    let private scales = [
        "none", GradientScale.None
        "length", GradientScale.Length
        "loss", GradientScale.Loss
        "loss_and_length", GradientScale.LossAndLength
    ]

    let private mgda =
        schema {
            let! scale =
                key
                    (at "mgda" "scale")
                    (Codec.oneOf scales)
                    (is Mgda.standard.Scale)
                    (fun (c: MgdaConfig) -> c.Scale)
                |> about "by what gradients are divided before the shortest mixture is sought. Ours"

            and! steps =
                key
                    (at "mgda" "frank_wolfe_steps")
                    (Codec.int 0 100_000)
                    (is 0)
                    (fun (c: MgdaConfig) ->
                        match c.Solver with
                        | MinNormSolver.Exact -> 0
                        | MinNormSolver.FrankWolfe steps -> steps)
                |> about "steps of the paper's approximate solver; 0: exact. Ours"

            return {
                Mgda.standard with
                    Scale = scale
                    Solver =
                        if steps = 0 then
                            MinNormSolver.Exact
                        else
                            MinNormSolver.FrankWolfe steps
            }
        }

    let private divisors = [
        "none", CaGradScale.One
        "one_plus_square", CaGradScale.OnePlusSquare
        "one_plus", CaGradScale.OnePlus
    ]

    let private caGrad =
        schema {
            let! radius =
                key
                    (at "cagrad" "radius")
                    Codec.notNegative
                    (is CaGrad.standard.Radius)
                    (fun (c: CaGradConfig) -> c.Radius)
                |> about
                    "c: how far from the mean gradient, relative to its length; 0 is the mean gradient. Ours"

            and! divisor =
                key
                    (at "cagrad" "divisor")
                    (Codec.oneOf divisors)
                    (is CaGrad.standard.Scale)
                    (fun (c: CaGradConfig) -> c.Scale)
                |> about "by what the direction is divided: nothing, 1 + c² or 1 + c. Ours"

            return ({ Radius = radius; Scale = divisor }: CaGradConfig)
        }

    let private nashMtl =
        schema {
            let! normalise =
                key
                    (at "nash_mtl" "normalise")
                    Codec.flag
                    (is NashMtl.standard.Normalise)
                    (fun (c: NashMtlConfig) -> c.Normalise)
                |> about "first divide the products of gradients by their norm. Ours"

            and! maxLength =
                key
                    (at "nash_mtl" "max_length")
                    (Codec.optional Codec.positive)
                    (is NashMtl.standard.MaxLength)
                    (fun (c: NashMtlConfig) -> c.MaxLength)
                |> about "length of the direction at most; null: as it comes. Ours"

            return { Normalise = normalise; MaxLength = maxLength }
        }

    let private parts = [
        "gradients", ImtlPart.Gradients
        "losses", ImtlPart.Losses
        "both", ImtlPart.Both
    ]

    let private imtl =
        schema {
            let! part =
                key
                    (at "imtl" "part")
                    (Codec.oneOf parts)
                    (is Imtl.standard.Part)
                    (fun (c: ImtlConfig) -> c.Part)
                |> about "IMTL-G (gradients), IMTL-L (losses) or both. Ours"

            and! rate =
                key
                    (at "imtl" "rate")
                    Codec.positive
                    (is Imtl.standard.Rate)
                    (fun (c: ImtlConfig) -> c.Rate)
                |> about "learning rate (Adam) of IMTL-L's scales. Ours"

            and! safe =
                key (at "imtl" "safe") Codec.flag (is Imtl.standard.Safe) (fun (c: ImtlConfig) ->
                    c.Safe)
                |> about
                    "turn a direction round that would make every task worse, and limit its length. Ours"

            return { Part = part; Rate = rate; Safe = safe }
        }

    let private singularValues = [
        "smallest", AlignedScale.Smallest
        "median", AlignedScale.Median
        "root_mean_square", AlignedScale.RootMeanSquare
    ]

    let private alignedMtl =
        key
            (at "aligned_mtl" "scale")
            (Codec.oneOf singularValues)
            (is AlignedMtl.standard.Scale)
            (fun (c: SurgeryKeys) -> c.AlignedMtl.Scale)
        |> about "to which of them the singular values are made equal. Ours"

    let private uncertainty =
        schema {
            let! start =
                key
                    (at "uncertainty" "start")
                    (Codec.real "from -20 to 20" (fun s -> -20.0 <= s && s <= 20.0))
                    (is UncertaintyWeighting.standard.Start)
                    (fun (c: UncertaintyWeightingConfig) -> c.Start)
                |> about "s = log σ² at the start. Ours"

            and! rate =
                key
                    (at "uncertainty" "rate")
                    Codec.positive
                    (is UncertaintyWeighting.standard.Rate)
                    (fun (c: UncertaintyWeightingConfig) -> c.Rate)
                |> about "learning rate (Adam) of s. Ours"

            return ({ Start = start; Rate = rate }: UncertaintyWeightingConfig)
        }

    let private dwa =
        schema {
            let! temperature =
                key
                    (at "dwa" "temperature")
                    Codec.positive
                    (is Dwa.paper.Temperature)
                    (fun (c: DwaConfig) -> c.Temperature)
                |> about "T: higher makes the weights more alike. Ours"

            and! epoch =
                key (at "dwa" "epoch") Codec.count (is Dwa.paper.Epoch) (fun (c: DwaConfig) ->
                    c.Epoch)
                |> about "updates whose losses are averaged. Ours"

            return ({ Temperature = temperature; Epoch = epoch }: DwaConfig)
        }

    let private famo =
        schema {
            let! rate =
                key
                    (at "famo" "rate")
                    Codec.positive
                    (is Famo.standard.Rate)
                    (fun (c: FamoConfig) -> c.Rate)
                |> about "learning rate (Adam) of the logits. Ours"

            and! decay =
                key
                    (at "famo" "decay")
                    Codec.notNegative
                    (is Famo.standard.Decay)
                    (fun (c: FamoConfig) -> c.Decay)
                |> about "weight decay of the logits. Ours"

            and! least =
                key
                    (at "famo" "least_loss")
                    (Codec.real "finite" System.Double.IsFinite)
                    (is Famo.standard.LeastLoss)
                    (fun (c: FamoConfig) -> c.LeastLoss)
                |> about "the least value that a loss can take. Ours"

            return { Rate = rate; Decay = decay; LeastLoss = least }
        }

    let private sdmGrad =
        schema {
            let! lambda =
                key
                    (at "sdmgrad" "pull")
                    Codec.notNegative
                    (is SdmGrad.standard.Lambda)
                    (fun (c: SdmGradConfig) -> c.Lambda)
                |> about "λ: weight of the mean gradient. Ours"

            and! iterations =
                key
                    (at "sdmgrad" "iterations")
                    (Codec.int 1 100_000)
                    (is SdmGrad.standard.Iterations)
                    (fun (c: SdmGradConfig) -> c.Iterations)
                |> about "steps towards the weights in each update. Ours"

            and! rate =
                key
                    (at "sdmgrad" "rate")
                    Codec.positive
                    (is SdmGrad.standard.Rate)
                    (fun (c: SdmGradConfig) -> c.Rate)
                |> about "length of these steps. Ours"

            and! momentum =
                key
                    (at "sdmgrad" "momentum")
                    Codec.belowOne
                    (is SdmGrad.standard.Momentum)
                    (fun (c: SdmGradConfig) -> c.Momentum)
                |> about "momentum of these steps. Ours"

            return
                ({ Lambda = lambda; Iterations = iterations; Rate = rate; Momentum = momentum }
                : SdmGradConfig)
        }

    let private methods (own: OwnSurgery list) =
        Codec.oneOfOrOwn
            SurgeryMethod.words
            [ for part in own -> part.Name, part ]
            SurgeryMethod.Own
            (function
             | SurgeryMethod.Own own -> Some own
             | _ -> None)

    /// The schema with the methods of the library and these.
    let schema own =
        schema {
            let! method' =
                key
                    "agent.surgery.method"
                    (methods own)
                    (Default.By(fun c -> is c.Agent.Surgery))
                    (fun (k: SurgeryKeys) -> k.Method)
                |> about "how the gradients of tasks are combined. Ours"

            and! pcGrad = part pcGrad _.PcGrad
            and! gradVac = part gradVac _.GradVac
            and! mgda = part mgda _.Mgda
            and! caGrad = part caGrad _.CaGrad

            and! gradNormAlpha =
                key
                    (at "gradnorm" "alpha")
                    Codec.notNegative
                    (like "agent.gradnorm.alpha")
                    _.GradNormAlpha
                |> about
                    "α: how strongly rates of training are balanced (paper: 0.12 to 1.5; 0: equal norms). Ours"

            and! gradNormRate =
                key
                    (at "gradnorm" "rate")
                    Codec.positive
                    (byFidelity GradNorm.mtrl.Rate GradNorm.standard.Rate)
                    _.GradNormRate
                |> about "learning rate of the weights. Ours"

            and! nashMtl = part nashMtl _.NashMtl
            and! imtl = part imtl _.Imtl
            and! alignedScale = alignedMtl

            and! leak =
                key
                    (at "graddrop" "leak")
                    Codec.fraction
                    (is GradDrop.standard.Leak)
                    _.GradDrop.Leak
                |> about "the part of each gradient that passes whatever its sign. Ours"

            and! mainTasks =
                keyBy
                    (at "cosine_gate" "main_tasks")
                    (TaskNames.codecOf >> Codec.list)
                    (is [])
                    _.MainTasks
                |> about "names of the tasks that count for themselves; empty: the first. Ours"

            and! weightedGate =
                key (at "cosine_gate" "weighted") Codec.flag (is true) _.WeightedGate
                |> about "weigh the others by their cosine; otherwise all or nothing. Ours"

            and! uncertainty = part uncertainty _.Uncertainty
            and! dwa = part dwa _.Dwa
            and! famo = part famo _.Famo
            and! sdmGrad = part sdmGrad _.SdmGrad

            return {
                Method = method'
                PcGrad = pcGrad
                GradVac = gradVac
                Mgda = mgda
                CaGrad = caGrad
                GradNormAlpha = gradNormAlpha
                GradNormRate = gradNormRate
                NashMtl = nashMtl
                Imtl = imtl
                AlignedMtl = { AlignedMtl.standard with Scale = alignedScale }
                GradDrop = { Leak = leak }
                MainTasks = mainTasks
                WeightedGate = weightedGate
                Uncertainty = uncertainty
                Dwa = dwa
                Famo = famo
                SdmGrad = sdmGrad
            }
        }

    let private gradNorm (behaviour: Behaviour) keys = {
        (if behaviour.GradNormFirstLoss then
             GradNorm.standard
         else
             GradNorm.mtrl) with
            Alpha = keys.GradNormAlpha
            Rate = keys.GradNormRate
    }

    let private main (tasks: string list) keys =
        match keys.MainTasks with
        | [] -> [ 0 ]
        | names -> names |> List.map (fun name -> List.findIndex ((=) name) tasks)

    /// The method with its choices, for tasks of these names; none: no surgery.
    let surgery behaviour tasks keys : Surgery option =
        match keys.Method with
        | SurgeryMethod.None -> None
        | SurgeryMethod.PcGrad -> Some(Surgery.PcGrad keys.PcGrad)
        | SurgeryMethod.GradVac -> Some(Surgery.GradVac keys.GradVac)
        | SurgeryMethod.Mgda -> Some(Surgery.Mgda keys.Mgda)
        | SurgeryMethod.CaGrad -> Some(Surgery.CaGrad keys.CaGrad)
        | SurgeryMethod.GradNorm -> Some(Surgery.GradNorm(gradNorm behaviour keys))
        | SurgeryMethod.NashMtl -> Some(Surgery.NashMtl keys.NashMtl)
        | SurgeryMethod.Imtl -> Some(Surgery.Imtl keys.Imtl)
        | SurgeryMethod.AlignedMtl -> Some(Surgery.AlignedMtl keys.AlignedMtl)
        | SurgeryMethod.GradDrop -> Some(Surgery.GradDrop keys.GradDrop)
        | SurgeryMethod.CosineGate ->
            Some(Surgery.CosineGate { Main = main tasks keys; Weighted = keys.WeightedGate })
        | SurgeryMethod.Uncertainty -> Some(Surgery.UncertaintyWeighting keys.Uncertainty)
        | SurgeryMethod.Dwa -> Some(Surgery.Dwa keys.Dwa)
        | SurgeryMethod.Rlw -> Some Surgery.Rlw
        | SurgeryMethod.Famo -> Some(Surgery.Famo keys.Famo)
        | SurgeryMethod.SdmGrad -> Some(Surgery.SdmGrad keys.SdmGrad)
        | SurgeryMethod.Own own -> Some(Surgery.Own own)
