module MtrlFunctional.Tests.Verification.RecordingTests

open Expecto
open MtrlFunctional.Tests.Verification.Replays

/// Recordings of environments and of gradient surgery: folder and pattern, the number of the files, and of the checks of
/// each at least.
let private recordings = [
    // Two scripted episodes with 35 quantities, a random one with 34, and the goals.
    "metaworld", "*-v3.safetensors", 10, 105
    "metaworld", "vector_mt10_*.safetensors", 1, 8
    "metaworld", "reward_utils.safetensors", 1, 10
    "metaworld", "wrappers.safetensors", 1, 20
    // MT10 and ML1 whole, tasks of the other benchmarks.
    "metaworld", "benchmark_goals_*.safetensors", 1, 38
    "metaworld", "scripted_success.json", 1, 6
    "dmcontrol", "*.safetensors", 28, 36
    "dmcontrol", "*.json", 20, 223
    "dmcontrol_frames", "*.safetensors", 5, 3
    "mtenv", "*.safetensors", 14, 4
    // Ten variants with an episode each: its start, its steps and the whole.
    "mtenv", "hipbmdp_*.safetensors", 4, 140
    "surgery", "*.safetensors", 15, 60
    "surgery", "gradvac.safetensors", 1, 130
    "surgery", "mgda.safetensors", 1, 380
    "surgery", "cagrad.safetensors", 1, 280
    "surgery", "gradnorm.safetensors", 1, 320
    "surgery", "aligned_mtl.safetensors", 1, 150
    "surgery", "famo.safetensors", 1, 400
]

let ``recordings of environments and surgery`` = [
    testTheory "are there" [ for folder, pattern, files, _ in recordings -> folder, pattern, files ]
    <| fun (folder, pattern, files) -> filesOf folder pattern |> hasLength files

    let least =
        Map [
            for folder, pattern, _, checks in recordings do
                for name in filesOf folder pattern -> name, checks
        ]

    testTheory "are replayed to the recorded numbers" (Map.toList least)
    <| fun (name, checks) -> (replayed (file name)).Length |> isAtLeast checks
]
