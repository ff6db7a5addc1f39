namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// A squashed sample of a policy.
type internal PolicySample = {
    /// In (−1, 1), [tasks; rows; actions].
    Action: Tensor
    /// Before tanh.
    Raw: Tensor
    /// log π, [tasks; rows].
    LogProb: Tensor
}

/// How log(1 − tanh² u), the change of volume in the density of a squashed sample, is computed.
[<RequireQualifiedAccess>]
type SquashDensity =
    /// 2 (log 2 − u − softplus(−2u)), exact for every u.
    | Exact
    /// log(relu(1 − a²) + 1e-6) of the rounded action a = tanh u, as mtrl does: at least log 1e-6, and without a slope
    /// where a rounds to ±1.
    | Clamped

/// How log σ is kept between its bounds.
[<RequireQualifiedAccess>]
type LogStdLimit =
    /// tanh of the network's output, scaled to the bounds, as in mtrl: an output of 0 is their middle.
    | Tanh
    /// The output itself, cut off at the bounds, as in MOORE, PaCo and metaworld-algorithms: an output of 0 is σ = 1.
    | Clamp

/// The policy of soft actor-critic: tanh of a Gaussian (Haarnoja et al. 2018, appendix C).
module internal TanhGaussian =
    /// The halves of a network's output as mean and log σ, which is kept between the bounds.
    let ofOutput limit (low, high) (output: Tensor) =
        let actions = Tensor.size 2 output / 2L
        let logStd = Tensor.narrow 2 actions actions output

        {
            Mean = Tensor.narrow 2 0L actions output
            LogStd =
                match limit with
                | LogStdLimit.Tanh ->
                    low + 0.5 * (high - low) +. 0.5 * (high - low) *. Tensor.tanh logStd
                | LogStdLimit.Clamp -> Tensor.clamp low high logStd
            Mask = None
        }

    /// log(1 − tanh² u) for `action` = tanh u.
    let private logSlope density (u: Tensor) (action: Tensor) =
        match density with
        | SquashDensity.Exact ->
            // Even in u. With |u| the argument of softplus is never above 0, where libtorch's is exact.
            let u = Tensor.abs u
            2.0 * log 2.0 +. (-2.0 *. (u .+ Tensor.softplus (-2.0 *. u)))
        | SquashDensity.Clamped ->
            Tensor.log (1e-6 +. Tensor.relu (1.0 +. -1.0 *. Tensor.square action))

    /// log π of tanh u, which is `action`, for u = μ + σ ε.
    let private logProb density (policy: Gaussian) (noise: Tensor) u action =
        let gaussian = -0.5 *. Tensor.square noise .- policy.LogStd
        let total = Gaussian.sum policy.Mask (gaussian .- logSlope density u action)

        match policy.Mask with
        | None -> -0.5 * float (Tensor.size 2 noise) * Gaussian.log2Pi +. total
        | Some mask -> -0.5 * Gaussian.log2Pi *. Tensor.sumDim -1 mask .+ total

    /// tanh(μ + σ ε) for given standard normal ε, with a density computed as `density` says.
    let sampleBy density (policy: Gaussian) (noise: Tensor) =
        let raw = Gaussian.sample policy noise
        let action = Tensor.tanh raw

        {
            Action = action
            Raw = raw
            LogProb = logProb density policy noise raw action
        }

    /// log π of a sample of another policy, [tasks; rows], computed as `density` says.
    let logProbBy density (policy: Gaussian) (sample: PolicySample) =
        let noise = (sample.Raw .- policy.Mean) .* Tensor.exp (-1.0 *. policy.LogStd)
        logProb density policy noise sample.Raw sample.Action

    /// The action without noise.
    [<CompiledName("Mode")>]
    let mode (policy: Gaussian) = Tensor.tanh (Gaussian.mode policy)

    /// As `mode` of `ofOutput`, on the output of a network as a row; `sizes` are the numbers of each task's actions, or
    /// empty.
    let modeSteps actions sizes = [
        RowStep.Next(RowLayer.Keep(0, actions))
        yield! ActionMask.rowSteps actions sizes
        RowStep.Next(RowLayer.Activate Tanh)
    ]

    /// log σ as `ofOutput` keeps it, on the output of a network as a row.
    let logStdSteps limit (low, high) actions =
        let middle, half = 0.5 * (low + high), 0.5 * (high - low)

        let scaled scale shift =
            let number = float32 >> RowDense.single
            RowStep.Next(RowLayer.ScaleTask(number scale, number shift))

        [
            RowStep.Next(RowLayer.Keep(actions, actions))
            match limit with
            | LogStdLimit.Tanh -> RowStep.Next(RowLayer.Activate Tanh)
            | LogStdLimit.Clamp ->
                scaled (1.0 / half) (-middle / half)
                RowStep.Next RowLayer.Limit
            scaled half middle
        ]
