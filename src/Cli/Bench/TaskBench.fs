/// `mtrl bench env` per task on one thread: whole steps, their physics, the engine calls of the
/// original's step, and resets. Times are CPU times, so that other programs do not count.
module MtrlFunctional.Cli.Bench.TaskBench

open System
open MtrlFunctional.Environments
open MtrlFunctional.Cli.Display
open MtrlFunctional.Tasks

/// Resets per round, to new goals and to a known goal.
[<Literal>]
let private Resets = 10

/// Episodes over which the resets to new goals are amortised.
[<Literal>]
let private Episodes = 1000

/// Milliseconds of one task: minima of rounds, medians of resets.
type Times = {
    Task: MetaWorldTask
    Whole: float
    Physics: float
    Plain: float
    /// The first reset, which also settles the hand for all later ones.
    First: float
    NewGoal: float
    KnownGoal: float
}

/// Mean time of a reset over a thousand episodes with the benchmark's fifty goals.
let amortised times =
    let newGoals, knownGoals = float (Goals.count - 1), float (Episodes - Goals.count)

    (times.First + newGoals * times.NewGoal + knownGoals * times.KnownGoal)
    / float Episodes

let private perSecond = EnvironmentRound.perSecond 1

let private actions = EnvironmentRound.actions MetaWorldEnvironment.ActionSize

/// The engine calls of the original's step: five physics steps, forces, one evaluation.
let private stepPlain (environment: MetaWorldEnvironment) =
    let world = environment.World

    let pose =
        Array.append (world.MocapPositions.Slice(0, 3).ToArray()) [| 1.0; 0.0; 1.0; 0.0 |]

    let low, high = environment.Task.HandLow, environment.Task.HandHigh
    let bounds = [| low.X, high.X; low.Y, high.Y; low.Z, high.Z |]
    let control = Array.zeroCreate 2

    for action in actions do
        for axis in 0..2 do
            let low, high = bounds[axis]
            pose[axis] <- pose[axis] + 0.01 * float action[axis] |> max low |> min high

        control[0] <- float action[3]
        control[1] <- -control[0]

        world.Act(0, ReadOnlySpan pose, ReadOnlySpan control, 5, forces = true)
        |> ignore

let private measure rounds (scenes: SceneLibrary) (task: MetaWorldTask) =
    use environment = new MetaWorldEnvironment(task, scenes)
    let goal = Goals.ofTask 42u task |> Array.head

    let cpuTime = Machine.cpuTimed >> snd

    // Mean of several resets: one is shorter than the resolution of the clock.
    let resets (goals: float[] list) =
        let time =
            cpuTime (fun () ->
                for goal in goals do
                    environment.Reset(ReadOnlySpan goal))

        time / float goals.Length

    let first = resets [ goal ]

    let turn body =
        resets [ goal ] |> ignore
        cpuTime body

    let each step () =
        for action in actions do
            step action

    let whole =
        each (fun (a: float32[]) -> environment.Step(ReadOnlySpan<float32> a) |> ignore)

    let physics =
        each (fun (a: float32[]) -> environment.StepPhysics(ReadOnlySpan<float32> a) |> ignore)

    turn whole |> ignore

    let turns = [
        for round in 1..rounds ->
            {|
                Whole = turn whole
                Physics = turn physics
                Plain = turn (fun () -> stepPlain environment)
                New =
                    Goals.ofTask (uint32 (1000 + round)) task
                    |> Array.truncate Resets
                    |> Array.toList
                    |> resets
                Known = resets (List.replicate Resets goal)
            |}
    ]

    {
        Task = task
        Whole = turns |> List.map _.Whole |> Sample.least
        Physics = turns |> List.map _.Physics |> Sample.least
        Plain = turns |> List.map _.Plain |> Sample.least
        First = first
        NewGoal = turns |> List.map _.New |> Sample.median
        KnownGoal = turns |> List.map _.Known |> Sample.median
    }

let private numbers times =
    let key name = $"{times.Task.Name}/{name}"

    [
        key "envStepsPerSecond", perSecond times.Whole
        key "rawPhysicsStepsPerSecond", perSecond times.Physics
        key "plainPhysicsStepsPerSecond", perSecond times.Plain
        key "physicsShare", times.Physics / times.Whole
        key "timesPlainPhysics", times.Plain / times.Whole
        key "msPerResetNewGoal", times.NewGoal
        key "msPerResetKnownGoal", times.KnownGoal
        key "msPerResetAmortised", amortised times
    ]

let private line times =
    $"  %-28s{times.Task.Name} %9s{Format.number (perSecond times.Whole)} %9s{Format.percent (times.Physics / times.Whole)} %9.2f{times.Plain / times.Whole} %10.2f{times.NewGoal} %9.3f{times.KnownGoal} %9.3f{amortised times}"

/// Measures the tasks one after the other.
let run rounds tasks =
    use scenes = new SceneLibrary()
    let times = tasks |> List.map (measure rounds scenes)
    let mean pick = List.averageBy pick times

    {
        Numbers =
            (times |> List.collect numbers)
            @ [
                "meanPhysicsShare", mean (fun t -> t.Physics / t.Whole)
                "meanTimesPlainPhysics", mean (fun t -> t.Plain / t.Whole)
                "meanMsPerResetNewGoal", mean _.NewGoal
                "meanMsPerResetKnownGoal", mean _.KnownGoal
                "meanMsPerResetAmortised", mean amortised
            ]
        Texts = []
        Lines = [
            "  one thread                   steps/s     physics   × plain   ms, reset to a goal that is"
            $"                                            share   physics        new     known   one of {Goals.count}"
            yield! List.map line times
            $"  mean                                   %9s{Format.percent (mean (fun t -> t.Physics / t.Whole))} %9.2f{mean (fun t -> t.Plain / t.Whole)} %10.2f{mean _.NewGoal} %9.3f{mean _.KnownGoal} %9.3f{mean amortised}"
            $"  plain physics: engine calls of the original's step; one of {Goals.count}: mean over {Format.count Episodes} episodes"
        ]
    }
