/// Rows of an iteration of an on-policy agent as batches of a dynamics model.
module MtrlFunctional.Cadm.CadmRows

open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

/// Indices, among all [tasks · episodes · steps], of the steps whose next observation is known: the observation of the
/// next step, or the last observation of the row. The observation after the last step of an episode is not kept if
/// another episode follows in the row, also if that episode's first step was unstable and ended the row.
let places (episodes: Episodes) : int[] =
    let _, _, steps = Episodes.sizes episodes

    [|
        for row, length in Array.indexed episodes.Lengths do
            let isLost t =
                Array.contains (t + 1) episodes.Restarts[row]
                || episodes.Terminal[row] && length < steps && t = length - 1

            for t in 0 .. length - 1 do
                if not (isLost t) then
                    row * steps + t
    |]

/// The rows at these indices, as the rows of one task, [1; rows; …].
let batch (episodes: Episodes) (indices: int[]) : Batch =
    let _, _, steps = Episodes.sizes episodes

    let isLast index =
        index % steps = episodes.Lengths[index / steps] - 1

    /// Of rows of numbers.
    let take (x: Tensor) (indices: int[]) =
        Tensor.reshape [| -1L; Tensor.size -1 x |] x
        |> Tensor.take 0 (Array.map int64 indices)
        |> Tensor.unsqueeze 0

    let numbers f =
        TensorOptions.fromDoubles (TensorOptions.ofTensor episodes.Obs) (Array.map f indices) [|
            1L
            int64 indices.Length
        |]

    let flag condition = if condition then 1.0 else 0.0

    let next =
        Tensor.where
            (numbers (isLast >> flag) |> Tensor.isPositive |> Tensor.unsqueeze 2)
            (indices |> Array.map (fun index -> index / steps) |> take episodes.LastObs)
            (indices
             |> Array.map (fun index -> if isLast index then index else index + 1)
             |> take episodes.Obs)

    // The environment limits actions to these bounds.
    let action = Tensor.clamp -1.0 1.0 (take episodes.Action indices)
    let none = Tensor.zerosLike action

    {
        Obs = take episodes.Obs indices
        Action = action
        Reward = Tensor.squeeze 2 (take (Tensor.unsqueeze 3 episodes.Reward) indices)
        NextObs = next
        Terminal = numbers (fun index -> flag (isLast index && episodes.Terminal[index / steps]))
        Weight = numbers (fun _ -> 1.0)
        // No policy acts.
        Noise = none
        NextNoise = none
        Draws = Map.empty
        Step = 0L
    }
