/// V of an iteration before its update.
module internal MtrlFunctional.Algorithms.ValuePredictions

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Numbers of all rows as a new tensor.
let toRows (like: Tensor) (numbers: float[]) =
    let tasks = Tensor.size 0 like

    TensorOptions.fromDoubles (TensorOptions.ofTensor like) numbers [|
        tasks
        int64 numbers.Length / tasks
    |]

/// V of each row and of the last observation of each row of episodes, in units of the return. `scaled` scales
/// observations.
let predict (agent: OnPolicyAgent) (state: OnPolicyState) scaled obs step episodes =
    let weights =
        Layout.views agent.ValueLayout state.Value.Values
        |> OnPolicyNetworks.valueWithEmbeddings agent state

    let inReturns = OnPolicyNetworks.inReturns agent state
    let tasks, count, steps = Episodes.sizes episodes

    let lastStep =
        Episodes.lastLengths episodes |> Array.map float |> toRows episodes.LastObs

    match agent.Config.Memory with
    | None ->
        inReturns (OnPolicyNetworks.value agent weights obs step),
        Tensor.toDoubles (
            inReturns (OnPolicyNetworks.value agent weights (scaled episodes.LastObs) lastStep)
        )
    | Some _ ->
        // The last observation follows the steps of its row, in the place of the first padding.
        let longer = steps + 1

        let indices =
            Array.init (tasks * count * longer) (fun i ->
                let row, t = i / longer, i % longer
                int64 (row * longer + (if t < episodes.Lengths[row] then t else steps)))

        let joined (x: Tensor) last width =
            let shape = [| int64 (tasks * count); -1L; width |]

            let both = Tensor.cat 1 [| Tensor.reshape shape x; Tensor.reshape shape last |]

            Tensor.reshape [| -1L; width |] both
            |> Tensor.take 0 indices
            |> Tensor.reshape [| int64 tasks; -1L; width |]

        let obs = joined obs (scaled episodes.LastObs) (Tensor.size 2 obs)
        let step = Tensor.squeeze 2 (joined step lastStep 1L)
        let read = OnPolicyNetworks.valueRows agent state longer obs
        let value = inReturns (OnPolicyNetworks.valueWithLast agent weights read step)
        let rows = Tensor.reshape [| int64 (tasks * count); int64 longer |] value
        let numbers = Tensor.toDoubles value

        Tensor.reshape
            [| int64 tasks; -1L |]
            (Tensor.contiguous (Tensor.narrow 1 0L (int64 steps) rows)),
        episodes.Lengths
        |> Array.mapi (fun row length -> numbers[row * longer + length])
