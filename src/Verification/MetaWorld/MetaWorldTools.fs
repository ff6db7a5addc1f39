/// Checks of the parts of Meta-World without physics: reward functions, goals, and wrappers, the parameters of which
/// are in the name of a quantity: "random_choice50.seed42", "exp_norm.reward_out_alpha0.001".
module internal MtrlFunctional.Verification.MetaWorldTools

open System.Text.RegularExpressions
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Training
open MtrlFunctional.Verification.Recorded

let private sigmoids = [
    "gaussian", DmControl.Sigmoid.Gaussian
    "hyperbolic", DmControl.Sigmoid.Hyperbolic
    "long_tail", DmControl.Sigmoid.LongTail
    "reciprocal", DmControl.Sigmoid.Reciprocal
    "cosine", DmControl.Sigmoid.Cosine
    "linear", DmControl.Sigmoid.Linear
    "quadratic", DmControl.Sigmoid.Quadratic
    "tanh_squared", DmControl.Sigmoid.TanhSquared
]

/// Tolerance with the eight sigmoids, Hamacher product, progress through a box; one row each. exp, cosh and similar
/// functions differ in the last bit between C libraries.
let private rewardTools (part: Quantities) =
    let read = part.Numbers
    let bounds = Array.zip (read "tol.lower") (read "tol.upper")
    let margins = Array.zip (read "tol.margin") (read "tol.value_at_margin")

    let vectors name =
        part.Rows name |> Array.map (fun v -> Vec3.create v[0] v[1] v[2])

    let tolerance sigmoid (margin, atMargin) bounds =
        DmControl.Tolerance.value (DmControl.Tolerance.create sigmoid atMargin margin bounds)

    part.All rounding [
        for name, sigmoid in sigmoids do
            $"tol.{name}",
            Array.map2 (tolerance sigmoid) margins bounds |> Array.map2 (|>) (read "tol.x")
        "hamacher.out", Array.map2 Reward.both (read "hamacher.a") (read "hamacher.b")
        "rect.out",
        (vectors "rect.curr", vectors "rect.zero", vectors "rect.one")
        |||> Array.map3 Reward.throughBox
    ]

/// The goals of benchmarks, each split drawn by one generator: "MT1_reach-v3.train.reach-v3".
let private goals (part: Quantities) = [
    for name, recorded in part.Names |> List.groupBy (fun name -> name[.. name.LastIndexOf '.' - 1]) do
        let benchmark, split =
            name[.. name.IndexOf '.' - 1].Replace('_', '-'), name[name.IndexOf '.' + 1 ..]

        let suite =
            if benchmark.StartsWith "ML" then
                $"{benchmark}-{split}"
            else
                benchmark

        match Suites.find suite with
        | Error mistake -> part.Impossible mistake
        | Ok suite ->
            let drawn =
                Map [
                    for task, goals in Suites.goals (uint32 (part.Text "seed")) suite ->
                        $"{name}.{task.Name}", Array.concat goals
                ]

            yield! part.Found exact ": not a part of this benchmark" drawn.TryFind recorded
]

/// The numbers in a name that matches a pattern.
let private (|Numbers|_|) pattern name =
    let found = Regex.Match(name, "^" + pattern + "$")

    if found.Success then
        Some [ for group in Seq.skip 1 found.Groups -> group.Value ]
    else
        None

/// The step, counted from 1, at which the recorded environment ended.
let private (|Normalised|_|) name =
    match name with
    | Numbers @"gym_norm\.reward_out_gamma([\d.e+-]+)_terminated_at_step(\d+)" [ discount; ended ] ->
        Some(float discount, int ended)
    | _ -> None

let private wrappers (part: Quantities) = [
    let rewards = part.Numbers "exp_norm.reward_in"
    let obs, actions = part.Rows "rnn.obs_in", part.Rows "rnn.action"

    let ends = [
        for name in part.Names do
            match name with
            | Normalised(_, ended) -> ended
            | _ -> ()
    ]

    let along step start =
        (start, Array.indexed rewards)
        ||> Array.mapFold (fun state reward ->
            let next, out = step state reward
            out, next)
        |> fst

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
        | Numbers @"exp_norm\.reward_out_alpha([\d.e+-]+)" [ rate ] ->
            RewardNormalization.noRewards
            |> along (fun s (_, reward) -> RewardNormalization.byExponential (float rate) s reward)
            |> part.Check rounding name
        | Normalised(discount, ended) ->
            RewardNormalization.noReturns
            |> along (fun s (i, reward) ->
                RewardNormalization.byReturn discount s (i + 1 = ended) reward)
            |> part.Check rounding name
        | "exp_norm.reward_in" -> ()
        | _ when name.StartsWith "rnn." -> ()
        | _ -> part.Impossible $"{name}: is of no known sequence"

    // The same environment, with the last step truncated.
    let history =
        Array.init actions.Length (fun i ->
            let ended = List.contains (i + 1) ends || i = actions.Length - 1
            Wrappers.withHistory obs[i + 1] actions[i] rewards[i] ended)

    let obs0 =
        Wrappers.withHistory obs[0] (Array.zeroCreate actions[0].Length) 0.0 false

    yield! part.All rounding [ "rnn.obs0", obs0; "rnn.obs", Array.concat history ]
]

let kinds: Kinds = [
    "metaworld/reward_utils", rewardTools
    "metaworld/wrappers", wrappers
    "metaworld/benchmark_goals", goals
]
