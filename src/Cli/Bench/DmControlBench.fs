/// Part of `mtrl bench env`: the tasks of DeepMind Control on one thread, from states compared with
/// plain physics steps, and as pictures.
///
/// Reading order: Times → states, frames → run.
module MtrlFunctional.Cli.Bench.DmControlBench

open System
open MtrlFunctional.Cli.Display
open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Rendering
open MtrlFunctional.Tasks.DmControl

/// Measurements of one task, per second.
type Rates = {
    Task: string
    Steps: float
    /// Steps of the engine alone, with the same actions from the same start.
    Physics: float
    /// Steps that are also drawn, and milliseconds of processor time of each; None: no graphics
    /// library.
    Frames: (float * float) option
}

/// Fraction of a step's time in the engine.
let share rates = rates.Steps / rates.Physics

/// Repetitions of the actions in an episode, of which they make the larger part.
[<Literal>]
let private Repetitions = 9

/// Milliseconds that a round lasts at least: the clock of processor time is coarse.
[<Literal>]
let private Round = 30.0

/// Fewer actions: drawing takes long.
[<Literal>]
let private Drawn = 30

let private key = Key.ofSeed 1L

/// CPU times of a round: whole steps and plain physics, alternating.
let private states rounds models (task: DmControlTask) =
    use environment = new DmControlEnvironment(task, models)
    let actions = EnvironmentRound.actions task.Domain.Actions
    let observation = Array.zeroCreate<float32>(DmControlTask.observationSize task)

    let episode body =
        environment.Reset(0, key)

        Machine.cpuTimed (fun () ->
            for _ in 1..Repetitions do
                for action in actions do
                    body action)
        |> snd

    let whole (action: float32[]) =
        environment.Step(ReadOnlySpan<float32> action) |> ignore
        environment.Observe(Span<float32> observation)

    let physics (action: float32[]) =
        environment.Simulate(ReadOnlySpan<float32> action)

    episode whole |> ignore
    let episodes = int (ceil (Round / max 0.5 (episode whole)))

    let round body =
        List.init episodes (fun _ -> episode body) |> List.average

    let wholes, raws = List.unzip [ for _ in 1..rounds -> round whole, round physics ]

    let rate times =
        EnvironmentRound.perSecond Repetitions (Sample.least times)

    rate wholes, rate raws

/// Drawn steps per second, and milliseconds of processor time of each, those of the threads of the
/// graphics library included.
let private frames rounds threads (tasks: DmControlTask list) =
    use environments =
        new VectorEnvironment(
            new DmControlFamily(DmControlFamilyOptions(Tasks = ResizeArray tasks)),
            VectorEnvironmentOptions(Threads = threads)
        )

    use observer = new FrameObserver(environments)

    let actions =
        EnvironmentRound.actions (environments.Count * environments.ActionSize)
        |> Array.truncate Drawn

    let round () =
        environments.Reset()
        observer.Observe()

        Machine.cpuTimed (fun () ->
            for action in actions do
                environments.Step(ReadOnlySpan<float32> action)
                observer.Observe())

    round () |> ignore
    let times, cpuTimes = List.unzip [ for _ in 1..rounds -> round () ]
    let drawn = float (Drawn * environments.Count)
    drawn / Sample.least times * 1000.0, Sample.least cpuTimes / drawn

let private measure rounds models task =
    let steps, physics = states rounds models task

    {
        Task = DmControlTask.fullName task
        Steps = steps
        Physics = physics
        Frames =
            if Graphics.IsAvailable then
                Some(frames (min 3 rounds) 1 [ task ])
            else
                None
    }

let private numbers rates = [
    let key name = $"dmc-{rates.Task}/{name}"
    key "envStepsPerSecond", rates.Steps
    key "rawPhysicsStepsPerSecond", rates.Physics
    key "physicsShare", share rates

    for perSecond, cpu in Option.toList rates.Frames do
        key "framesPerSecond", perSecond
        key "msProcessorPerFrame", cpu
]

let private line rates =
    let frames =
        match rates.Frames with
        | Some(perSecond, cpu) -> $"%10s{Format.number perSecond} %10.2f{cpu}"
        | None -> ""

    $"  %-26s{rates.Task} %9s{Format.number rates.Steps} %9s{Format.percent (share rates)} {frames}"
        .TrimEnd()

/// Frames of all tasks together, on all threads.
let private together rounds threads tasks =
    if Graphics.IsAvailable then
        let rate, cpu = frames (min 3 rounds) threads tasks

        [ "dmcFramesPerSecond", rate; "dmcMsProcessorPerFrame", cpu ],
        $"  all together, {threads} threads: {Format.number rate} frames/s, %.2f{cpu} ms of processor time each ({Graphics.Device})"
    else
        [], "  no frames: no graphics library ('mtrl doctor' gives the reason)"

/// Measures tasks one after the other, and their frames together.
let run rounds threads tasks =
    use models = new DmControlModels()
    let rates = tasks |> List.map (measure rounds models)
    let shares = rates |> List.map share
    let all, last = together rounds threads tasks

    {
        Numbers =
            (rates |> List.collect numbers)
            @ [
                "dmcLeastPhysicsShare", List.min shares
                "dmcMeanPhysicsShare", List.average shares
            ]
            @ all
        Texts = []
        Lines = [
            "DeepMind Control, one thread, random actions, frames of 84 x 84 in stacks of three"
            "  task                         steps/s   physics   frames/s   ms of processor"
            "                                           share              time a frame"
            yield! List.map line rates
            $"  mean share {Format.percent (List.average shares)}, least {Format.percent (List.min shares)}"
            last
        ]
    }
