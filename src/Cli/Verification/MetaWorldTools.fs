/// Checks of the parts of Meta-World that need no physics: reward tools, generators, wrappers, goals.
module Mtrl.Cli.Verification.MetaWorldTools

open System
open Mtrl.Tasks
open Mtrl.Tasks.MetaWorld
open Mtrl.Random
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

/// The seed that ends a name such as "uniform01.seed42".
let private seedOf (name: string) =
    UInt64.Parse(name.Substring(name.LastIndexOf ".seed" + 5))

let private first count sequence =
    sequence |> Seq.truncate count |> Seq.map float |> Seq.toArray

let private streams (file: SafetensorsFile) = [
    for name in file.Names do
        let recorded = lazy file.ReadDoubles name
        let count = int (file.Tensor name).Shape[0]

        let drawn =
            match name.Split '.' |> Array.head with
            | "random_choice50" -> Some(first count (Wrappers.randomSelection (seedOf name) 50))
            | "pseudo_random50" ->
                Some(first count (Wrappers.pseudoRandomSelection (seedOf name) 50))
            | "uniform01" ->
                let generator = Pcg64(seedOf name)
                Some(Array.init count (fun _ -> generator.Uniform()))
            | "legacy_uniform01" ->
                let generator = Mt19937(uint32 (seedOf name))
                Some(Array.init count (fun _ -> generator.Uniform()))
            | _ -> None

        match drawn with
        | Some drawn -> Check.absolute file.Path 0.0 name recorded.Value drawn
        | None -> ()
]

/// Outputs of a normaliser along a sequence of rewards.
let private along start step (rewards: float[]) =
    rewards |> Array.mapFold step start |> fst

let private normalised (file: SafetensorsFile) =
    let rewards = file.ReadDoubles "exp_norm.reward_in"

    let flipped step state reward =
        let next, out = step state reward in out, next

    // The environment of the recording ended at step 40 (counted from 1).
    let ended = [| for i in 1 .. rewards.Length -> i = 40 |]

    let byReturn statistics (reward, ended) =
        flipped (fun s r -> Wrappers.byReturn 0.99 s ended r) statistics reward

    [
        along Wrappers.noRewards (flipped (Wrappers.byExponential 0.001)) rewards
        |> Check.absolute
            file.Path
            nearlyExact
            "exp_norm.reward_out_alpha0.001"
            (file.ReadDoubles "exp_norm.reward_out_alpha0.001")

        Array.zip rewards ended
        |> Array.mapFold byReturn Wrappers.noReturns
        |> fst
        |> Check.absolute
            file.Path
            nearlyExact
            "gym_norm.reward_out_gamma0.99_terminated_at_step40"
            (file.ReadDoubles "gym_norm.reward_out_gamma0.99_terminated_at_step40")
    ]

let private recurrent (file: SafetensorsFile) =
    let rows (name: string) =
        file.ReadDoubles name |> Array.chunkBySize (int (file.Tensor name).Shape[1])

    let obs, actions = rows "rnn.obs_in", rows "rnn.action"
    let rewards = file.ReadDoubles "exp_norm.reward_in"

    let along =
        Array.init actions.Length (fun i ->
            // Terminated at step 40, cut off at the last one.
            let ended = i = 39 || i = actions.Length - 1
            Wrappers.withHistory obs[i + 1] actions[i] rewards[i] ended)

    let none = Array.zeroCreate actions[0].Length
    let check = Check.absolute file.Path nearlyExact

    [
        check "rnn.obs0" (file.ReadDoubles "rnn.obs0") (Wrappers.withHistory obs[0] none 0.0 false)
        check "rnn.obs" (file.ReadDoubles "rnn.obs") (Array.concat along)
    ]

/// Streams of the generators, selection of goals, reward normalisers, recurrent observation.
let wrappers (file: SafetensorsFile) : Check list =
    streams file @ normalised file @ recurrent file

/// The names of a split in their order, and its seed: the test part of ML1 has the next seed.
let private split seed (benchmark: string) part =
    if benchmark.StartsWith "ML1_" then
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

/// The golden kinds (metadata key `golden`) that are checked here.
let kinds: (string * (SafetensorsFile -> Check list)) list = [
    "metaworld/reward_utils", rewardTools
    "metaworld/wrappers", wrappers
    "metaworld/benchmark_goals_seed42", goals
]
