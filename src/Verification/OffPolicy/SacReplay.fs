/// Replays golden files of soft actor-critic and of agents with models: updates on recorded batches and noise, in
/// double precision, must give the recorded losses, gradients and parameters.
///
/// tests/golden/mtrl/README.md states the tolerances.
///
/// Reading order: logs → gradients, parameters, optimiser → verify.
module internal MtrlFunctional.Verification.SacReplay

open MtrlFunctional.Algorithms
open MtrlFunctional.Agents.RecordedNames
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.Recorded
open MtrlFunctional.Verification.SacForwardValues
open MtrlFunctional.Verification.SacGolden

/// Of parameters, losses and optimisers after the first update and after further ones.
let private tolerance isFirst = Scaled(if isFirst then 1e-10 else 1e-8)

/// Checks of all values logged by the original in update k.
let private logged (recording: Recording) isFirst k metrics =
    let log, readings =
        recording.File.Inner(recording.Writing.Log k), Metrics.read metrics

    [
        for name in log.Names do
            match readings |> Array.tryFind (fun r -> r.Metric = name) with
            | Some reading ->
                let tolerance = if isFirst then forwardTolerance else tolerance false
                log.Check tolerance name [| reading.Number |]
            | None -> log.Impossible $"{log.At}{name}: not measured here"
    ]

/// One check for a whole vector of a layout; if it fails, one for each failing parameter.
let private vectorOf (recording: Recording) tolerance layout (part, title) prefix suffix computed =
    let numbers, file = Tensor.toDoubles computed, recording.File
    let recorded = parametersOf recording layout part prefix suffix

    let checks = [
        for name, slot, recorded in recorded do
            Array.sub numbers (int slot.Offset) recorded.Length
            |> file.Against tolerance $"{prefix}{name}{suffix}" recorded
    ]

    match checks |> List.filter (fun check -> not check.Passed) with
    | [] ->
        let all = recorded |> List.map (fun (_, _, numbers) -> numbers) |> Array.concat
        [ file.Against tolerance $"{prefix}{title}{suffix}" all numbers ]
    | failed -> failed

let private vector (recording: Recording) tolerance part =
    vectorOf recording tolerance (layout recording.Models part) (part, part)

/// Parameters unchanged in the original must be bit-identical here.
let private untouched (recording: Recording) last (part, trained: AdamState) =
    let before = parameters recording part recording.Writing.Start
    let after, ours = parameters recording part last, Tensor.toDoubles trained.Values

    let places =
        [| 0 .. before.Length - 1 |] |> Array.filter (fun i -> before[i] = after[i])

    let at (numbers: float[]) =
        places |> Array.map (fun i -> numbers[i])

    recording.File.Against exact $"{last}untouched/{part}" (at before) (at ours)

/// The parts that an optimiser trains.
let private trainedParts (recording: Recording) (state: ModelState) = [
    for part in trainedParts recording.Models do
        if part.Layout.Length > 0L then
            part.Name, StatePart.adamState part state
]

/// The optimisers in a state by name: the part and the layout of their parameters, and their moments.
let private optimisers (recording: Recording) (state: ModelState) = [
    for part, trained in trainedParts recording state do
        part, part, layout recording.Models part, trained

    let layout = recording.Models.EncoderLayout

    if layout.Length > 0L then
        let values = Tensor.narrow 0 0L layout.Length state.Sac.Critic.Values
        "encoder", Part.Critic, layout, AdamState.ofMoments values state.Models.Encoder
]

/// Gradients of the first update: of each step of each optimiser, from the change of its first moment m: the gradient
/// is (m' − β₁ m) / (1 − β₁), without the weight decay that Adam adds. `states` are those before the update and after
/// each of its stages.
let private gradients (recording: Recording) (states: ModelState list) = [
    for before, after in List.pairwise states do
        for (_, _, _, old), (name, part, layout, next) in
            List.zip (optimisers recording before) (optimisers recording after) do
            let prefix = recording.Writing.Gradient name (int old.Steps)

            if next.Steps > old.Steps && recording.File.Holds prefix then
                let rule = rule recording.Models.Config name
                let change = next.FirstMoment .- rule.Beta1 *. old.FirstMoment
                let gradient = 1.0 / (1.0 - rule.Beta1) *. change .- rule.WeightDecay *. old.Values
                yield! vectorOf recording (Scaled 1e-9) layout (part, name) prefix "" gradient
]

/// Parameters and optimisers after update k.
let private outcome (recording: Recording) isFirst k (state: ModelState) = [
    let file, parameters = recording.File, recording.Writing.After k
    let vector = vector recording

    for part, trained in trainedParts recording state do
        if file.Holds parameters then
            yield! vector (tolerance isFirst) part parameters "" trained.Values

        let prefix = $"after{k}/opt/{part}/"

        if file.Holds prefix then
            yield! vector (tolerance isFirst) part prefix "/exp_avg" trained.FirstMoment
            yield! vector (tolerance isFirst) part prefix "/exp_avg_sq" trained.SecondMoment

            let steps =
                (file.Inner prefix).Names
                |> Seq.filter _.EndsWith("/step")
                |> Seq.collect (fun name -> file.Numbers(prefix + name))
                |> Seq.toArray

            Array.create steps.Length (float trained.Steps)
            |> file.Against exact $"{prefix}{part}/step" steps

    if file.Holds parameters then
        yield! vector (tolerance isFirst) Part.Target parameters "" state.Sac.Target

        if Tensor.count state.Sac.Fixed > 0L then
            yield! vector exact Part.Fixed parameters "" state.Sac.Fixed
]

/// The states before the first update and after each of its stages.
let private stageByStage (recording: Recording) first k =
    let models, batch = agentOf recording k, snd (batch recording k)
    let stages = Models.stages models

    first
    :: [
        for count in 1 .. stages.Length ->
            let stages = List.truncate count stages
            fst (Models.updateBy stages models first batch)
    ]

let private replay device (file: Quantities) = [
    let recording = read device file
    let updates = recording.Writing.Updates
    let start = start recording
    let within = stageByStage recording start updates.Head

    let update (state, checks) k =
        let isFirst = k = updates.Head

        let next, measured =
            Models.update (agentOf recording k) state (snd (batch recording k))

        next, checks @ logged recording isFirst k measured @ outcome recording isFirst k next

    let last, updated = List.fold update (start, []) updates
    yield! scalars recording
    yield! initialForward recording start
    yield! thetas recording start
    yield! innerValues recording start within[1]
    yield! gradients recording within
    yield! updated
    let after = recording.Writing.After(List.last updates)

    if file.Holds after then
        yield! trainedParts recording last |> List.map (untouched recording after)
]

/// Of all agents that are not replayed otherwise.
let kinds device : Kinds = [
    "mtrl/", replaying (replay device)
    "mtrl_pixels/", replaying (replay device)
]
