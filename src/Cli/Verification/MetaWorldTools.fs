/// Checks of the parts of Meta-World that need no physics: reward tools, wrappers, goals.
module Mtrl.Cli.Verification.MetaWorldTools

open Mtrl.Tasks
open Mtrl.Tasks.MetaWorld
open MtrlFunctional.Storage

/// exp, cosh and their like differ in the last bit between mathematical libraries.
let private nearlyExact = 1e-12

let private vector (values: float[]) i =
    Vec3.create values[3 * i] values[3 * i + 1] values[3 * i + 2]

/// Tolerance with the eight sigmoids, Hamacher product, way through a box; a row each.
let rewardTools (file: SafetensorsFile) : Check list =
    let read = file.ReadDoubles
    let check = Check.absolute file.Path nearlyExact
    let each count f = Array.init count f

    let x, lower, upper = read "tol.x", read "tol.lower", read "tol.upper"
    let margin, atMargin = read "tol.margin", read "tol.value_at_margin"

    let sigmoids = [
        "gaussian", Gaussian
        "hyperbolic", Hyperbolic
        "long_tail", LongTail
        "reciprocal", Reciprocal
        "cosine", Cosine
        "linear", Linear
        "quadratic", Quadratic
        "tanh_squared", TanhSquared
    ]

    let a, b = read "hamacher.a", read "hamacher.b"
    let current, zero, one = read "rect.curr", read "rect.zero", read "rect.one"

    [
        for name, sigmoid in sigmoids do
            each x.Length (fun i ->
                Reward.tolerance sigmoid atMargin[i] lower[i] upper[i] margin[i] x[i])
            |> check $"tol.{name}" (read $"tol.{name}")

        check "hamacher.out" (read "hamacher.out") (Array.map2 Reward.both a b)

        each (current.Length / 3) (fun i ->
            Reward.throughBox (vector current i) (vector zero i) (vector one i))
        |> check "rect.out" (read "rect.out")
    ]

/// The names of a split in their order, and its seed: the test part of ML1 has the next seed.
let private split seed (benchmark: string) part =
    if benchmark.StartsWith "ML1_" || benchmark.StartsWith "MT1_" then
        [ benchmark.Substring 4 ], (if part = "test" then seed + 1u else seed)
    else
        match Benchmarks.benchmarks |> List.tryFind (fun b -> b.Name = benchmark) with
        | Some b -> (if part = "test" then b.Test else b.Train), seed
        | None -> [], seed

/// The goals of benchmarks, each split drawn by one generator.
let goals (file: SafetensorsFile) : Check list =
    let seed = uint32 file.Metadata["seed"]

    file.Names
    |> Seq.groupBy (fun name -> let parts = name.Split '.' in parts[0], parts[1])
    |> Seq.collect (fun ((benchmark, part), recorded) ->
        let names, seed = split seed benchmark part

        match Benchmarks.findAll names with
        | Error errors -> errors |> List.map (Check.impossible file.Path)
        | Ok tasks ->
            let drawn =
                Goals.ofSplit seed tasks
                |> List.map (fun (task, goals) -> task.Name, Array.concat goals)
                |> Map.ofList

            [
                for name in recorded ->
                    match drawn |> Map.tryFind (name.Split '.' |> Array.last) with
                    | Some goals -> Check.absolute file.Path 0.0 name (file.ReadDoubles name) goals
                    | None -> Check.impossible file.Path $"{name}: not a part of this benchmark"
            ])
    |> Seq.toList

/// The golden kinds (beginnings of the metadata key `golden`) that are checked here.
let kinds: (string * (SafetensorsFile -> Check list)) list = [
    "metaworld/reward_utils", rewardTools
    "metaworld/wrappers", MetaWorldWrappers.verify
    "metaworld/benchmark_goals", goals
]
