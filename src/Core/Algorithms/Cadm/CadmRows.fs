/// Rows of an iteration of an on-policy agent as batches of a dynamics model.
module internal MtrlFunctional.Algorithms.CadmRows

open MtrlFunctional.Tensors

/// Indices, among all [tasks · episodes · steps], of the steps whose next observation is known: the observation of the
/// next step, or the last observation of the row. The observation after the last step of an episode is not kept if
/// another episode follows in the row, also if that episode's first step was unstable and ended the row.
let places (episodes: Episodes) : int[] =
    let _, _, steps = Episodes.sizes episodes

    [|
        for row in 0 .. episodes.Lengths.Length - 1 do
            let length = episodes.Lengths[row]

            let lost =
                set [
                    for first in episodes.Restarts[row] do
                        first - 1

                    if episodes.Terminal[row] && length < steps then
                        length - 1
                ]

            for t in 0 .. length - 1 do
                if not (lost.Contains t) then
                    row * steps + t
    |]

/// The rows at these indices, as the rows of one task, [1; rows; …].
let batch (episodes: Episodes) (places: int[]) : Batch =
    let _, _, steps = Episodes.sizes episodes
    let count = int64 places.Length
    let options = TensorOptions.ofTensor episodes.Obs
    let rowOf place = place / steps

    let isLast place =
        place % steps = episodes.Lengths[rowOf place] - 1

    let select (indices: int[]) = Tensor.take 0 (Array.map int64 indices)

    let wide (x: Tensor) =
        Tensor.reshape [| -1L; Tensor.size -1 x |] x

    let numbers f =
        TensorOptions.fromDoubles options (Array.map f places) [| 1L; count |]

    let one (x: Tensor) = Tensor.unsqueeze 0 x
    let flag condition = if condition then 1.0 else 0.0
    let last = numbers (isLast >> flag)

    let next =
        Tensor.where
            (Tensor.unsqueeze 2 (Tensor.isPositive last))
            (wide episodes.LastObs |> select (Array.map rowOf places) |> one)
            (wide episodes.Obs
             |> select (places |> Array.map (fun p -> if isLast p then p else p + 1))
             |> one)

    // The environment limits actions to these bounds.
    let action = Tensor.clamp -1.0 1.0 (wide episodes.Action |> select places |> one)
    let none = Tensor.zerosLike action

    {
        Obs = wide episodes.Obs |> select places |> one
        Action = action
        Reward = Tensor.reshape [| -1L |] episodes.Reward |> select places |> one
        NextObs = next
        Terminal = numbers (fun p -> flag (isLast p && episodes.Terminal[rowOf p]))
        Weight = numbers (fun _ -> 1.0)
        // No policy acts.
        Noise = none
        NextNoise = none
        Draws = Map.empty
        Step = 0L
    }

/// The places of one pass in the order of its number, `size` in each minibatch; the last one may be shorter.
let pass (order: RowOrder) size number (places: int[]) : int[][] =
    order number 0 places.Length
    |> Array.map (fun i -> places[i])
    |> Array.chunkBySize size
