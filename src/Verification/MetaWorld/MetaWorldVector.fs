/// Replays a recorded vector environment of Meta-World (golden kind "metaworld/vector_…"): the ten
/// tasks of MT10 side by side, observations with a one-hot task id appended, a short time limit,
/// and a reset in the step that ends an episode.
module internal MtrlFunctional.Verification.MetaWorldVector

open System
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Environments
open MtrlFunctional.Storage

/// Time limit of the recording.
let private horizon = 12

let private withTask tasks task (obs: float[]) =
    Array.append obs (Array.init tasks (fun i -> if i = task then 1.0 else 0.0))

/// The randomisation vector of an environment; vectors of three numbers are padded with NaN.
let private randomOf (env: MetaWorldEnvironment) (padded: float[]) =
    Array.take env.Task.RandomLow.Length padded

/// The recorder stores all observations but the final ones in single precision.
let private single = Array.map (float32 >> float)

/// Values of one environment at one step, named as in the file.
type private Shown = {
    Obs: float[]
    FinalObs: float[]
    Reward: float
    Success: float
    Truncated: float
    FinalReturn: float
}

let private flag b = if b then 1.0 else 0.0

/// One step; `before` is the sum of previous rewards; the updated sum is returned with the values.
let private step tasks task (env: MetaWorldEnvironment) before (action: float[]) random =
    env.Step(ReadOnlySpan(Array.map float32 action)) |> ignore
    let outcome, truncated = env.Outcome, env.Truncated
    let total, last = before + outcome.Reward, withTask tasks task env.Observation

    if truncated then
        env.Reset(ReadOnlySpan(randomOf env random))

    let shown = {
        Obs = single (withTask tasks task env.Observation)
        FinalObs = if truncated then last else Array.map (fun _ -> nan) last
        Reward = outcome.Reward
        Success = flag outcome.Success
        Truncated = flag truncated
        FinalReturn = if truncated then total else nan
    }

    shown, (if truncated then 0.0 else total)

/// All comparisons of a file.
let verify (scenes: SceneLibrary) (file: SafetensorsFile) : Check list =
    match Benchmarks.multiTask "MT10" with
    | Error reasons -> reasons |> List.map (Check.impossible file.Path)
    | Ok taskList ->
        let tasks = taskList.Length
        let read name = file.ReadDoubles name

        let perTask name =
            let numbers = read name
            numbers |> Array.chunkBySize (numbers.Length / tasks)

        let environments =
            taskList
            |> List.map (fun task ->
                new MetaWorldEnvironment(task, scenes, true, RewardVersion.V2, horizon))
            |> List.toArray

        try
            (environments, perTask "rand_vec0")
            ||> Array.iter2 (fun env random -> env.Reset(ReadOnlySpan(randomOf env random)))

            let obs0 =
                environments
                |> Array.mapi (fun i env -> single (withTask tasks i env.Observation))
                |> Array.concat

            let actions = read "action" |> Array.chunkBySize (4 * tasks)
            let randoms = read "rand_vec" |> Array.chunkBySize (6 * tasks)
            let sums = Array.zeroCreate tasks

            let shown =
                (actions, randoms)
                ||> Array.map2 (fun actions randoms ->
                    environments
                    |> Array.mapi (fun i env ->
                        let shown, sum =
                            step
                                tasks
                                i
                                env
                                sums[i]
                                (Array.sub actions (4 * i) 4)
                                (Array.sub randoms (6 * i) 6)

                        sums[i] <- sum
                        shown))
                |> Array.concat

            let same name tolerance pick =
                Check.absolute file.Path tolerance name (read name) (shown |> Array.collect pick)

            [
                Check.absolute file.Path 0.0 "obs0" (read "obs0") obs0
                same "obs" 0.0 _.Obs
                same "final_obs" 0.0 _.FinalObs
                same "reward" 1e-12 (fun s -> [| s.Reward |])
                same "success" 0.0 (fun s -> [| s.Success |])
                same "truncated" 0.0 (fun s -> [| s.Truncated |])
                same "terminated" 0.0 (fun _ -> [| 0.0 |])
                // The recorder rounds sums to six decimals.
                same "final_return" 1e-6 (fun s -> [| s.FinalReturn |])
            ]
        finally
            environments |> Array.iter _.Dispose()
