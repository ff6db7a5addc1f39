/// Updates of running statistics from batches.
module MtrlFunctional.Algorithms.RunningMoments

open MtrlFunctional.Tensors

/// Lower bound of σ: quotients stay bounded where all numbers are equal.
[<Literal>]
let private LeastDeviation = 1e-4

/// σ of each number.
let deviation (running: Running) =
    Tensor.clampMin LeastDeviation (Tensor.sqrt running.Variance)

/// Mean and variance moved by a share in [0, 1] towards the mean and variance of a batch (Chan, Golub and LeVeque 1983,
/// eq. 2.1). No squares of means are subtracted: in float32 a σ that is small beside its mean would vanish.
let private toward share count (mean: Tensor) (variance: Tensor) (running: Running) : Running =
    let shift = mean .- running.Mean

    {
        Count = running.Count + count
        Mean = running.Mean .+ share *. shift
        Variance =
            (1.0 - share) *. running.Variance
            .+ share *. variance
            .+ (share * (1.0 - share)) *. Tensor.square shift
    }

/// The statistics of everything so far and a batch of `count` numbers with a mean and a variance.
let merge count (mean: Tensor) (variance: Tensor) (running: Running) : Running =
    let all = running.Count + count

    if running.Count = 0.0 then
        { Count = all; Mean = mean; Variance = variance }
    else
        toward (count / all) count mean variance running

/// Moves first and second moments by a fraction `step` towards the moments of a batch. The first batch replaces them.
let internal update step (mean: Tensor) (variance: Tensor) (running: Running) : Running =
    if running.Count = 0.0 then
        { Count = 1.0; Mean = mean; Variance = variance }
    else
        toward step 1.0 mean variance running

/// Weights of rows, [sets; rows(; 1)], scaled to the sum 1 in each set with a positive weight.
let shares (weight: Tensor) =
    weight ./ Tensor.clampMin 1e-30 (Tensor.sumDimKept 1 weight)

/// Mean and variance of each set of rows, [sets; rows(; n)], with shares of the sum 1: [sets(; n)].
let ofRows (shares: Tensor) (rows: Tensor) =
    let mean = Tensor.sumDimKept 1 (shares .* rows)
    let variance = Tensor.sumDim 1 (shares .* Tensor.square (rows .- mean))
    Tensor.squeeze 1 mean, variance

/// The updated statistics; for sets whose rows have no weight, [sets; rows(; 1)], the statistics before.
let internal whereSeen (weight: Tensor) (before: Running) (updated: Running) : Running =
    let sum = Tensor.sumDim 1 weight
    let present = Tensor.isPositive sum

    {
        updated with
            Mean = Tensor.where present updated.Mean before.Mean
            Variance = Tensor.where present updated.Variance before.Variance
    }
