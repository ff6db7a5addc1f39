/// Checks of the parts of Meta-World without physics: reward functions, goals, and wrappers, the parameters of which
/// are in the name of a quantity: "random_choice50.seed42", "exp_norm.reward_out_alpha0.001".
module internal MtrlFunctional.Verification.MetaWorldTools

open System.Globalization
open System.Text.RegularExpressions
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Training
open MtrlFunctional.Verification.Recorded

/// Tolerance with the eight sigmoids, Hamacher product, progress through a box; one row each. exp, cosh and similar
/// functions differ in the last bit between C libraries.
let private rewardTools (part: Quantities) =
    let read = part.Numbers

    let vector (values: float[]) =
        Vec3.create values[0] values[1] values[2]

    let x, margin, atMargin =
        read "tol.x", read "tol.margin", read "tol.value_at_margin"

    let bounds = Array.zip (read "tol.lower") (read "tol.upper")

    [
        for name, sigmoid in
            [
                "gaussian", DmControl.Sigmoid.Gaussian
                "hyperbolic", DmControl.Sigmoid.Hyperbolic
                "long_tail", DmControl.Sigmoid.LongTail
                "reciprocal", DmControl.Sigmoid.Reciprocal
                "cosine", DmControl.Sigmoid.Cosine
                "linear", DmControl.Sigmoid.Linear
                "quadratic", DmControl.Sigmoid.Quadratic
                "tanh_squared", DmControl.Sigmoid.TanhSquared
            ] do
            let tolerance i =
                DmControl.Tolerance.create sigmoid atMargin[i] margin[i] bounds[i]

            Array.init x.Length (fun i -> DmControl.Tolerance.value (tolerance i) x[i])
            |> part.Check rounding $"tol.{name}"

        Array.map2 Reward.both (read "hamacher.a") (read "hamacher.b")
        |> part.Check rounding "hamacher.out"

        Array.map3
            (fun current zero one -> Reward.throughBox (vector current) (vector zero) (vector one))
            (Array.chunkBySize 3 (read "rect.curr"))
            (Array.chunkBySize 3 (read "rect.zero"))
            (Array.chunkBySize 3 (read "rect.one"))
        |> part.Check rounding "rect.out"
    ]

/// The goals of benchmarks, each split drawn by one generator: "MT1_reach-v3.train.reach-v3".
let private goals (part: Quantities) =
    let suite (benchmark: string) split =
        let name = benchmark.Replace('_', '-')
        Suites.find (if name.StartsWith "ML" then $"{name}-{split}" else name)

    [
        for (benchmark, split), recorded in
            part.Names
            |> List.groupBy (fun name -> let parts = name.Split '.' in parts[0], parts[1]) do
            match suite benchmark split with
            | Error mistake -> part.Impossible mistake
            | Ok suite ->
                let drawn =
                    Suites.goals (uint32 (part.Text "seed")) suite
                    |> List.map (fun (task, goals) -> task.Name, Array.concat goals)
                    |> Map.ofList

                for name in recorded do
                    match drawn.TryFind(name.Split '.' |> Array.last) with
                    | Some goals -> part.Check exact name goals
                    | None -> part.Impossible $"{name}: not a part of this benchmark"
    ]

/// The numbers in a name that matches a pattern.
let private (|Numbers|_|) pattern name =
    let found = Regex.Match(name, "^" + pattern + "$")

    if found.Success then
        Some [ for group in Seq.skip 1 found.Groups -> group.Value ]
    else
        None

let private real (text: string) =
    System.Double.Parse(text, CultureInfo.InvariantCulture)

/// The step, counted from 1, at which the recorded environment ended.
let private (|Normalised|_|) name =
    match name with
    | Numbers @"gym_norm\.reward_out_gamma([\d.]+)_terminated_at_step(\d+)" [ discount; ended ] ->
        Some(real discount, int ended)
    | _ -> None

let private wrappers (part: Quantities) =
    let rewards = part.Numbers "exp_norm.reward_in"
    let swap (next, out) = out, next

    let along step start =
        rewards |> Array.indexed |> Array.mapFold step start |> fst

    let obs, actions = part.Rows "rnn.obs_in", part.Rows "rnn.action"

    let ends =
        part.Names
        |> List.choose (function
            | Normalised(_, ended) -> Some ended
            | _ -> None)

    // The same environment, with the last step truncated.
    let history =
        Array.init actions.Length (fun i ->
            let ended = List.contains (i + 1) ends || i = actions.Length - 1
            Wrappers.withHistory obs[i + 1] actions[i] rewards[i] ended)

    [
        for name in part.Names do
            let begins sequence =
                let count = Array.head (part.Shape name)
                sequence |> Seq.truncate count |> Seq.toArray |> part.Check exact name

            match name with
            | Numbers @"random_choice(\d+)\.seed(\d+)" [ goals; seed ] ->
                Wrappers.randomSelection (uint64 seed) (int goals) |> Seq.map float |> begins
            | Numbers @"pseudo_random(\d+)\.seed(\d+)" [ goals; seed ] ->
                Wrappers.pseudoRandomSelection (uint64 seed) (int goals)
                |> Seq.map float
                |> begins
            | Numbers @"uniform01\.seed(\d+)" [ seed ] ->
                let generator = Pcg64(uint64 seed)
                Seq.initInfinite (fun _ -> generator.Uniform()) |> begins
            | Numbers @"legacy_uniform01\.seed(\d+)" [ seed ] ->
                let generator = Mt19937(uint32 seed)
                Seq.initInfinite (fun _ -> generator.Uniform()) |> begins
            | Numbers @"exp_norm\.reward_out_alpha([\d.]+)" [ rate ] ->
                RewardNormalization.noRewards
                |> along (fun s (_, reward) ->
                    swap (RewardNormalization.byExponential (real rate) s reward))
                |> part.Check rounding name
            | Normalised(discount, ended) ->
                RewardNormalization.noReturns
                |> along (fun s (i, reward) ->
                    swap (RewardNormalization.byReturn discount s (i + 1 = ended) reward))
                |> part.Check rounding name
            | _ -> ()

        Wrappers.withHistory obs[0] (Array.zeroCreate actions[0].Length) 0.0 false
        |> part.Check rounding "rnn.obs0"

        part.Check rounding "rnn.obs" (Array.concat history)
    ]

let kinds: Kinds = [
    "metaworld/reward_utils", rewardTools
    "metaworld/wrappers", wrappers
    "metaworld/benchmark_goals", goals
]
