// The record on MT50: preset=fast/mt50 with five seeds, each of which draws its own goals; the final policies on all 2,500
// goals of training and on 2,500 others. Two hours of two cores a seed. Not run to an end.
//
//   ./mtrl build
//   dotnet fsi scripts/record-mt50.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments

Run.record {
    Name = "record-mt50"
    Title = "MT50, MT-PPO"
    Preset = "fast/mt50"
    Settings = "329155dbc0cdbb25"
    Seeds = 5
    UnseenGoals = 50
}
