module MtrlFunctional.Tests.Algorithms.LearningRateProps

open Expecto
open FsCheck
open MtrlFunctional.Algorithms

let ``a learning rate that falls`` = [
    let settings final start = {
        OnPolicyDefaults.settings with
            FinalRate = final
            DecayStart = start
    }

    let rate progress settings =
        (MinibatchTraining.ruleAt progress settings).Rate

    let whole = OnPolicyDefaults.settings.Adam.Rate

    // In [0, 1).
    let share (NonNegativeInt n) = float (n % 1000) / 1000.0

    testProperty "is the whole until it begins to" (fun start at ->
        let start, at = share start, share at
        rate (start * at) (settings 0.0 start) = whole)

    testProperty "reaches its end with the run, in a line" (fun start final at ->
        let start, final, at = share start, share final, share at
        let settings = settings final start
        let along = start + at * (1.0 - start)
        rate 1.0 settings |> isWithin 1e-12 (whole * final)
        let expected = whole * (1.0 - at * (1.0 - final))
        rate along settings |> isWithin 1e-12 expected)

    testProperty
        "falls from the beginning by default, bit by bit as the line through both ends"
        (fun final at ->
            let final, at = share final, share at
            rate at (settings final 0.0) = whole * (1.0 + at * (final - 1.0)))
]
