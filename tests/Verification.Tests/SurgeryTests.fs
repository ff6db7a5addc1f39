module MtrlFunctional.Tests.Verification.SurgeryTests

open Expecto
open MtrlFunctional.Tests.Verification.Replays

let ``recorded gradient surgery`` = [
    /// Each file with its minimum number of comparisons.
    testTheory "is replayed to the recorded results" [
        "cases", 60
        "pcgrad", 80
        "gradvac", 130
        "mgda", 380
        "cagrad", 280
        "gradnorm", 320
        "nash_mtl", 80
        "imtl", 80
        "aligned_mtl", 150
        "graddrop", 80
        "rlw", 60
        "dwa", 60
        "uw", 120
        "famo", 400
        "sdmgrad", 110
    ]
    <| fun (name, atLeast) ->
        (replayed (file $"surgery/{name}.safetensors")).Length |> isAtLeast atLeast

    testCase "reports missing inputs" (fun () ->
        refusal (changed "surgery/rlw.safetensors" id) |> contains "cases.safetensors")
]
