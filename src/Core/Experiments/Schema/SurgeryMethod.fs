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
        "gradvac", SurgeryMethod.GradVac, "gradients are turned towards their usual angles"
        "mgda", SurgeryMethod.Mgda, "the shortest mixture, which makes no task worse"
        "cagrad", SurgeryMethod.CaGrad, "near the mean gradient, best for the worst-off task"
        "gradnorm", SurgeryMethod.GradNorm, "weights learn to balance rates of training"
        "nash_mtl", SurgeryMethod.NashMtl, "the solution of a bargaining game"
        "imtl", SurgeryMethod.Imtl, "equal projections on all gradients, or losses of equal size"
        "aligned_mtl", SurgeryMethod.AlignedMtl, "gradients made orthogonal and equally long"
        "graddrop", SurgeryMethod.GradDrop, "each parameter follows one sign"
        "cosine_gate",
        SurgeryMethod.CosineGate,
        "auxiliary tasks pass while they agree with the main ones"
        "uncertainty", SurgeryMethod.Uncertainty, "losses divided by learned variances"
        "dwa", SurgeryMethod.Dwa, "losses that fall slowly weigh more"
        "rlw", SurgeryMethod.Rlw, "random weights"
        "famo", SurgeryMethod.Famo, "weights learn so that all losses fall alike"
        "sdmgrad", SurgeryMethod.SdmGrad, "a short mixture near the mean gradient"
    ]

    [<CompiledName("Words")>]
    let words = described |> List.map (fun (word, method', _) -> word, method')

    /// The word of a method.
    let internal nameOf method' =
        match method' with
        | SurgeryMethod.Own own -> string own
        | method' -> words |> List.find (snd >> (=) method') |> fst
