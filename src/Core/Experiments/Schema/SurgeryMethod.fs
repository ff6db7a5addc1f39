namespace MtrlFunctional.Experiments

open MtrlFunctional
open MtrlFunctional.Surgery

/// `agent.surgery.method`: what makes one gradient of those of the tasks.
[<RequireQualifiedAccess>]
type SurgeryMethod =
    /// The gradient of the mean loss.
    | None
    | PcGrad
    | GradVac
    | Mgda
    | CaGrad
    | GradNorm
    | NashMtl
    | Imtl
    | AlignedMtl
    | GradDrop
    | CosineGate
    | Uncertainty
    | Dwa
    | Rlw
    | Famo
    | SdmGrad
    /// Of an extension.
    | Own of Own<OwnSurgery>

/// The words of the methods, and what they do in a few more.
module SurgeryMethod =
    let described = [
        "none", SurgeryMethod.None, "the gradient of the mean loss"
        "pcgrad", SurgeryMethod.PcGrad, "conflicting parts are projected away"
        "gradvac", SurgeryMethod.GradVac, "pairwise cosines are raised to a running target"
        "mgda", SurgeryMethod.Mgda, "minimum-norm point of the convex hull"
        "cagrad", SurgeryMethod.CaGrad, "near the mean gradient, best for the worst-off task"
        "gradnorm", SurgeryMethod.GradNorm, "weights learn to balance rates of training"
        "nash_mtl", SurgeryMethod.NashMtl, "Nash bargaining solution"
        "imtl", SurgeryMethod.Imtl, "equal projections on all gradients, or losses of equal size"
        "aligned_mtl", SurgeryMethod.AlignedMtl, "gradients made orthogonal and equally long"
        "graddrop",
        SurgeryMethod.GradDrop,
        "each coordinate keeps gradients of one randomly chosen sign"
        "cosine_gate",
        SurgeryMethod.CosineGate,
        "auxiliary gradients are used while their cosine to the main ones is positive"
        "uncertainty", SurgeryMethod.Uncertainty, "losses divided by learned variances"
        "dwa", SurgeryMethod.Dwa, "losses that fall slowly weigh more"
        "rlw", SurgeryMethod.Rlw, "random weights"
        "famo", SurgeryMethod.Famo, "weights are learned so that log losses decrease equally"
        "sdmgrad",
        SurgeryMethod.SdmGrad,
        "minimum-norm point of the convex hull, regularised towards the mean gradient"
    ]

    [<CompiledName("Words")>]
    let words = described |> List.map (fun (word, method', _) -> word, method')

    /// The word of a method.
    let internal nameOf method' =
        match method' with
        | SurgeryMethod.Own own -> string own
        | method' -> words |> List.find (snd >> (=) method') |> fst
