/// Replays golden files of soft actor-critic and of agents with models: updates on recorded batches and noise, in
/// double precision, must give the recorded losses, gradients and parameters.
///
/// Tolerances are those of tests/golden/mtrl/README.md, relative to 1 + |x|.
///
/// Reading order: logs → gradients, parameters, optimiser → verify.
module internal MtrlFunctional.Verification.SacReplay

open System.Runtime.InteropServices
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Storage
open MtrlFunctional.Algorithms.SacRecordedNames
open MtrlFunctional.Verification.SacGolden
open MtrlFunctional.Verification.SacForwardValues

let private gradientTolerance = 1e-9

/// Tolerance of parameters, losses and optimisers after the first update and after further ones.
let private tolerance isFirst = if isFirst then 1e-10 else 1e-8

/// Checks of all values logged by the original in update k.
let private logged (recording: Recording) isFirst k metrics =
    let file = recording.File
    let prefix = recording.Writing.Log k
    let readings = Metrics.read metrics

    [
        for name in file.Names do
            if name.StartsWith prefix then
                match readings |> Array.tryFind (fun r -> prefix + r.Metric = name) with
                | Some reading ->
                    let tolerance = if isFirst then forwardTolerance else tolerance false

                    Check.scaled file.Path tolerance name (file.ReadDoubles name) [|
                        reading.Number
                    |]
                | None -> Check.impossible file.Path $"{name}: not measured here"
    ]

/// One check for a whole vector of a layout; if it fails, one for each failing parameter.
let private vectorOf
    (recording: Recording)
    tolerance
    layout
    (part, title)
    (prefix: string)
    suffix
    (computed: Tensor)
    =
    let file = recording.File
    let numbers = Tensor.toDoubles computed
    let recorded = parametersOf recording layout part prefix suffix

    let parts =
        recorded
        |> List.map (fun (name, slot, recorded) ->
            let computed = Array.sub numbers (int slot.Offset) recorded.Length
            Check.scaled file.Path tolerance $"{prefix}{name}{suffix}" recorded computed)

    if List.forall _.Passed parts then
        let all = recorded |> List.map (fun (_, _, numbers) -> numbers) |> Array.concat

        [ Check.scaled file.Path tolerance $"{prefix}{title}{suffix}" all numbers ]
    else
        parts |> List.filter (fun check -> not check.Passed)

let private vector (recording: Recording) tolerance part prefix suffix computed =
    let layout = layout recording.Agent part
    vectorOf recording tolerance layout (part, nameOf part) prefix suffix computed

/// Parameters unchanged in the original must be bit-identical here.
let private untouched (recording: Recording) last part (computed: Tensor) =
    let recorded prefix =
        parameters recording part prefix ""
        |> List.map (fun (_, _, numbers) -> numbers)
        |> Array.concat

    let before, after, ours =
        recorded recording.Writing.Start, recorded last, Tensor.toDoubles computed

    let places =
        [| 0 .. before.Length - 1 |] |> Array.filter (fun i -> before[i] = after[i])

    let at (numbers: float[]) =
        places |> Array.map (fun i -> numbers[i])

    Check.absolute recording.File.Path 0.0 $"{last}untouched/{nameOf part}" (at before) (at ours)

/// The parts that an optimiser trains.
let private trainedParts (state: SacState) = [
    for part in trained do
        match state.Parts.TryFind(nameOf part) with
        | Some(PartContent.Trained content) when Tensor.count content.Values > 0L -> part, content
        | _ -> ()
]

let private holds (file: SafetensorsFile) (prefix: string) =
    file.Names |> Seq.exists _.StartsWith(prefix)

/// An optimiser in a state: its parameters and their moments.
type private Optimiser = {
    Name: string
    Part: Part
    Layout: Layout
    Rule: AdamRule
    State: AdamState
}

let private optimisers (recording: Recording) (state: SacState) = [
    for part, trained in trainedParts state do
        {
            Name = optimiser part
            Part = part
            Layout = layout recording.Agent part
            Rule = rule recording.Models.Config part
            State = trained
        }

    match state.Parts.TryFind ModelParts.encoder.PartName with
    | Some(PartContent.Moments moments) ->
        let layout = ModelAgent.encoderLayout recording.Agent

        {
            Name = ModelParts.encoder.PartName
            Part = Part.Critic
            Layout = layout
            Rule = recording.Models.Config.EncoderAdam
            State =
                AdamState.ofMoments (Tensor.narrow 0 0L layout.Length state.Critic.Values) moments
        }
    | _ -> ()
]

/// Gradients of the first update: of each step of each optimiser, from the change of its first moment m: the gradient
/// is (m' − β₁ m) / (1 − β₁), without the weight decay that Adam adds. `states` are those before the update and after
/// each of its stages.
let private gradients (recording: Recording) (states: SacState list) = [
    for before, after in List.pairwise states do
        for old, next in List.zip (optimisers recording before) (optimisers recording after) do
            let prefix = recording.Writing.Gradient next.Name (int old.State.Steps)

            if next.State.Steps > old.State.Steps && holds recording.File prefix then
                let { Rule = rule } = next

                let change = next.State.FirstMoment .- rule.Beta1 *. old.State.FirstMoment

                let gradient =
                    1.0 / (1.0 - rule.Beta1) *. change .- rule.WeightDecay *. old.State.Values

                yield!
                    vectorOf
                        recording
                        gradientTolerance
                        next.Layout
                        (next.Part, next.Name)
                        prefix
                        ""
                        gradient
]

/// Parameters and optimisers after update k.
let private outcome (recording: Recording) isFirst k state =
    let file = recording.File
    let parameters = recording.Writing.After k
    let tolerance = tolerance isFirst

    [
        for part, trained in trainedParts state do
            if holds file parameters then
                yield! vector recording tolerance part parameters "" trained.Values

            let optimiser = $"after{k}/opt/{optimiser part}/"

            if holds file optimiser then
                yield! vector recording tolerance part optimiser "/exp_avg" trained.FirstMoment

                yield! vector recording tolerance part optimiser "/exp_avg_sq" trained.SecondMoment

                let steps =
                    file.Names
                    |> Seq.filter (fun name -> name.StartsWith optimiser && name.EndsWith "/step")
                    |> Seq.collect file.ReadDoubles
                    |> Seq.toArray

                let taken = Array.create steps.Length (float trained.Steps)
                Check.absolute file.Path 0.0 $"{optimiser}{nameOf part}/step" steps taken

        if holds file parameters then
            yield! vector recording tolerance Part.Target parameters "" state.Target

            if Tensor.count state.Fixed > 0L then
                yield! vector recording 0.0 Part.Fixed parameters "" state.Fixed
    ]

/// The states before the first update and after each of its stages.
let private stageByStage (recording: Recording) first k =
    let models, batch = SacGolden.agentOf recording k, snd (SacGolden.batch recording k)
    let stages = Models.stages models

    first
    :: [
        for count in 1 .. stages.Length ->
            Sac.updateBy
                (List.truncate count stages)
                PolicyRegulariser.entropy
                models.Agent
                first
                batch
            |> fst
    ]

let private replay device (file: SafetensorsFile) =
    use _ = TorchSharp.torch.NewDisposeScope()
    let recording = SacGolden.read device file

    // Files of images have fewer updates.
    let updates =
        recording.Writing.Updates
        |> List.filter (fun k -> holds file (recording.Writing.Log k))

    let start = SacGolden.start recording
    let within = stageByStage recording start updates.Head

    let update (state, checks) k =
        let isFirst = k = updates.Head
        let models, batch = SacGolden.agentOf recording k, snd (SacGolden.batch recording k)
        let next, measured = Models.update models state batch

        next, checks @ logged recording isFirst k measured @ outcome recording isFirst k next

    let last, updated = List.fold update (start, []) updates

    [
        for name, recorded, rebuilt in SacGolden.scalars recording do
            Check.absolute file.Path 0.0 name recorded rebuilt

        yield! initialForward recording start
        yield! SacThetas.verify recording start
        yield! innerValues recording start within[1]
        yield! gradients recording within
        yield! updated

        let after = recording.Writing.After(List.last updates)

        if holds file after then
            for part, trained in trainedParts last do
                untouched recording after part trained.Values
    ]

/// All comparisons of one file, with updates on a device. A shape mismatch is one failed check.
let verify device (file: SafetensorsFile) : Check list =
    try
        replay device file
    with :? ExternalException as refusal -> [ Check.impossible file.Path refusal.Message ]
