module MtrlFunctional.Tests.Verification.MetaWorldTests

open Expecto
open System.IO
open MtrlFunctional.Tests.Verification.Replays

/// Recorded outputs of Meta-World 3.1.1. The file of goals is an excerpt: MT10 and ML1 whole, tasks of the other
/// benchmarks.
let ``recordings of Meta-World`` = [
    let episodes = filesOf "metaworld" "*-v3.safetensors"

    testCase "are there for all ten tasks of MT10" (fun () -> episodes |> hasLength 10)

    // Two scripted episodes with 35 quantities, a random one with 34, and the goals.
    testTheory "have bit-identical episodes" episodes
    <| fun name -> replayed (file name) |> hasLength 105

    testCase "have ten bit-identical vectorised environments" (fun () ->
        replayed (file "metaworld/vector_mt10_seed42.safetensors") |> hasLength 8)

    testTheory "have the values of its tools" [
        "reward_utils.safetensors", 10
        "wrappers.safetensors", 20
        "benchmark_goals_seed42.safetensors", 38
        "scripted_success.json", 6
    ]
    <| fun (name, atLeast) -> (replayed (file $"metaworld/{name}")).Length |> isAtLeast atLeast

    /// In an excerpt: one task with all successes, one with some failures.
    testCase "detect a goal that an expert reached" (fun () ->
        let name = "metaworld/scripted_success.json"
        let text = File.ReadAllText(file name)
        let first = text.IndexOf "\"first_success_step\": [" + 24
        let other = text.Insert(text.IndexOf(',', first), "1")

        let found =
            failed (changed name (fun _ -> System.Text.Encoding.UTF8.GetBytes other))

        found |> hasLength 1
        found.Head |> endsWith ".first_success_step")
]
