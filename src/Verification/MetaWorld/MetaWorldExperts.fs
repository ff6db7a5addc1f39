/// Runs the scripted experts and compares with recorded successes (scripted_success, a JSON file):
/// first successful step of each episode, number of episodes successful at the end, and returns.
/// Twenty episodes of 500 steps for each task: minutes for all fifty.
module internal MtrlFunctional.Verification.MetaWorldExperts

open System
open System.IO
open System.Text.Json
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Environments

/// Seed of the recorded goals.
let private seed = 42u

/// Result of one episode.
type private RewardSequence = {
    /// First successful step, from 1; −1: never.
    FirstSuccess: int
    SuccessAtEnd: bool
    Return: float
}

let private unlucky = { FirstSuccess = -1; SuccessAtEnd = false; Return = 0.0 }

/// The recorder clips actions.
let private act (env: MetaWorldEnvironment) =
    let action = env.Task.Expert env.Observation |> Array.map (max -1.0f >> min 1.0f)
    env.Step(ReadOnlySpan action) |> ignore
    env.Outcome

let private episode (env: MetaWorldEnvironment) (goal: float[]) =
    env.Reset(ReadOnlySpan goal)

    let next course step =
        let outcome = act env
        let isFirst = outcome.Success && course.FirstSuccess < 0

        {
            FirstSuccess = if isFirst then step else course.FirstSuccess
            SuccessAtEnd = outcome.Success
            Return = course.Return + outcome.Reward
        }

    Seq.fold next unlucky (seq { 1 .. MetaWorldEnvironment.DefaultHorizon })

let private compare path (task: MetaWorldTask) (recorded: JsonElement) =
    let number (name: string) = recorded.GetProperty(name).GetDouble()

    let firsts = [|
        for step in recorded.GetProperty("first_success_step").EnumerateArray() -> step.GetDouble()
    |]

    use scenes = new SceneLibrary()
    use env = new MetaWorldEnvironment(task, scenes)

    let courses =
        Goals.ofTask seed task
        |> Array.truncate firsts.Length
        |> Array.map (episode env)

    let share = Array.averageBy (fun c -> if c.SuccessAtEnd then 1.0 else 0.0) courses

    let exactly name =
        Check.absolute path 0.0 $"{task.Name}.{name}"

    [
        exactly "first_success_step" firsts (courses |> Array.map (_.FirstSuccess >> float))
        exactly "success_at_last_step_rate" [| number "success_at_last_step_rate" |] [| share |]
        Check.relative path 1e-12 $"{task.Name}.mean_return" [| number "mean_return" |] [|
            Array.averageBy _.Return courses
        |]
    ]

/// All tasks of the file, in parallel.
/// Raises JsonException if the file is not JSON or not of this kind.
let verify (path: string) : Check list =
    use file = JsonDocument.Parse(File.ReadAllText path)

    match file.RootElement.TryGetProperty "tasks" with
    | true, tasks ->
        [| for task in tasks.EnumerateObject() -> task |]
        |> Array.Parallel.map (fun recorded ->
            match Benchmarks.find recorded.Name with
            | Ok task -> compare path task recorded.Value
            | Error reason -> [ Check.impossible path reason ])
        |> List.concat
    | _ -> [ Check.impossible path "not a file of scripted successes: no key 'tasks'" ]
