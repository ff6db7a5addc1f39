/// Replays recorded episodes of Meta-World (golden kinds "metaworld/<task>").
///
/// With the exact tables on libmujoco 2.2.2 the physics must be bit-identical; rewards may differ
/// by the order of summation. Format: tests/golden/metaworld.
///
/// Reading order: Recording → start → steps → expert → verify.
module internal MtrlFunctional.Verification.MetaWorldTraces

open System
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Environments
open MtrlFunctional.Storage

let private exact, rounding = 0.0, 1e-12

/// One episode of a file.
type private Recording = {
    File: SafetensorsFile
    /// "ep0"
    Name: string
    Task: MetaWorldTask
    GoalVisible: bool
    /// Recorded actions are in single precision.
    Single: bool
    Scripted: bool
    Actions: float[][]
}

let private read r quantity =
    r.File.ReadDoubles $"{r.Name}.{quantity}"

let private rows width (numbers: float[]) = Array.chunkBySize width numbers

/// The kind of an episode in the file's description: "ep0 scripted, ep1 random" → "scripted".
let private described (file: SafetensorsFile) key (episode: string) =
    match file.Metadata.TryGetValue key with
    | true, text ->
        text.Split ','
        |> Array.map _.Trim()
        |> Array.tryFind _.StartsWith(episode + " ")
        |> Option.map _.Substring(episode.Length + 1)
        |> Option.defaultValue text
    | _ -> ""

let private recording (file: SafetensorsFile) task name = {
    File = file
    Name = name
    Task = task
    GoalVisible = file.ReadDoubles($"{name}.partially_observable")[0] = 0.0
    Single = described file "action_dtype" name = "float32"
    Scripted = described file "episodes" name = "scripted"
    Actions = file.ReadDoubles $"{name}.action" |> rows MetaWorldEnvironment.ActionSize
}

let private vector (v: Vec3) = [| v.X; v.Y; v.Z |]

let private check
    r
    (compare: float -> string -> float[] -> float[] -> Check)
    tolerance
    name
    computed
    =
    compare tolerance $"{r.Name}.{name}" (read r name) computed

/// State after the reset.
let private start r (env: MetaWorldEnvironment) =
    let world = env.World

    let same = check r (fun t -> Check.absolute r.File.Path t) exact

    [
        same "qpos0" (world.Positions.ToArray())
        same "qvel0" (world.Velocities.ToArray())
        same "qacc_warmstart0" (world.WarmStart.ToArray())
        same "ctrl0" (world.Control.ToArray())
        same "mocap_pos0" (world.MocapPositions.ToArray())
        same "model_body_pos" (world.Model.Doubles("body_pos").ToArray())
        same "model_body_quat" (world.Model.Doubles("body_quat").ToArray())
        same "model_site_pos" (world.Model.Doubles("site_pos").ToArray())
        same "obs0" env.Observation
        same "hand_init_pos" (vector env.Task.HandInit)
        same "init_tcp" (vector env.Episode.TcpInit)
        same "obj_init_pos" (vector env.Episode.ObjectInit)
        same "target_pos0" (vector env.Target)
    ]

/// Quantities compared after each step: name, comparison, tolerance, values.
let private stepped =
    let flag b = if b then [| 1.0 |] else [| 0.0 |]
    let outcome (pick: Outcome -> float) (env: MetaWorldEnvironment) = [| pick env.Outcome |]

    let v1 (pick: Outcome -> float) (env: MetaWorldEnvironment) = [|
        pick (env.Evaluate RewardVersion.V1)
    |]

    let fromScene pick (env: MetaWorldEnvironment) : float[] = vector (pick env.StepState.Scene)

    [
        "qpos",
        Check.absolute,
        exact,
        (fun (env: MetaWorldEnvironment) -> env.World.Positions.ToArray())
        "qvel", Check.absolute, exact, _.World.Velocities.ToArray()
        "obs", Check.absolute, exact, _.Observation
        "ctrl", Check.absolute, exact, _.World.Control.ToArray()
        "mocap_pos", Check.absolute, exact, _.World.MocapPositions.ToArray()
        "tcp", Check.absolute, exact, fromScene Snapshot.tcp
        "left_pad", Check.absolute, exact, fromScene _.LeftPad
        "right_pad", Check.absolute, exact, fromScene _.RightPad
        "target_pos", Check.absolute, exact, (fun env -> vector env.Target)
        "truncated", Check.absolute, exact, (fun env -> flag env.Truncated)
        "reward", Check.absolute, rounding, outcome _.Reward
        "info_unscaled_reward", Check.absolute, rounding, outcome _.Reward
        "info_success", Check.absolute, exact, outcome (fun o -> if o.Success then 1.0 else 0.0)
        "info_near_object", Check.absolute, rounding, outcome _.NearObject
        "info_grasp_success", Check.absolute, rounding, outcome _.GraspSuccess
        "info_grasp_reward", Check.absolute, rounding, outcome _.GraspReward
        "info_in_place_reward", Check.absolute, rounding, outcome _.InPlaceReward
        "info_obj_to_target", Check.absolute, rounding, outcome _.ObjectToTarget
        "reward_v1", Check.relative, rounding, v1 _.Reward
        "success_v1", Check.absolute, exact, v1 (fun o -> if o.Success then 1.0 else 0.0)
        "obj_to_target_v1", Check.relative, rounding, v1 _.ObjectToTarget
    ]

let private step single (env: MetaWorldEnvironment) (action: float[]) =
    let outcome =
        if single then
            env.Step(ReadOnlySpan(Array.map float32 action))
        else
            env.Step(ReadOnlySpan action)

    if outcome <> MtrlFunctional.Physics.StepOutcome.Ok then
        invalidOp $"{env.Task.Name}: step {env.PathLength} is unstable."

let private steps r (env: MetaWorldEnvironment) =
    let computed =
        r.Actions
        |> Array.map (fun action ->
            step r.Single env action
            stepped |> List.map (fun (_, _, _, numbers) -> numbers env))

    stepped
    |> List.mapi (fun i (name, compare, tolerance, _) ->
        check r (compare r.File.Path) tolerance name (computed |> Array.collect (List.item i)))

/// The scripted policy on the recorded observations gives the recorded actions.
let private expert r =
    let before =
        Array.append [| read r "obs0" |] (rows MetaWorldEnvironment.ObservationSize (read r "obs"))

    let actions =
        before
        |> Array.take r.Actions.Length
        |> Array.collect (r.Task.Expert >> Array.map float)

    Check.absolute r.File.Path exact $"{r.Name}.action (expert)" (Array.concat r.Actions) actions

let private episode scenes r =
    use env = new MetaWorldEnvironment(r.Task, scenes, r.GoalVisible)
    env.Reset(ReadOnlySpan(read r "rand_vec"))
    let start = start r env
    start @ steps r env @ (if r.Scripted then [ expert r ] else [])

/// The 50 goals of the single-task benchmark, seed 42, if the file has them.
let private goals (file: SafetensorsFile) task =
    let name = "mt1_seed42_rand_vecs"

    if file.Contains name then
        [
            Check.absolute
                file.Path
                exact
                name
                (file.ReadDoubles name)
                (Goals.ofTask 42u task |> Array.concat)
        ]
    else
        []

/// All comparisons of a file; an unknown task is one failed check.
let verify (scenes: SceneLibrary) (file: SafetensorsFile) : Check list =
    // The kind names the task: "metaworld/reach-v3".
    match Benchmarks.find (file.Metadata["golden"].Split('/') |> Array.last) with
    | Error reason -> [ Check.impossible file.Path reason ]
    | Ok task ->
        let episodes =
            file.Names
            |> Seq.filter _.EndsWith(".rand_vec")
            |> Seq.map (fun name -> name.Substring(0, name.IndexOf '.'))
            |> Seq.sort
            |> Seq.toList

        goals file task
        @ (episodes |> List.collect (recording file task >> episode scenes))
