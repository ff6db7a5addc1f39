/// Samples of updates as named tensors: for crash bundles, and to name a number that is not finite.
///
/// Reading order: ofReplay → toReplay, which undoes it; ofEpisodes → toEpisodes.
module internal MtrlFunctional.Agents.SampleTensors

open System.Collections.Generic
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

let private fields (batch: Batch) = [
    "observation", batch.Obs
    "action", batch.Action
    "reward", batch.Reward
    "next_observation", batch.NextObs
    "terminal", batch.Terminal
    "weight", batch.Weight
    "noise", batch.Noise
    "next_noise", batch.NextNoise
    for KeyValue(name, x) in batch.Draws do
        $"draws/{name}", x
]

/// The batches of a sample, "batch/0/reward", and the counter of each, "batch/0/step".
let ofReplay (sample: ReplaySample) : (string * Tensor) list = [
    for i, batch in List.indexed sample.Batches do
        for name, x in fields batch do
            $"batch/{i}/{name}", x

        $"batch/{i}/step", Tensor.ofLongs [||] [| batch.Step |]
]

/// The sample that `ofReplay` named, its tensors changed by `convert`.
let toReplay
    (tensors: IReadOnlyDictionary<string, Tensor>)
    (convert: Tensor -> Tensor)
    : ReplaySample =
    let batch i =
        let field name = convert tensors[$"batch/{i}/{name}"]

        let draws = $"batch/{i}/draws/"

        {
            Obs = field "observation"
            Action = field "action"
            Reward = field "reward"
            NextObs = field "next_observation"
            Terminal = field "terminal"
            Weight = field "weight"
            Noise = field "noise"
            NextNoise = field "next_noise"
            Draws =
                Map [
                    for KeyValue(name, x) in tensors do
                        if name.StartsWith draws then
                            name.Substring draws.Length, convert x
                ]
            Step = Tensor.toLongs tensors[$"batch/{i}/step"] |> Array.head
        }

    let isThere i = tensors.ContainsKey $"batch/{i}/step"

    {
        Batches = Seq.initInfinite id |> Seq.takeWhile isThere |> Seq.map batch |> List.ofSeq
    }

let private longs numbers =
    let numbers = Seq.toArray numbers
    Tensor.ofLongs [| int64 numbers.Length |] numbers

let private flags numbers =
    numbers |> Seq.map (fun x -> if x then 1L else 0L) |> longs

/// The tensors of episodes; their lists as tensors of whole numbers.
let ofEpisodes (episodes: Episodes) : (string * Tensor) list = [
    "observation", episodes.Obs
    "action", episodes.Action
    "reward", episodes.Reward
    "last_observation", episodes.LastObs
    "lengths", longs (Seq.map int64 episodes.Lengths)
    "terminal", flags episodes.Terminal
    "restarts/counts", longs (episodes.Restarts |> Seq.map (fun row -> int64 row.Length))
    "restarts/steps", longs (episodes.Restarts |> Seq.concat |> Seq.map int64)
    "remembered", flags episodes.Remembered
]

/// The episodes that `ofEpisodes` named.
let toEpisodes (tensors: IReadOnlyDictionary<string, Tensor>) : Episodes =

    let ints name =
        Tensor.toLongs tensors[name] |> Array.map int

    let flags name = ints name |> Array.map ((<>) 0)
    let counts, steps = ints "restarts/counts", ints "restarts/steps"
    let ends = Array.scan (+) 0 counts

    {
        Obs = tensors["observation"]
        Action = tensors["action"]
        Reward = tensors["reward"]
        LastObs = tensors["last_observation"]
        Lengths = ints "lengths"
        Terminal = flags "terminal"
        Restarts = counts |> Array.mapi (fun i _ -> steps[ends[i] .. ends[i + 1] - 1])
        Remembered = flags "remembered"
    }

/// The sample with the rows of one task only: rows of other tasks are zeros of weight 0. None if the batch does not
/// tell tasks apart, or has no row of the task.
let onlyTask (task: int) (sample: ReplaySample) : ReplaySample option =
    match sample.Batches with
    | [ batch ] when Tensor.size 0 batch.Obs > 1L ->
        let tasks = Tensor.size 0 batch.Obs
        let isTask = [| for t in 0L .. tasks - 1L -> if t = int64 task then 1.0 else 0.0 |]

        let only (x: Tensor) =
            let mask = Tensor.toType ScalarType.Bool (Tensor.ofDoubles [| tasks |] isTask)
            let ones = Array.create ((Tensor.shape x).Length - 1) 1L

            let mask =
                Tensor.reshape
                    (Array.append [| tasks |] ones)
                    (Tensor.toDevice (Tensor.device x) mask)

            Tensor.where mask x (Tensor.zerosLike x)

        let weight = only batch.Weight

        if Tensor.item (Tensor.sum weight) > 0.0 then
            Some {
                Batches = [
                    {
                        batch with
                            Obs = only batch.Obs
                            Action = only batch.Action
                            Reward = only batch.Reward
                            NextObs = only batch.NextObs
                            Terminal = only batch.Terminal
                            Weight = weight
                    }
                ]
            }
        else
            None
    | _ -> None
