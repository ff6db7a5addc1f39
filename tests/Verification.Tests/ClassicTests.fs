module MtrlFunctional.Tests.Verification.ClassicTests

open Expecto
open MtrlFunctional.Tests.Verification.Replays

/// Recorded episodes of MTEnv's classic families and wrappers; recordings of variants are those of DeepMind Control.
let ``recordings of classic families`` = [
    let files =
        filesOf "mtenv" "*.safetensors"
        |> List.filter (fun name -> not (name.Contains "hipbmdp_"))

    testCase "are there for each" (fun () -> files.Length |> isAtLeast 10)

    testTheory "are replayed to the recorded numbers" files
    <| fun name -> (replayed (file name)).Length |> isAbove 1
]
