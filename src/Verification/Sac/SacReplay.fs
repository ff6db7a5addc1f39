/// Replays golden files of soft actor-critic: three updates on recorded batches and noise,
/// in double precision, must give the recorded losses, gradients and parameters.
///
/// Tolerances are those of tests/golden/mtrl/README.md, relative to 1 + |x|.
///
/// Reading order: logs → gradients, parameters, optimiser → verify.
module internal MtrlFunctional.Verification.SacReplay

open System.Runtime.InteropServices
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Verification.SacRecordedNames
open MtrlFunctional.Verification.SacGolden
open MtrlFunctional.Verification.SacForwardValues

let private gradientTolerance = 1e-9

/// Tolerance of parameters, losses and optimisers after k updates.
let private tolerance k = if k = 1 then 1e-10 else 1e-8

/// Checks of all values logged by the original in update k.
let private logged (recording: Recording) k metrics =
    let file = recording.File
    let prefix = $"u{k}/log/"
    let readings = Metrics.read metrics

    [
        for name in file.Names do
            if name.StartsWith prefix then
                match readings |> Array.tryFind (fun r -> prefix + r.Metric = name) with
                | Some reading ->
                    let tolerance = if k = 1 then forwardTolerance else tolerance 3

                    Check.scaled file.Path tolerance name (file.ReadDoubles name) [|
                        reading.Number
                    |]
                | None -> Check.impossible file.Path $"{name}: not measured here"
    ]

/// One check for a whole vector; if it fails, one for each failing parameter.
let private vector
    (recording: Recording)
    tolerance
    part
    (prefix: string)
    suffix
    (computed: Tensor)
    =
    let file = recording.File
    let numbers = Ops.ToDoubles computed
    let recorded = parameters recording part prefix suffix

    let parts =
        recorded
        |> List.map (fun (name, slot, recorded) ->
            let computed = Array.sub numbers (int slot.Offset) recorded.Length
            Check.scaled file.Path tolerance $"{prefix}{name}{suffix}" recorded computed)

    if List.forall _.Passed parts then
        let all = recorded |> List.map (fun (_, _, numbers) -> numbers) |> Array.concat

        [
            Check.scaled file.Path tolerance $"{prefix}{nameOf part}{suffix}" all numbers
        ]
    else
        parts |> List.filter (fun check -> not check.Passed)

/// Parameters unchanged in the original must be bit-identical here.
let private untouched (recording: Recording) part (computed: Tensor) =
    let recorded prefix =
        parameters recording part prefix ""
        |> List.map (fun (_, _, numbers) -> numbers)
        |> Array.concat

    let before, after, ours =
        recorded "init/param/", recorded "after3/param/", Ops.ToDoubles computed

    let places =
        [| 0 .. before.Length - 1 |] |> Array.filter (fun i -> before[i] = after[i])

    let at (numbers: float[]) =
        places |> Array.map (fun i -> numbers[i])

    Check.absolute recording.File.Path 0.0 $"after3/untouched/{nameOf part}" (at before) (at ours)

let private trainedParts (state: SacState) = [
    Part.Actor, state.Actor
    Part.Critic, state.Critic
    Part.LogAlpha, state.LogAlpha
    Part.TaskEncoder, state.TaskEncoder
]

let private holds (file: SafetensorsFile) (prefix: string) =
    file.Names |> Seq.exists _.StartsWith(prefix)

/// Gradients of the first update, from Adam's first moment: (1 − β₁) g after its first step.
let private gradients (recording: Recording) after = [
    for part, trained in trainedParts after do
        let prefix = $"u1/grad/{optimiser part}#0/"

        if holds recording.File prefix then
            let rule =
                match part with
                | Part.Actor -> recording.Agent.Config.ActorAdam
                | Part.LogAlpha -> recording.Agent.Config.TemperatureAdam
                | Part.TaskEncoder -> recording.Agent.Config.TaskEncoderAdam
                | Part.Critic
                | Part.Target
                | Part.Fixed -> recording.Agent.Config.CriticAdam

            let gradient = 1.0 / (1.0 - rule.Beta1) *. trained.FirstMoment
            yield! vector recording gradientTolerance part prefix "" gradient
]

/// Parameters and optimisers after update k.
let private outcome (recording: Recording) k state =
    let file = recording.File
    let parameters = $"after{k}/param/"

    [
        for part, trained in trainedParts state do
            if Ops.Count trained.Values > 0L && holds file parameters then
                yield! vector recording (tolerance k) part parameters "" trained.Values

            let optimiser = $"after{k}/opt/{optimiser part}/"

            if holds file optimiser then
                yield! vector recording (tolerance k) part optimiser "/exp_avg" trained.FirstMoment

                yield!
                    vector recording (tolerance k) part optimiser "/exp_avg_sq" trained.SecondMoment

                let steps =
                    file.Names
                    |> Seq.filter (fun name -> name.StartsWith optimiser && name.EndsWith "/step")
                    |> Seq.collect file.ReadDoubles
                    |> Seq.toArray

                let taken = Array.create steps.Length (float trained.Steps)
                Check.absolute file.Path 0.0 $"{optimiser}{nameOf part}/step" steps taken

        if holds file parameters then
            yield! vector recording (tolerance k) Part.Target parameters "" state.Target

            if Ops.Count state.Fixed > 0L then
                yield! vector recording 0.0 Part.Fixed parameters "" state.Fixed
    ]

let private replay (file: SafetensorsFile) =
    use _ = Ops.Scope()
    let recording = SacGolden.read file
    let first = SacGolden.start recording

    let update k state =
        Sac.update (SacGolden.agentOf recording k) state (snd (SacGolden.batch recording k))

    let after1, measured1 = update 1 first
    let after2, measured2 = update 2 after1
    let after3, measured3 = update 3 after2

    [
        for name, recorded, rebuilt in SacGolden.scalars recording do
            Check.absolute file.Path 0.0 name recorded rebuilt

        yield! initialForward recording first
        yield! innerValues recording first after1
        yield! logged recording 1 measured1
        yield! gradients recording after1
        yield! outcome recording 1 after1
        yield! logged recording 2 measured2
        yield! logged recording 3 measured3
        yield! outcome recording 3 after3

        for part, trained in trainedParts after3 do
            if Ops.Count trained.Values > 0L then
                untouched recording part trained.Values
    ]

/// All comparisons of one file. A shape mismatch is one failed check.
let verify (file: SafetensorsFile) : Check list =
    try
        replay file
    with :? ExternalException as refusal -> [ Check.impossible file.Path refusal.Message ]
