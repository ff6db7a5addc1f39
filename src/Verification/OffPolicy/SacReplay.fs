/// Replays golden files of soft actor-critic and of agents with models: updates on recorded batches and noise, in
/// double precision, must give the recorded losses, gradients and parameters.
///
/// tests/golden/mtrl/README.md states the tolerances.
///
/// Reading order: logs → gradients, parameters, optimiser → verify.
module internal MtrlFunctional.Verification.SacReplay

open MtrlFunctional.Agents.RecordedNames
open MtrlFunctional.Algorithms
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.OffPolicyGolden
open MtrlFunctional.Verification.Recorded
open MtrlFunctional.Verification.SacForwardValues
open MtrlFunctional.Verification.SacGolden

/// Of parameters, losses and optimisers after the first update and after further ones.
let private tolerance isFirst = Scaled(if isFirst then 1e-10 else 1e-8)

/// Checks of all values logged by the original in update k.
let private logged (recording: Recording) isFirst k metrics =
    let tolerance = if isFirst then forwardTolerance else tolerance false
    let log = recording.File.Inner(recording.Writing.Log k)
    let reading = (readings metrics).TryFind >> Option.map Array.singleton
    log.Found tolerance ": not measured here" reading log.Names

/// One check for a whole vector of a part; if it fails, one for each failing parameter.
let private vector (recording: Recording) tolerance (part, layout) prefix suffix computed =
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
        [ file.Against tolerance $"{prefix}{part}{suffix}" all numbers ]
    | failed -> failed

/// The parts whose parameters an optimiser trains alone.
let private ownParts recording = [
    for part in trainedParts recording.Models do
        if part.Vectors.Length = 3 && part.Layout.Length > 0L then
            part
]

/// Parameters unchanged in the original must be bit-identical here.
let private untouched (recording: Recording) last (state: ModelState) = [
    for part in ownParts recording do
        let recorded = parameters recording part.Layout part.Name
        let before, after = recorded recording.Writing.Start, recorded last
        let ours = Tensor.toDoubles (adam part state).Values

        let at (numbers: float[]) = [|
            for i in 0 .. before.Length - 1 do
                if before[i] = after[i] then
                    numbers[i]
        |]

        recording.File.Against exact $"{last}untouched/{part.Name}" (at before) (at ours)
]

/// Gradients of the first update: of each step of each optimiser, from the change of its first moment m: the gradient
/// is (m' − β₁ m) / (1 − β₁), without the weight decay that Adam adds. `states` are those before the update and after
/// each of its stages.
let private gradients (recording: Recording) (states: ModelState list) = [
    for before, after in List.pairwise states do
        for part in trainedParts recording.Models do
            let old, next = adam part before, adam part after
            let prefix = recording.Writing.Gradient part.Name (int old.Steps)

            if next.Steps > old.Steps && recording.File.Holds prefix then
                let rule = rule recording.Models.Config part.Name
                let change = next.FirstMoment .- rule.Beta1 *. old.FirstMoment

                yield!
                    1.0 / (1.0 - rule.Beta1) *. change .- rule.WeightDecay *. old.Values
                    |> vector recording (Scaled 1e-9) (part.Name, part.Layout) prefix ""
]

/// Parameters and optimisers after update k.
let private outcome (recording: Recording) isFirst k (state: ModelState) = [
    let file, after = recording.File, recording.Writing.After k
    let near = vector recording (tolerance isFirst)

    for part in ownParts recording do
        let trained, near = adam part state, near (part.Name, part.Layout)

        if file.Holds after then
            yield! near after "" trained.Values

        let optimiser = file.Inner $"after{k}/opt/{part.Name}/"

        if file.Holds optimiser.At then
            yield! near optimiser.At "/exp_avg" trained.FirstMoment
            yield! near optimiser.At "/exp_avg_sq" trained.SecondMoment
            let names = optimiser.Names |> List.filter _.EndsWith("/step") |> List.toArray
            let steps = Array.collect optimiser.Numbers names

            Array.create steps.Length (float trained.Steps)
            |> optimiser.Against exact $"{part.Name}/step" steps

    if file.Holds after then
        let agent = recording.Agent
        yield! near (Part.Target, agent.CriticLayout) after "" state.Sac.Target

        if agent.FixedLayout.Length > 0L then
            yield! vector recording exact (Part.Fixed, agent.FixedLayout) after "" state.Sac.Fixed

    for name, memory in
        [
            "critic", state.Sac.CriticSurgery
            "critic-task_encoder", state.Sac.CriticSurgery
            "actor", state.Sac.ActorSurgery
        ] do
        yield!
            file.Present (tolerance true) [
                for recorded, ours in [ "weight", "weights"; "prev_loss", "reference" ] do
                    $"after{k}/gradnorm_{recorded}/{name}", lazy (SurgeryState.perTask ours memory)
            ]
]

/// The states before the first update and after each of its stages.
let private stageByStage (recording: Recording) (first: ModelState) k = [
    let models, batch = agentOf recording k, snd (batch recording k)
    let stages = Models.stages models
    first

    for count in 1 .. stages.Length do
        fst (Models.updateBy (List.truncate count stages) models first batch)
]

let private replay (file: Quantities) = [
    let recording = read file
    let updates = recording.Writing.Updates
    let start = ModelState.start recording.Models (start recording)
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
        yield! untouched recording after last
]

/// Of all agents that are not replayed otherwise.
let kinds: Kinds = [ "mtrl/", replay; "mtrl_pixels/", replay ]
