/// Updates of running statistics from batches.
module internal MtrlFunctional.Algorithms.RunningMoments

open MtrlFunctional.Tensors

/// σ is never taken to be less, so that equal numbers do not blow up what is divided by it.
[<Literal>]
let private LeastDeviation = 1e-4

/// σ of each number.
let deviation (running: Running) =
    Ops.ClampMin(Ops.Sqrt running.Variance, LeastDeviation)

/// The statistics of everything so far and a batch of `count` numbers with a mean and a variance
/// (Chan, Golub and LeVeque 1983, eq. 2.1).
let merge count (mean: Tensor) (variance: Tensor) (running: Running) : Running =
    let all = running.Count + count
    let share = if all > 0.0 then count / all else 0.0
    let shift = mean .- running.Mean

    if running.Count = 0.0 then
        { Count = all; Mean = mean; Variance = variance }
    else
        {
            Count = all
            Mean = running.Mean .+ share *. shift
            Variance =
                (1.0 - share) *. running.Variance
                .+ share *. variance
                .+ (share * (1.0 - share)) *. Ops.Square shift
        }

/// The statistics a step nearer to those of a batch: moments of first and second order move by
/// `step`. The first batch is taken as it is.
let update step (mean: Tensor) (variance: Tensor) (running: Running) : Running =
    let step = if running.Count = 0.0 then 1.0 else step
    let second (m: Tensor) (v: Tensor) = v .+ Ops.Square m
    let near = (1.0 - step) *. running.Mean .+ step *. mean

    let square =
        (1.0 - step) *. second running.Mean running.Variance
        .+ step *. second mean variance

    {
        Count = running.Count + 1.0
        Mean = near
        Variance = Ops.Relu(square .- Ops.Square near)
    }
