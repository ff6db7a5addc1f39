// Compares shared and separate first projections of the PTSL branches: MT10, ten seeds, as in the PTSL paper.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-projection.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments

Run.trainAll
    "ptsl-projection"
    "PTSL, projections, MT10 (rewards v2; v1, normalised, with fidelity=original)"
    [
        "independent", Experiment.published "ptsl/projection-independent-mt10"
        "shared", Experiment.published "ptsl/projection-shared-mt10"
    ]
