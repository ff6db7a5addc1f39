module MtrlFunctional.Tests.Verification.MetaWorldTests

open Expecto
open System.IO
open System.Text
open System.Text.Json.Nodes
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

    testCase "detect a goal that an expert reached" (fun () ->
        let name = "metaworld/scripted_success.json"
        let recorded = nonNull (JsonNode.Parse(File.ReadAllText(file name)))
        let tasks = (nonNull recorded["tasks"]).AsObject()
        tasks.Remove "push-v3" |> ignore
        let task = nonNull tasks["drawer-close-v3"]
        let steps = nonNull task["first_success_step"]
        steps[0] <- JsonValue.Create 1
        let text = Encoding.UTF8.GetBytes(recorded.ToJsonString())
        let found = failed (changed name (fun _ -> text))
        found |> hasLength 1
        found.Head |> endsWith ".first_success_step")
]
