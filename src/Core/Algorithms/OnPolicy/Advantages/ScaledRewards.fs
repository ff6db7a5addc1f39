/// Rewards divided by the deviation of their discounted sums.
module internal MtrlFunctional.Algorithms.ScaledRewards

open MtrlFunctional.Tensors

/// The statistics of rewards after the iteration, and its rewards divided by them. `rows` are the indices of each task
/// among its own.
let ofSequence
    (config: OnPolicyConfig)
    (state: OnPolicyState)
    (sequence: Advantages.RewardSequence)
    rows
    =
    match config.RewardScaling with
    | None -> state.Reward, sequence.Reward
    | Some scaling ->
        let sums = Advantages.accumulated config.Discount sequence
        let perTask = sequence.Reward.Length / config.Tasks

        let moments (indices: int[]) =
            let numbers = indices |> Array.map (fun i -> sums[i])
            let mean = Array.average numbers
            mean, numbers |> Array.averageBy (fun x -> (x - mean) * (x - mean))

        let before =
            Array.zip (Tensor.toDoubles state.Reward.Mean) (Tensor.toDoubles state.Reward.Variance)

        let indices = Minibatches.indicesOf perTask rows

        // The statistics of a task without rows are unchanged.
        let found =
            if scaling.PerTask then
                Array.map2
                    (fun before own -> if Array.isEmpty own then before else moments own)
                    before
                    indices
            else
                Array.create config.Tasks (moments (Array.concat indices))

        let options = TensorOptions.ofTensor state.Reward.Mean

        let asTensor pick =
            TensorOptions.fromDoubles options (Array.map pick found) [| int64 config.Tasks |]

        let count =
            float (Seq.sumBy Array.length rows)
            / float (if scaling.PerTask then config.Tasks else 1)

        let running = RunningMoments.merge count (asTensor fst) (asTensor snd) state.Reward
        let deviation = Tensor.toDoubles (RunningMoments.deviation running)

        let scaled =
            sequence.Reward
            |> Array.mapi (fun i r ->
                r / deviation[i / perTask] |> max -scaling.Clip |> min scaling.Clip)

        running, scaled
