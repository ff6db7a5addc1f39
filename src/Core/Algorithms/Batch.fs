namespace MtrlFunctional.Algorithms

open MtrlFunctional.Tensors

/// Input of one update. Task-major: row r of task t is at [t; r].
/// Tasks with fewer rows than others are padded with any finite rows of weight 0.
type Batch = {
    /// [tasks; rows; obs].
    Obs: Tensor
    /// [tasks; rows; actions], in [−1, 1].
    Action: Tensor
    /// [tasks; rows].
    Reward: Tensor
    /// The observation after the action, [tasks; rows; obs].
    NextObs: Tensor
    /// 1 where nothing follows (a time limit is not such an end), else 0; [tasks; rows].
    Terminal: Tensor
    /// Weight of a row, [tasks; rows]; 0 is padding. Only proportions matter.
    Weight: Tensor
    /// Standard normal draws for the policy at `Obs`, [tasks; rows; actions].
    Noise: Tensor
    /// As `Noise`, at `NextObs`.
    NextNoise: Tensor
    /// Further random numbers of the algorithm, by name; [tasks; rows; …].
    Draws: Map<string, Tensor>
    /// The counter of update frequencies: the number of this update, or the environment step.
    Step: int64
}

/// Batches as a whole.
module Batch =
    /// The batch with each tensor changed.
    let internal map f batch = {
        batch with
            Obs = f batch.Obs
            Action = f batch.Action
            Reward = f batch.Reward
            NextObs = f batch.NextObs
            Terminal = f batch.Terminal
            Weight = f batch.Weight
            Noise = f batch.Noise
            NextNoise = f batch.NextNoise
            Draws = batch.Draws |> Map.map (fun _ x -> f x)
    }

    /// The batch on a device.
    let internal onDevice device = map (fun x -> Tensor.toDevice device x)

    /// Weights that add up to 1 over the batch, so that a weighted sum is a mean.
    let normalise batch = { batch with Weight = batch.Weight ./ Tensor.sum batch.Weight }

    /// The batch with weights that add up to 1 over each task that has rows, and the number of these tasks.
    let internal normaliseTasks batch =
        let sums = Tensor.sumDimKept 1 batch.Weight

        let isHere = Tensor.toType (Tensor.scalarType sums) (Tensor.isPositive sums)
        // The weights of a task without rows are 0 / 1.
        let weight = batch.Weight ./ (sums .+ (1.0 +. -1.0 *. isHere))
        { batch with Weight = weight }, Tensor.sum isHere

    /// 1 − d: 1 where the episode continues after the row, 0 at a terminal state; [tasks; rows].
    let internal continues batch = 1.0 +. -1.0 *. batch.Terminal

    /// The weighted sum of a number per row, [tasks; rows] to a scalar.
    let mean batch (x: Tensor) = Tensor.sum (batch.Weight .* x)

    /// The stage of an update in updates whose `Step` is divisible by a number; `batchOf` is the batch of the work.
    let internal every
        (batchOf: 'work -> Batch)
        (count: int)
        (stage: 'work -> 'work)
        : 'work -> 'work =
        fun work ->
            if (batchOf work).Step % int64 count = 0L then
                stage work
            else
                work

    /// The rows of all tasks as the rows of one task, [1; tasks · rows; …].
    [<CompiledName("Together")>]
    let internal together batch =
        batch
        |> map (fun x ->
            let further = Tensor.shape x |> Array.skip 2
            Tensor.reshape (Array.append [| 1L; -1L |] further) x)

    /// The rows of one task, [1; rows; …].
    let internal task (index: int64) batch =
        batch |> map (fun x -> Tensor.narrow 0 index 1L x)

    /// Part `index` of `count`: an equal share, up to rounding, of each task's rows. Weights are unchanged: the means
    /// of the parts add up to the mean of the batch.
    let internal part index count batch =
        let rows = Tensor.size 1 batch.Obs
        let first = rows * int64 index / int64 count
        let next = rows * int64 (index + 1) / int64 count

        if count = 1 then
            batch
        else
            batch
            |> map (fun x -> Tensor.contiguous (Tensor.narrow 1 first (next - first) x))
