/// Replays recorded episodes of Meta-World: of a task, "metaworld/<task>", and of the ten tasks of MT10 side by side,
/// "metaworld/vector_…".
///
/// With the exact tables on libmujoco 2.2.2 the physics must be bit-identical; rewards may differ
/// by the order of summation. Format: tests/golden/metaworld.
module internal MtrlFunctional.Verification.MetaWorldTraces

open System
open System.Text.RegularExpressions
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Environments
open MtrlFunctional.Verification.Recorded

/// The kind of an episode in the file's description: "ep0 scripted, ep1 random" → "scripted".
let private described (part: Quantities) key (episode: string) =
    match part.TryText key with
    | Some text ->
        text.Split ','
        |> Array.map _.Trim()
        |> Array.tryFind _.StartsWith(episode + " ")
        |> Option.map _.Substring(episode.Length + 1)
        |> Option.defaultValue text
    | None -> ""

let private vector (v: Vec3) = [| v.X; v.Y; v.Z |]

/// State after the reset.
let private started (env: MetaWorldEnvironment) =
    let world = env.World

    [
        "qpos0", world.Positions.ToArray()
        "qvel0", world.Velocities.ToArray()
        "qacc_warmstart0", world.WarmStart.ToArray()
        "ctrl0", world.Control.ToArray()
        "mocap_pos0", world.MocapPositions.ToArray()
        for array in [ "body_pos"; "body_quat"; "site_pos" ] do
            $"model_{array}", world.Model.Doubles(array).ToArray()
        "obs0", env.Observation
        "hand_init_pos", vector env.Task.HandInit
        "init_tcp", vector env.Episode.TcpInit
        "obj_init_pos", vector env.Episode.ObjectInit
        "target_pos0", vector env.Target
    ]

let private hasEnded (env: MetaWorldEnvironment) = env.Status <> EpisodeStatus.Running

/// Quantities after a step.
let private stepped (env: MetaWorldEnvironment) =
    let world, scene, outcome = env.World, env.StepState.Scene, env.Outcome
    let v1 = env.Evaluate RewardVersion.V1

    [
        "qpos", exact, world.Positions.ToArray()
        "qvel", exact, world.Velocities.ToArray()
        "obs", exact, env.Observation
        "ctrl", exact, world.Control.ToArray()
        "mocap_pos", exact, world.MocapPositions.ToArray()
        "tcp", exact, vector (Snapshot.tcp scene)
        "left_pad", exact, vector scene.LeftPad
        "right_pad", exact, vector scene.RightPad
        "target_pos", exact, vector env.Target
        "truncated", exact, [| flag (hasEnded env) |]
        "reward", rounding, [| outcome.Reward |]
        "info_unscaled_reward", rounding, [| outcome.Reward |]
        "info_success", exact, [| flag outcome.Success |]
        "info_near_object", rounding, [| outcome.NearObject |]
        "info_grasp_success", rounding, [| outcome.GraspSuccess |]
        "info_grasp_reward", rounding, [| outcome.GraspReward |]
        "info_in_place_reward", rounding, [| outcome.InPlaceReward |]
        "info_obj_to_target", rounding, [| outcome.ObjectToTarget |]
        "reward_v1", Relative 1e-12, [| v1.Reward |]
        "success_v1", exact, [| flag v1.Success |]
        "obj_to_target_v1", Relative 1e-12, [| v1.ObjectToTarget |]
    ]

let private step isSingle (env: MetaWorldEnvironment) (action: float[]) =
    let status =
        if isSingle then
            env.Step(ReadOnlySpan(Array.map float32 action))
        else
            env.Step(ReadOnlySpan action)

    if status = EpisodeStatus.Unstable then
        invalidOp $"{env.Task.Name}: step {env.Steps} is unstable."

let private episode scenes (file: Quantities) task name = [
    let part = file.Inner(name + ".")
    let isVisible = (part.Numbers "partially_observable")[0] = 0.0
    let actions = part.Rows "action"
    use env = new MetaWorldEnvironment(task, scenes, isVisible)
    env.Reset(ReadOnlySpan(part.Numbers "rand_vec"))

    for quantity, numbers in started env do
        part.Check exact quantity numbers

    let single = described file "action_dtype" name = "float32"

    yield!
        part.Series [
            for action in actions do
                step single env action
                stepped env
        ]

    // The scripted policy on the recorded observations gives the recorded actions.
    if described file "episodes" name = "scripted" then
        Array.append [| part.Numbers "obs0" |] (part.Rows "obs")
        |> Array.take actions.Length
        |> Array.collect (task.Expert >> Array.map float)
        |> part.Against exact "action (expert)" (Array.concat actions)
]

/// The episodes of a task, which the kind names, and the 50 goals of the single-task benchmark, if the file has them.
let private ofTask scenes (part: Quantities) =
    match Benchmarks.find ((part.Text "golden").Split('/') |> Array.last) with
    | Error reason -> [ part.Impossible reason ]
    | Ok task -> [
        yield!
            part.Present exact [
                "mt1_seed42_rand_vecs", lazy (Goals.ofTask 42u task |> Array.concat)
            ]

        for name in part.Names |> List.filter _.EndsWith(".rand_vec") |> List.sort do
            yield! episode scenes part task (name.Substring(0, name.IndexOf '.'))
      ]

/// Ten tasks with a one-hot task id in the observation, a time limit of 12 steps, and a reset in the step that ends an
/// episode. The recorder stores all observations but the final ones in single precision.
let private together scenes (part: Quantities) =
    // "metaworld/vector_mt10_seed42"; the horizon is in a sentence about the file.
    let tasks =
        (part.Text "golden").Split '_'
        |> Array.item 1
        |> _.ToUpperInvariant()
        |> Suites.find
        |> Result.map _.Tasks
        |> Result.defaultWith invalidOp

    let horizon =
        int (Regex.Match(part.Text "about", @"time limit (\d+)").Groups[1].Value)

    let environments = [
        for task in tasks -> new MetaWorldEnvironment(task, scenes, true, RewardVersion.V2, horizon)
    ]

    let seesTask = Array.last (part.Shape "obs") > environments.Head.Observation.Length

    let returns = Array.zeroCreate tasks.Length
    let single = Array.map (float32 >> float)

    let observed i (env: MetaWorldEnvironment) =
        if seesTask then
            Array.append env.Observation (Array.init tasks.Length (fun task -> flag (task = i)))
        else
            env.Observation

    // Vectors of three numbers are padded with NaN.
    let reset (env: MetaWorldEnvironment) (random: float[]) =
        env.Reset(ReadOnlySpan(Array.take env.Task.RandomLow.Length random))

    let step (actions: float[][]) (randoms: float[][]) i (env: MetaWorldEnvironment) =
        env.Step(ReadOnlySpan(Array.map float32 actions[i])) |> ignore
        let outcome, ends, last = env.Outcome, hasEnded env, observed i env
        let total = returns[i] + outcome.Reward
        returns[i] <- if ends then 0.0 else total

        if ends then
            reset env randoms[i]

        [
            "obs", exact, single (observed i env)
            "final_obs", exact, (if ends then last else Array.map (fun _ -> nan) last)
            "reward", rounding, [| outcome.Reward |]
            "success", exact, [| flag outcome.Success |]
            "truncated", exact, [| flag ends |]
            "terminated", exact, [| 0.0 |]
            // The recorder rounds sums to six decimals.
            "final_return", Absolute 1e-6, [| (if ends then total else nan) |]
        ]

    /// A row of numbers for each task, at each step.
    let each name width =
        part.Numbers name |> Array.chunkBySize width |> Array.chunkBySize tasks.Length

    try
        each "rand_vec0" 6 |> Array.head |> Seq.iter2 reset environments
        let obs0 = environments |> List.mapi (fun i env -> single (observed i env))

        part.Check exact "obs0" (Array.concat obs0)
        :: part.Series [
            for actions, randoms in Array.zip (each "action" 4) (each "rand_vec" 6) do
                yield! environments |> List.mapi (step actions randoms)
        ]
    finally
        environments |> List.iter _.Dispose()

let private onScenes verify part =
    use scenes = new SceneLibrary()
    verify scenes part

let kinds: Kinds = [ "metaworld/vector_", onScenes together; "metaworld/", onScenes ofTask ]
