namespace MtrlFunctional.Surgery

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Randomness

/// The conflicting component that is subtracted.
[<RequireQualifiedAccess>]
type internal Projection =
    /// ⟨p, g⟩ / ‖g‖² · g; 0 for a gradient of zero.
    | Exact
    /// Along g / (‖g‖ + ε), as mtrl does (ε = 1e-8): a small conflict remains.
    | UnitRows of Epsilon: float

/// The order in which a gradient is projected against the others.
[<RequireQualifiedAccess>]
type internal ProjectionOrder =
    /// New in each update, from its key.
    | Drawn
    /// For each task the others, as recorded.
    | Given of int[][]

/// Settings of PCGrad.
type PcGradConfig = internal {
    Projection: Projection
    Reduction: Reduction
    Order: ProjectionOrder
}

/// The projected gradients of all tasks.
type internal Projected = {
    /// Row i has the coefficients of the i-th projected gradient, [tasks; tasks].
    Coefficients: float[]
    /// The product of the two gradients before each projection, [tasks; tasks − 1].
    Dots: float[]
}

/// PCGrad: conflicting parts of gradients are projected away, task by task.
///
/// Paper: Yu et al. 2020, "Gradient Surgery for Multi-Task Learning", arXiv:2001.06782, alg. 1.
/// Here a projected gradient is a row of coefficients, and its products with all gradients are
/// updated with it: O(tasks³), whatever the number of parameters.
module PcGrad =
    /// As in the paper: exact projections, added up.
    let paper = {
        Projection = Projection.Exact
        Reduction = Reduction.Sum
        Order = ProjectionOrder.Drawn
    }

    /// As in mtrl: unit rows, averaged.
    let mtrl = {
        Projection = Projection.UnitRows 1e-8
        Reduction = Reduction.Mean
        Order = ProjectionOrder.Drawn
    }

    /// What a conflict of size `dot` with task j adds of its gradient.
    let private correction projection gram j dot =
        match projection with
        | Projection.Exact ->
            if gram.Products[j * gram.Size + j] > 0.0 then
                -dot / gram[j, j]
            else
                0.0
        | Projection.UnitRows epsilon ->
            let length = Gram.length gram j + epsilon
            -dot / (length * length)

    /// The gradients after projection against the others in the given order.
    let internal project projection (gram: Gram) (order: int[][]) : Projected =
        let n = gram.Size
        let coefficients, dots = Array.zeroCreate (n * n), Array.zeroCreate (n * (n - 1))
        let products = Array.zeroCreate n

        for i in 0 .. n - 1 do
            Array.blit gram.Products (i * n) products 0 n
            coefficients[i * n + i] <- 1.0

            for turn in 0 .. n - 2 do
                let j = order[i][turn]
                let dot = products[j]
                dots[i * (n - 1) + turn] <- dot

                if dot < 0.0 then
                    let added = correction projection gram j dot
                    coefficients[i * n + j] <- coefficients[i * n + j] + added

                    for k in 0 .. n - 1 do
                        products[k] <- products[k] + added * gram.Products[j * n + k]

        { Coefficients = coefficients; Dots = dots }

    /// The coefficients of the combination.
    let internal solve config (problem: Problem) state =
        let gram = problem.Gram

        let order =
            match config.Order with
            | ProjectionOrder.Drawn -> TaskOrder.drawn gram.Size problem.Key
            | ProjectionOrder.Given order -> order

        let projected = project config.Projection gram order
        Solution.create (Solution.join config.Reduction gram.Size projected.Coefficients) state

    /// The method with these choices.
    let rec surgery config : Surgery = {
        Surgery.Of(solve config) with
            WrapsOptimiser = true
            InOrder = Some(fun order -> surgery { config with Order = ProjectionOrder.Given order })
    }

    let private key name = key $"agent.surgery.pcgrad.{name}"

    let private reduction = Codec.oneOf Solution.reductions

    let private projection =
        Codec.notNegative
        |> Codec.map
            (fun epsilon ->
                if epsilon = 0.0 then
                    Projection.Exact
                else
                    Projection.UnitRows epsilon)
            (function
             | Projection.Exact -> 0.0
             | Projection.UnitRows epsilon -> epsilon)

    let private keys =
        record [
            key
                "epsilon"
                projection
                (byFidelity (Projection.UnitRows 1e-8) Projection.Exact)
                _.Projection
            <| "added to a gradient's length before it is divided by it; 0: exact. Ours"

            key "reduction" reduction (byFidelity Reduction.Mean Reduction.Sum) _.Reduction
            <| "how the projected gradients are joined: sum in the paper, mean in mtrl. Ours"

            without ProjectionOrder.Drawn _.Order
        ]

    /// `agent.surgery.method=pcgrad`.
    let internal method' =
        Method.withKeys "pcgrad" "conflicting parts are projected away" paper keys surgery
