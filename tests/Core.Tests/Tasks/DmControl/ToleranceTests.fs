module MtrlFunctional.Tests.Tasks.ToleranceTests

open Expecto
open MtrlFunctional.Tasks.DmControl

/// Values are those of tests/golden/metaworld/reward_utils.safetensors; the short forms are in the formulas of the pages.
let ``a tolerance`` = [
    testCase
        "rejects reversed bounds, a negative margin and a value at the margin outside its range"
        (fun () ->
            let rejected sigmoid atMargin margin bounds =
                (fun () -> Tolerance.create sigmoid atMargin margin bounds) |> isRefused ""

            rejected Sigmoid.Gaussian 0.1 1.0 (1.0, 0.0)
            rejected Sigmoid.Gaussian 0.1 -1.0 (0.0, 1.0)
            rejected Sigmoid.Gaussian 0.0 1.0 (0.0, 1.0)
            rejected Sigmoid.Linear 1.0 1.0 (0.0, 1.0)
            rejected Sigmoid.Linear nan 1.0 (0.0, 1.0)

            Tolerance.value (Tolerance.create Sigmoid.Linear 0.0 1.0 (0.0, 1.0)) 2.0
            |> equals 0.0)
]
