/// Advantages and returns of episodes, as plain numbers in double precision.
///
/// Paper: Schulman et al. 2016, "High-Dimensional Continuous Control Using Generalized Advantage
/// Estimation", arXiv:1506.02438, eq. 16. All arrays are episode-major: number t of episode e stands
/// at e · steps + t, and what lies beyond an episode's length is padding.
module MtrlFunctional.Algorithms.Advantages

/// Rewards of episodes with the values that were held before.
type RewardSequence = {
    /// Steps of the longest possible episode.
    Steps: int
    Lengths: int[]
    Reward: float[]
    /// V of each observation; of padding where it leaks.
    Value: float[]
    /// What follows the last step of each episode: 0, or the value of its last observation.
    BootstrapValue: float[]
    /// Whether an episode goes on into its padding, as in garage: a convolution over whole rows.
    Leaks: bool[]
}

let private fold course (last: int -> float) (step: int -> float -> float) =
    let results = Array.zeroCreate course.Reward.Length

    for e in 0 .. course.Lengths.Length - 1 do
        let count = if course.Leaks[e] then course.Steps else course.Lengths[e]
        let mutable carried = last e

        for i in e * course.Steps + count - 1 .. -1 .. e * course.Steps do
            carried <- step i carried
            results[i] <- carried

    results

/// R_t = r_t + γ R_{t+1}; what follows an episode counts as given.
let returns discount course =
    fold course (fun e -> course.BootstrapValue[e]) (fun i next ->
        course.Reward[i] + discount * next)

/// A_t = δ_t + γ λ A_{t+1} with δ_t = r_t + γ V_{t+1} − V_t.
let estimate discount lambda course =
    let results = Array.zeroCreate course.Reward.Length

    for e in 0 .. course.Lengths.Length - 1 do
        let count = if course.Leaks[e] then course.Steps else course.Lengths[e]
        let mutable next, carried = course.BootstrapValue[e], 0.0

        for i in e * course.Steps + count - 1 .. -1 .. e * course.Steps do
            let value = course.Value[i]
            let error = course.Reward[i] + discount * next - value
            carried <- error + discount * lambda * carried
            next <- value
            results[i] <- carried

    results

/// What is left of ever older rewards at each step, from the start of the episode on:
/// G_t = γ G_{t−1} + r_t.
let accumulated discount course =
    let results = Array.zeroCreate course.Reward.Length

    for e in 0 .. course.Lengths.Length - 1 do
        let mutable carried = 0.0

        for i in e * course.Steps .. e * course.Steps + course.Lengths[e] - 1 do
            carried <- discount * carried + course.Reward[i]
            results[i] <- carried

    results

/// Mean 0 over the chosen places, divided by their spread: the standard deviation or, as garage
/// has it, the variance. Other places stay.
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

    let spread = (if byStandardDeviation then sqrt variance else variance) + 1e-8

    let results = Array.copy numbers

    for i in places do
        results[i] <- (numbers[i] - mean) / spread

    results

/// Shifted so that the least of the chosen places is 0.
let positive (places: int[]) (numbers: float[]) =
    let least = places |> Seq.map (fun i -> numbers[i]) |> Seq.fold min infinity
    let results = Array.copy numbers

    for i in places do
        results[i] <- numbers[i] - least

    results
