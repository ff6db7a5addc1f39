/// Replays recorded episodes of DeepMind Control: of a task ("dmcontrol/<domain>_<task>"), of its variants, whose steps
/// repeat an action and sum the rewards ("mtenv/hipbmdp_…"), and forward dynamics of single states
/// ("dmcontrol/probe_<domain>").
///
/// Whole episodes with contacts are compared on the recorded engine only: another one rounds
/// differently, and contacts amplify that.
module internal MtrlFunctional.Verification.DmControlTraces

open System
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Verification.Recorded

/// Of formulas; of a step, and of an episode, without contacts; with contacts.
let private formulas, aStep, anEpisode, contacts =
    Relative 1e-12, Scaled 1e-9, Scaled 1e-8, Scaled 1e-6

/// "swingup_sparse" of "cartpole", or the reason why there is none.
let task (file: Quantities) =
    DmControlTasks.find $"""{file.Text "domain"}-{file.Text "task"}"""

/// Writes the arrays of the model that were recorded for a part of a file into an environment: "geom_pos" of
/// "ep0/model_geom_pos".
let writeArrays (env: DmControlEnvironment) (part: Quantities) =
    let model = part.Inner "model_"

    for array in model.Names do
        (model.Numbers array).CopyTo(env.World.Model.Doubles array)

/// One episode of a file, with the states before and after each step, and the solver's first guesses.
type private Recording = {
    Part: Quantities
    /// An environment of the task.
    Create: unit -> DmControlEnvironment
    Qpos: float[][]
    Qvel: float[][]
    WarmStarts: float[][]
    Actions: float[][]
    HasContacts: bool
}

/// `repeat`: control steps with one action.
let private recording models (task: DmControlTask) repeat (part: Quantities) =
    let states initial name =
        Array.append [| part.Numbers initial |] (part.Rows name)

    {
        Part = part
        Create = fun () -> new DmControlEnvironment(task, models, repeat)
        Qpos = states "init_qpos" "qpos"
        Qvel = states "init_qvel" "qvel"
        WarmStarts = states "init_warmstart" "warmstart_after"
        Actions = part.Rows "actions"
        HasContacts = part.Numbers "ncon" |> Array.exists (fun n -> n > 0.0)
    }

/// The start with positions, velocities and the numbers that the model of an environment has.
let private reset (env: DmControlEnvironment) (model: DmControlEnvironment) positions velocities =
    env.Reset(
        { Positions = positions; Velocities = velocities; Edits = model.ModelNumbers() }: Start
    )

let private begun r =
    let env = r.Create()
    // Numbers that the task sets and the file does not record are the same in all episodes.
    env.Reset(0, Key.ofSeed 0L)
    writeArrays env r.Part
    reset env env r.Qpos[0] r.Qvel[0]
    env

/// Puts a recorded state into a started episode, with the first half of its next physics step evaluated.
let private restore (env: DmControlEnvironment) r t =
    r.Qpos[t].CopyTo env.World.Positions
    r.Qvel[t].CopyTo env.World.Velocities
    r.WarmStarts[t].CopyTo env.World.WarmStart
    env.World.BeginStep() |> ignore

let private observed (env: DmControlEnvironment) =
    let observation = Array.zeroCreate (DmControlTask.observationSize env.Task)
    env.Observe(Span<float> observation)
    observation

/// The start of the episode; a fresh model with the task's edits has the recorded arrays.
let private starts r = [
    use env = begun r
    r.Part.Check contacts "init_warmstart" (env.World.WarmStart.ToArray())
    r.Part.Check formulas "init_obs" (observed env)
    use fresh = r.Create()
    reset fresh env r.Qpos[0] r.Qvel[0]

    for array in (r.Part.Inner "model_").Names do
        r.Part.Check exact $"model_{array}" (fresh.World.Model.Doubles(array).ToArray())
]

/// The recorded quantities that are compared after a step.
let private step r tolerance (env: DmControlEnvironment) (action: float[]) =
    if env.Step(ReadOnlySpan<float> action) = EpisodeStatus.Unstable then
        invalidOp $"{DmControlTask.fullName env.Task}: step {env.Steps} is unstable."

    [
        "qpos", env.World.Positions.ToArray()
        "qvel", env.World.Velocities.ToArray()
        "warmstart_after", env.World.WarmStart.ToArray()
        "obs", observed env
        "rewards", [| env.Reward |]
        "ncon", [| float env.World.ContactCount |]
        "sensordata", env.World.Sensors.ToArray()
    ]
    |> List.filter (fst >> r.Part.Has)
    |> List.map (fun (name, numbers) -> name, tolerance, numbers)

/// The whole episode from its recorded start.
let private whole r = [
    let engine = (r.Part.Text "libmujoco").Replace(".", "")

    if not r.HasContacts || string Model.EngineVersion = engine then
        use env = begun r
        // The engine's first guess at the recorded start; evaluations before it may have been others.
        r.WarmStarts[0].CopyTo env.World.WarmStart

        for check in r.Part.Series [ for action in r.Actions -> step r anEpisode env action ] do
            { check with Quantity = check.Quantity + " (episode)" }
]

/// Each step from its recorded state.
let private single r = [
    use env = begun r
    let tolerance = if r.HasContacts then contacts else aStep

    yield!
        r.Part.Series [
            for t, action in Array.indexed r.Actions do
                restore env r t
                step r tolerance env action
        ]
]

/// Observations and rewards of the recorded states, with the recorded numbers of the sensors.
let private formulasOf r = [
    use env = begun r
    let world, reading = env.World, Reading env.Task
    let readings = DmControlReadings.Of(world, reading.Quantities)
    let row = Array.zeroCreate readings.Count
    let observation = Array.zeroCreate reading.ObservationSize
    let hasSensors = world.Model.SensorNumbers > 0
    let sensors = if hasSensors then r.Part.Rows "sensordata" else [||]

    let computed = [|
        for t, action in Array.indexed r.Actions do
            restore env r (t + 1)
            action.CopyTo world.Control
            sensors |> Array.tryItem t |> Option.iter (fun row -> row.CopyTo world.Sensors)
            readings.Read(Span<float> row)
            reading.Observe(ReadOnlySpan<float> row, Span<float> observation)
            Array.copy observation, [| reading.Reward(ReadOnlySpan<float> row) |]
    |]

    for name, pick in [ "obs", fst; "rewards", snd ] do
        Array.collect pick computed
        |> r.Part.Against formulas $"{name} (formulas)" (r.Part.Numbers name)
]

/// Timing and layout of the task.
let private facts (part: Quantities) (task: DmControlTask) models = [
    use env = new DmControlEnvironment(task, models)
    let same name = part.AreEqual name (part.Number name)
    same "n_substeps" (float task.Domain.Substeps)
    same "physics_timestep" env.World.Model.TimeStep
    same "step_limit" (float DmControlTask.horizon)

    let layout = [
        for part in (part.Json "obs_layout").EnumerateArray() ->
            part[0].GetString(), part[1].GetInt32()
    ]

    let own = task.Observation |> List.map (fun part -> part.Name, part.Terms.Length)
    part.AreEqual "obs_layout" 1.0 (flag (layout = own))
]

/// An unknown task or family is one failed check.
let private known verify (part: Quantities) task =
    match task with
    | Error reason -> [ part.Impossible reason ]
    | Ok task ->
        use models = new DmControlModels()
        verify models task

let private episodes models task repeat verify (part: Quantities) =
    part.Each "ep" "actions"
    |> List.map (recording models task repeat)
    |> List.collect (fun r -> verify |> List.collect (fun part -> part r))

let private ofTask (part: Quantities) =
    let verify models task =
        facts part task models
        @ episodes models task 1 [ starts; single; whole; formulasOf ] part

    known verify part (task part)

let private ofVariants (part: Quantities) =
    let repeat = int (part.Text "frame_skip")

    let variants task =
        Variations.find (part.Text "domain") (part.Text "family")
        |> Result.map (fun variation -> DmControlTasks.variants variation task)

    let verify models variants = [
        for i, variant in List.indexed variants do
            match
                part.Inner $"id{i + 1}/"
                |> episodes models variant repeat [ starts; single; whole ]
            with
            | [] -> yield part.Impossible $"id{i + 1}: no episode of this variant"
            | checks -> yield! checks
    ]

    task part |> Result.bind variants |> known verify part

/// A cold start of the solver at given positions, velocities and controls; without and with active constraints.
let private probe (env: DmControlEnvironment) (part: Quantities) =
    writeArrays env part
    reset env env (part.Numbers "qpos") (part.Numbers "qvel")
    env.World.WarmStart.Clear()
    Span(part.Numbers "ctrl").CopyTo env.World.Control
    env.World.Forward() |> ignore
    let isFree = (part.Numbers "efc_pos").Length = 0

    let computed (name: string) =
        if name.StartsWith "contacts" then
            Some(Array.collect env.World.ContactGeometry [| 0 .. env.World.ContactCount - 1 |])
        else
            Option.ofObj (env.World.Numbers name)

    List.except [ "qpos"; "qvel"; "ctrl" ] part.Names
    |> List.filter (fun name -> not (name.StartsWith "model_"))
    |> part.Found (if isFree then aStep else contacts) " is not supported" computed

let private probes (part: Quantities) =
    let verify models task = [
        use env = new DmControlEnvironment(task, models)

        for state in part.Each "s" "qpos" do
            yield! probe env state
    ]

    known verify part (task part)

let kinds: Kinds = [
    "mtenv/hipbmdp_", ofVariants
    "dmcontrol/probe_", probes
    "dmcontrol/", ofTask
]
