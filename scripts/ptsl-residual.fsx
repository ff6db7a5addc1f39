// Compares the outputs passed on by a projected layer of PTSL: MT10, four seeds, as in the PTSL paper.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-residual.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments

Run.trainAll
    "ptsl-residual"
    "PTSL, residuals, MT10 (rewards v2; v1, normalised, with fidelity=original)"
    [
        "none", Experiment.published "ptsl/residual-none-mt10"
        "sum", Experiment.published "ptsl/residual-sum-mt10"
        "linear", Experiment.published "ptsl/residual-linear-mt10"
        "product", Experiment.published "ptsl/residual-product-mt10"
    ]
