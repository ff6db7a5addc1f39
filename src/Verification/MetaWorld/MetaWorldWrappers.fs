/// Checks of Meta-World's wrappers (golden kind "metaworld/wrappers"): streams of generators,
/// selection of goals, reward normalisers, recurrent observation. The parameters of a quantity are
/// part of its name: "random_choice50.seed42", "exp_norm.reward_out_alpha0.001".
module internal MtrlFunctional.Verification.MetaWorldWrappers

open System.Globalization
open System.Text.RegularExpressions
open MtrlFunctional.Tasks
open MtrlFunctional.Randomness
open MtrlFunctional.Training
open MtrlFunctional.Storage

let private rounding = 1e-12

/// The numbers in a name that matches a pattern.
let private numbersIn pattern name =
    let found = Regex.Match(name, "^" + pattern + "$")

    if found.Success then
        Some [ for group in Seq.skip 1 found.Groups -> group.Value ]
    else
        None

let private (|Numbers|_|) pattern name = numbersIn pattern name

let private real (text: string) =
    System.Double.Parse(text, CultureInfo.InvariantCulture)

let private first count sequence =
    sequence |> Seq.truncate count |> Seq.map float |> Seq.toArray

let private stream count name =
    match name with
    | Numbers @"random_choice(\d+)\.seed(\d+)" [ goals; seed ] ->
        Some(first count (Wrappers.randomSelection (uint64 seed) (int goals)))
    | Numbers @"pseudo_random(\d+)\.seed(\d+)" [ goals; seed ] ->
        Some(first count (Wrappers.pseudoRandomSelection (uint64 seed) (int goals)))
    | Numbers @"uniform01\.seed(\d+)" [ seed ] ->
        let generator = Pcg64(uint64 seed)
        Some(Array.init count (fun _ -> generator.Uniform()))
    | Numbers @"legacy_uniform01\.seed(\d+)" [ seed ] ->
        let generator = Mt19937(uint32 seed)
        Some(Array.init count (fun _ -> generator.Uniform()))
    | _ -> None

let private streams (file: SafetensorsFile) = [
    for name in file.Names do
        match stream (int (file.Tensor name).Shape[0]) name with
        | Some drawn -> Check.absolute file.Path 0.0 name (file.ReadDoubles name) drawn
        | None -> ()
]

/// The step, counted from 1, at which the recorded environment ended.
let private endedAt = @"gym_norm\.reward_out_gamma([\d.]+)_terminated_at_step(\d+)"

let private normalised (file: SafetensorsFile) =
    let rewards = file.ReadDoubles "exp_norm.reward_in"
    let swap (next, out) = out, next

    let along step start =
        rewards |> Array.indexed |> Array.mapFold step start |> fst

    [
        for name in file.Names do
            let check = Check.absolute file.Path rounding name

            match name with
            | Numbers @"exp_norm\.reward_out_alpha([\d.]+)" [ rate ] ->
                let step s (_, reward) =
                    swap (RewardNormalization.byExponential (real rate) s reward)

                check (file.ReadDoubles name) (along step RewardNormalization.noRewards)
            | Numbers endedAt [ discount; ended ] ->
                let step s (i, reward) =
                    swap (RewardNormalization.byReturn (real discount) s (i + 1 = int ended) reward)

                check (file.ReadDoubles name) (along step RewardNormalization.noReturns)
            | _ -> ()
    ]

let private recurrent (file: SafetensorsFile) =
    let rows (name: string) =
        file.ReadDoubles name |> Array.chunkBySize (int (file.Tensor name).Shape[1])

    let obs, actions = rows "rnn.obs_in", rows "rnn.action"
    let rewards = file.ReadDoubles "exp_norm.reward_in"
    // The same environment, with the last step truncated.
    let ends =
        file.Names
        |> Seq.choose (numbersIn endedAt)
        |> Seq.map (fun n -> int n[1])
        |> Set.ofSeq

    let along =
        Array.init actions.Length (fun i ->
            let ended = ends.Contains(i + 1) || i = actions.Length - 1
            Wrappers.withHistory obs[i + 1] actions[i] rewards[i] ended)

    let none = Array.zeroCreate actions[0].Length

    let check name =
        Check.absolute file.Path rounding name (file.ReadDoubles name)

    [
        check "rnn.obs0" (Wrappers.withHistory obs[0] none 0.0 false)
        check "rnn.obs" (Array.concat along)
    ]

/// All comparisons of a file.
let verify (file: SafetensorsFile) : Check list =
    streams file @ normalised file @ recurrent file
