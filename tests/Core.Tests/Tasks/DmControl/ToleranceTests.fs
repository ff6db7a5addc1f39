module MtrlFunctional.Tests.Tasks.ToleranceTests

open Expecto
open MtrlFunctional.Tasks.DmControl

/// Values are those of tests/golden/metaworld/reward_utils.safetensors; the short forms are in the formulas of the pages.
let ``a tolerance`` = [
    testCase "without a margin is 0 or 1" (fun () ->
        for sigmoid in [ Sigmoid.Gaussian; Sigmoid.Linear ] do
            let value = Tolerance.value (Tolerance.create sigmoid 0.1 0.0 (1.0, 2.0))

            [ 0.999; 1.0; 1.5; 2.0; 2.001 ]
            |> List.map value
            |> equals [ 0.0; 1.0; 1.0; 1.0; 0.0 ])

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
