/// Checks of the parts of Meta-World without physics: reward functions, wrappers, goals.
module internal MtrlFunctional.Verification.MetaWorldTools

open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Storage

/// exp, cosh and similar functions differ in the last bit between C libraries.
let private nearlyExact = 1e-12

let private vector (values: float[]) i =
    Vec3.create values[3 * i] values[3 * i + 1] values[3 * i + 2]

/// Tolerance with the eight sigmoids, Hamacher product, progress through a box; one row each.
let rewardTools (file: SafetensorsFile) : Check list =
    let read = file.ReadDoubles
    let check = Check.absolute file.Path nearlyExact
    let each count f = Array.init count f

    let x, lower, upper = read "tol.x", read "tol.lower", read "tol.upper"
    let margin, atMargin = read "tol.margin", read "tol.value_at_margin"

    let sigmoids = [
        "gaussian", DmControl.Sigmoid.Gaussian
        "hyperbolic", DmControl.Sigmoid.Hyperbolic
        "long_tail", DmControl.Sigmoid.LongTail
        "reciprocal", DmControl.Sigmoid.Reciprocal
        "cosine", DmControl.Sigmoid.Cosine
        "linear", DmControl.Sigmoid.Linear
        "quadratic", DmControl.Sigmoid.Quadratic
        "tanh_squared", DmControl.Sigmoid.TanhSquared
    ]

    let a, b = read "hamacher.a", read "hamacher.b"
    let current, zero, one = read "rect.curr", read "rect.zero", read "rect.one"

    [
        for name, sigmoid in sigmoids do
            each x.Length (fun i ->
                DmControl.Tolerance.value
                    (DmControl.Tolerance.create sigmoid atMargin[i] margin[i] (lower[i], upper[i]))
                    x[i])
            |> check $"tol.{name}" (read $"tol.{name}")

        check "hamacher.out" (read "hamacher.out") (Array.map2 Reward.both a b)

        each (current.Length / 3) (fun i ->
            Reward.throughBox (vector current i) (vector zero i) (vector one i))
        |> check "rect.out" (read "rect.out")
    ]

/// The suite of a recorded split: "MT1_reach-v3" and "train", "ML10" and "test".
let private suite (benchmark: string) part =
    let name = benchmark.Replace('_', '-')
    Suites.find (if name.StartsWith "ML" then $"{name}-{part}" else name)

/// The goals of benchmarks, each split drawn by one generator.
let goals (file: SafetensorsFile) : Check list =
    let seed = uint32 file.Metadata["seed"]

    file.Names
    |> Seq.groupBy (fun name -> let parts = name.Split '.' in parts[0], parts[1])
    |> Seq.collect (fun ((benchmark, part), recorded) ->
        match suite benchmark part with
        | Error mistake -> [ Check.impossible file.Path mistake ]
        | Ok suite ->
            let drawn =
                Suites.goals seed suite
                |> List.map (fun (task, goals) -> task.Name, Array.concat goals)
                |> Map.ofList

            [
                for name in recorded ->
                    match drawn |> Map.tryFind (name.Split '.' |> Array.last) with
                    | Some goals -> Check.absolute file.Path 0.0 name (file.ReadDoubles name) goals
                    | None -> Check.impossible file.Path $"{name}: not a part of this benchmark"
            ])
    |> Seq.toList

/// The golden kinds (prefixes of the metadata key `golden`) of this module.
let kinds: (string * (SafetensorsFile -> Check list)) list = [
    "metaworld/reward_utils", rewardTools
    "metaworld/wrappers", MetaWorldWrappers.verify
    "metaworld/benchmark_goals", goals
]
