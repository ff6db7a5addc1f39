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

/// Reading order: schema → surgery.
module internal SurgeryKeys =
    open Schema

    let private at method' name = $"agent.surgery.{method'}.{name}"

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

            and! pcGrad = part ProjectionKeys.pcGrad _.PcGrad
            and! gradVac = part ProjectionKeys.gradVac _.GradVac
            and! mgda = part HullKeys.mgda _.Mgda
            and! caGrad = part HullKeys.caGrad _.CaGrad

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

            and! nashMtl = part SystemKeys.nashMtl _.NashMtl
            and! imtl = part SystemKeys.imtl _.Imtl
            and! alignedMtl = part SystemKeys.alignedMtl _.AlignedMtl

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

            and! uncertainty = part WeightKeys.uncertainty _.Uncertainty
            and! dwa = part WeightKeys.dwa _.Dwa
            and! famo = part WeightKeys.famo _.Famo
            and! sdmGrad = part HullKeys.sdmGrad _.SdmGrad

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
                AlignedMtl = alignedMtl
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
