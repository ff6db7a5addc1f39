/// Reads golden files of off-policy agents: the initial parameters and the batches of a recorded agent.
///
/// Reading order: agent → values (their names: RecordedNames) → batches.
module internal MtrlFunctional.Verification.OffPolicyGolden

open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Agents.RecordedNames
open MtrlFunctional.Verification.RecordedBatches

/// A golden file and its recorded agents.
type Recording = {
    File: Quantities
    Writing: Writing
    /// Without models where it is soft actor-critic; of Distral, all agents as one.
    Models: ModelAgent
    /// The recorded names of a parameter of a part, one for each agent, and its shape in each.
    Names: string -> Parameter -> string list * int64 list
} with

    member recording.Agent = recording.Models.Agent

/// Recorded weights of layers shared by all tasks and experts are [units; inputs]; here they are [inputs; units].
let private transposed (parameter: Parameter) shape (numbers: float[]) =
    match shape with
    | [ inputs; _ ] when not (parameter.Path.EndsWith "bias") ->
        Recorded.transposed (int inputs) numbers
    | _ -> numbers

/// A recorded vector of a layout, by parameter: name, offset, values. The name in the file is `prefix`, the parameter's
/// name ("critic.Q1.model.0.weight", of images "critic/Q1…") and `suffix`.
let parametersOf (recording: Recording) (layout: Layout) part prefix suffix = [
    for slot in layout.Slots do
        let names, shape = recording.Names part slot.Parameter

        let numbers name =
            let sized count =
                recording.File.Sized name count |> transposed slot.Parameter shape

            if List.isEmpty shape then
                // Only the first of an agent's temperatures is used.
                Array.truncate 1 (recording.File.Numbers name)
            else
                let count = List.reduce (*) shape
                let recorded = recording.File.Numbers name

                // Rows of an embedding behind those of the tasks are not used.
                if slot.Parameter.Path = "embedding/weight" && recorded.LongLength > count then
                    Array.truncate (int count) recorded
                else
                    sized count

        let all = [ for name in names -> numbers $"{prefix}{name}{suffix}" ]
        names.Head, slot, Array.concat all
]

/// A recorded vector of a part.
let parameters recording layout part prefix =
    parametersOf recording layout part prefix ""
    |> List.map (fun (_, _, numbers) -> numbers)
    |> Array.concat

/// The vectors of the state before the first update.
let start (recording: Recording) part layout =
    let numbers = parameters recording layout part recording.Writing.Start
    recording.File.Here(Tensor.ofDoubles [| numbers.LongLength |] numbers)

/// The uniform numbers that the decoder of one of `agents` adds to pixels in update k, in units of a step of them.
let pixelDraws (recording: Recording) k (agent, agents) count =
    let recorded = $"u{k}/dequant_noise{agent}"

    if recording.Writing.Observations.IsSome then
        Writing.congruential (k * agents + agent + 1) count
    elif recording.File.Has recorded then
        recording.File.Numbers recorded |> Array.map (fun d -> d / 256.0)
    else
        // Without an update of the decoder there is no draw.
        Array.zeroCreate count

/// The order of the rows of an update of tasks that `tasksOf` reads, and the batch: of the n-th choice of rows, with the
/// draws of update k. Draws at the next observations come after `before` others; where the actor is updated, draws at
/// the observations come `ofActor` after them.
let batchOf (recording: Recording) k n tasksOf (before, ofActor) draws =
    let { File = file; Writing = writing } = recording
    let config = recording.Agent.Config
    let read = Writing.column writing file k n
    let order = tasksOf read ||> orderOf

    let noise j =
        file.Numbers(writing.Noise k (before + j))

    let atObs =
        if k % config.ActorEvery = 0 then
            Some(noise ofActor)
        else
            None

    order,
    batch order (config.ObsSize, config.ActionSize) read (noise 0, atObs) (draws order noise) k
    |> Batch.onDevice file.Device
