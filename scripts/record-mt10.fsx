// The record on MT10: preset=fast/mt10 with five seeds, each of which draws its own goals; the final policies on all 500
// goals of training and on 500 others. An hour and a half of two cores a seed. Not run to an end.
//
//   ./mtrl build
//   dotnet fsi scripts/record-mt10.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments

Run.record {
    Name = "record-mt10"
    Title = "MT10, MT-PPO"
    Preset = "fast/mt10"
    Settings = "27eaa4477f9a4700"
    Seeds = 5
    UnseenGoals = 50
}
