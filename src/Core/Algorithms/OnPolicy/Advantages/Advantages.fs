/// Advantages and returns of episodes, as plain numbers in double precision.
///
/// Paper: Schulman et al. 2016, "High-Dimensional Continuous Control Using Generalized Advantage
/// Estimation", arXiv:1506.02438, eq. 16. All arrays are row-major: step t of row e is at index
/// e · steps + t; entries beyond a row's length are padding. A row has one episode or several in succession.
module internal MtrlFunctional.Algorithms.Advantages

/// Rewards of rows with the value predictions before the update.
type RewardSequence = {
    /// Steps of the longest possible row.
    Steps: int
    Lengths: int[]
    /// First steps of further episodes of each row, after a terminal state.
    Restarts: int[][]
    Reward: float[]
    /// V of each observation, and of padding where `Leaks`.
    Value: float[]
    /// Bootstrap value after the last step of each row: 0, or V of its last observation.
    BootstrapValue: float[]
    /// Whether advantages include the padding of a row, as in garage: a convolution over rows.
    Leaks: bool[]
}

/// Indices of the first and the last step of an episode, and the value after it.
[<Struct>]
type Span = { First: int; Last: int; Bootstrap: float }

/// The episodes of all rows. The value after an episode is 0 if another episode follows in its row.
let private episodes length sequence : Span[] = [|
    for e in 0 .. sequence.Lengths.Length - 1 do
        let start, restarts = e * sequence.Steps, sequence.Restarts[e]
        let mutable first = start

        for next in restarts do
            { First = first; Last = start + next - 1; Bootstrap = 0.0 }
            first <- start + next

        {
            First = first
            Last = start + length e - 1
            Bootstrap = sequence.BootstrapValue[e]
        }
|]

/// The rewards with the padding of rows where `Leaks`.
let withPadding sequence =
    sequence
    |> episodes (fun e ->
        if sequence.Leaks[e] then
            sequence.Steps
        else
            sequence.Lengths[e])

/// R_t = r_t + γ R_{t+1}; after the last step R is the bootstrap value.
let returns discount sequence =
    let results = Array.zeroCreate sequence.Reward.Length

    for episode in withPadding sequence do
        let mutable carried = episode.Bootstrap

        for i in episode.Last .. -1 .. episode.First do
            carried <- sequence.Reward[i] + discount * carried
            results[i] <- carried

    results

/// A_t = δ_t + γ λ A_{t+1} with δ_t = r_t + γ V_{t+1} − V_t.
let estimate discount lambda sequence =
    let results = Array.zeroCreate sequence.Reward.Length

    for episode in withPadding sequence do
        let mutable next, carried = episode.Bootstrap, 0.0

        for i in episode.Last .. -1 .. episode.First do
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

    for episode in episodes (Array.get sequence.Lengths) sequence do
        let mutable carried = 0.0

        for i in episode.First .. episode.Last do
            carried <- discount * carried + sequence.Reward[i]
            results[i] <- carried

    results

/// Normalises the chosen entries: minus their mean, divided by their standard deviation or, as in
/// garage, by their variance. Other entries are unchanged.
let normalised byStandardDeviation (indices: int[]) (numbers: float[]) =
    let count = float indices.Length
    let mutable sum = 0.0

    for i in indices do
        sum <- sum + numbers[i]

    let mean = sum / count
    let mutable squares = 0.0

    for i in indices do
        squares <- squares + (numbers[i] - mean) * (numbers[i] - mean)

    let variance = squares / max 1.0 (count - 1.0)

    let scale = (if byStandardDeviation then sqrt variance else variance) + 1e-8

    let results = Array.copy numbers

    for i in indices do
        results[i] <- (numbers[i] - mean) / scale

    results

/// Shifted so that the minimum of the chosen entries is 0.
let positive (indices: int[]) (numbers: float[]) =
    let least = indices |> Seq.map (fun i -> numbers[i]) |> Seq.fold min infinity
    let results = Array.copy numbers

    for i in indices do
        results[i] <- numbers[i] - least

    results
