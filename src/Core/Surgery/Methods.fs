/// The methods of the library. A method is a file of `Surgery` and a line here.
module MtrlFunctional.Surgery.Methods

open MtrlFunctional.Experiments

/// Every method, in the order of lists and pages.
[<CompiledName("All")>]
let all: Method list = [
    PcGrad.method'
    GradVac.method'
    Mgda.method'
    CaGrad.method'
    GradNorm.method'
    NashMtl.method'
    Imtl.method'
    AlignedMtl.method'
    GradDrop.method'
    CosineGate.method'
    UncertaintyWeighting.method'
    Dwa.method'
    Rlw.method'
    Famo.method'
    SdmGrad.method'
]

/// Words of `agent.surgery.method`, and what they choose.
[<CompiledName("Described")>]
let described = [
    SurgeryWord.None, "the gradient of the mean loss"
    for method' in all do
        method'.Name, method'.Description
]

/// Sum, mean and every method by its name, with its usual choices.
let usual = [
    "sum", Surgery.Plain Reduction.Sum
    "mean", Surgery.Plain Reduction.Mean
    for method' in all do
        method'.Name, method'.Usual
]
