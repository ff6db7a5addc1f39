/// Advantages and returns of episodes, as plain numbers in double precision.
///
/// Paper: Schulman et al. 2016, "High-Dimensional Continuous Control Using Generalized Advantage
/// Estimation", arXiv:1506.02438, eq. 16. All arrays are episode-major: step t of episode e is at
/// index e · steps + t; entries beyond an episode's length are padding.
module MtrlFunctional.Algorithms.Advantages

/// Rewards of episodes with the value predictions before the update.
type RewardSequence = {
    /// Steps of the longest possible episode.
    Steps: int
    Lengths: int[]
    Reward: float[]
    /// V of each observation; of padding where it leaks.
    Value: float[]
    /// Bootstrap value after the last step of each episode: 0, or V of its last observation.
    BootstrapValue: float[]
    /// Whether advantages include the padding of an episode, as in garage: a convolution over rows.
    Leaks: bool[]
}

/// Index of the last step of an episode, padding included where it leaks.
let private lastStep sequence e =
    let count =
        if sequence.Leaks[e] then
            sequence.Steps
        else
            sequence.Lengths[e]

    e * sequence.Steps + count - 1

let private fold sequence (last: int -> float) (step: int -> float -> float) =
    let results = Array.zeroCreate sequence.Reward.Length

    for e in 0 .. sequence.Lengths.Length - 1 do
        let mutable carried = last e

        for i in lastStep sequence e .. -1 .. e * sequence.Steps do
            carried <- step i carried
            results[i] <- carried

    results

/// R_t = r_t + γ R_{t+1}; after the last step R is the bootstrap value.
let returns discount sequence =
    fold sequence (fun e -> sequence.BootstrapValue[e]) (fun i next ->
        sequence.Reward[i] + discount * next)

/// A_t = δ_t + γ λ A_{t+1} with δ_t = r_t + γ V_{t+1} − V_t.
let estimate discount lambda sequence =
    let results = Array.zeroCreate sequence.Reward.Length

    for e in 0 .. sequence.Lengths.Length - 1 do
        let mutable next, carried = sequence.BootstrapValue[e], 0.0

        for i in lastStep sequence e .. -1 .. e * sequence.Steps do
            let value = sequence.Value[i]
            let error = sequence.Reward[i] + discount * next - value
            carried <- error + discount * lambda * carried
            next <- value
            results[i] <- carried

    results

/// Discounted sum of the rewards from the start of the episode up to each step:
/// G_t = γ G_{t−1} + r_t.
let accumulated discount sequence =
    let results = Array.zeroCreate sequence.Reward.Length

    for e in 0 .. sequence.Lengths.Length - 1 do
        let mutable carried = 0.0

        for i in e * sequence.Steps .. e * sequence.Steps + sequence.Lengths[e] - 1 do
            carried <- discount * carried + sequence.Reward[i]
            results[i] <- carried

    results

/// Normalises the chosen entries: minus their mean, divided by their standard deviation or, as in
/// garage, by their variance. Other entries are unchanged.
let normalised byStandardDeviation (places: int[]) (numbers: float[]) =
    let count = float places.Length
    let mutable sum = 0.0

    for i in places do
        sum <- sum + numbers[i]

    let mean = sum / count
    let mutable squares = 0.0

    for i in places do
        squares <- squares + (numbers[i] - mean) * (numbers[i] - mean)

    let variance = squares / max 1.0 (count - 1.0)

    let scale = (if byStandardDeviation then sqrt variance else variance) + 1e-8

    let results = Array.copy numbers

    for i in places do
        results[i] <- (numbers[i] - mean) / scale

    results

/// Shifted so that the minimum of the chosen entries is 0.
let positive (places: int[]) (numbers: float[]) =
    let least = places |> Seq.map (fun i -> numbers[i]) |> Seq.fold min infinity
    let results = Array.copy numbers

    for i in places do
        results[i] <- numbers[i] - least

    results
