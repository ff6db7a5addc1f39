/// `agent.surgery.*` of MGDA, CAGrad and SDMGrad, which choose a point of the convex hull of gradients.
module internal MtrlFunctional.Experiments.HullKeys

open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Surgery

let private at method' name = $"agent.surgery.{method'}.{name}"

let private scales = [
    "none", GradientScale.None
    "length", GradientScale.Length
    "loss", GradientScale.Loss
    "loss_and_length", GradientScale.LossAndLength
]

let mgda =
    schema {
        let! scale =
            key
                (at "mgda" "scale")
                (Codec.oneOf scales)
                (is Mgda.standard.Scale)
                (fun (c: MgdaConfig) -> c.Scale)
            |> about "by what gradients are divided before the shortest mixture is sought. Ours"

        and! steps =
            key (at "mgda" "frank_wolfe_steps") (Codec.int 0 100_000) (is 0) (fun (c: MgdaConfig) ->
                match c.Solver with
                | MinNormSolver.Exact -> 0
                | MinNormSolver.FrankWolfe steps -> steps)
            |> about "steps of the paper's approximate solver; 0: exact. Ours"

        return {
            Mgda.standard with
                Scale = scale
                Solver =
                    if steps = 0 then
                        MinNormSolver.Exact
                    else
                        MinNormSolver.FrankWolfe steps
        }
    }

let private divisors = [
    "none", CaGradScale.One
    "one_plus_square", CaGradScale.OnePlusSquare
    "one_plus", CaGradScale.OnePlus
]

let caGrad =
    schema {
        let! radius =
            key
                (at "cagrad" "radius")
                Codec.notNegative
                (is CaGrad.standard.Radius)
                (fun (c: CaGradConfig) -> c.Radius)
            |> about
                "c: how far from the mean gradient, relative to its length; 0 is the mean gradient. Ours"

        and! divisor =
            key
                (at "cagrad" "divisor")
                (Codec.oneOf divisors)
                (is CaGrad.standard.Scale)
                (fun (c: CaGradConfig) -> c.Scale)
            |> about "by what the direction is divided: nothing, 1 + c² or 1 + c. Ours"

        return ({ Radius = radius; Scale = divisor }: CaGradConfig)
    }

let sdmGrad =
    schema {
        let! lambda =
            key
                (at "sdmgrad" "pull")
                Codec.notNegative
                (is SdmGrad.standard.Lambda)
                (fun (c: SdmGradConfig) -> c.Lambda)
            |> about "λ: weight of the mean gradient. Ours"

        and! iterations =
            key
                (at "sdmgrad" "iterations")
                (Codec.int 1 100_000)
                (is SdmGrad.standard.Iterations)
                (fun (c: SdmGradConfig) -> c.Iterations)
            |> about "steps towards the weights in each update. Ours"

        and! rate =
            key
                (at "sdmgrad" "rate")
                Codec.positive
                (is SdmGrad.standard.Rate)
                (fun (c: SdmGradConfig) -> c.Rate)
            |> about "length of these steps. Ours"

        and! momentum =
            key
                (at "sdmgrad" "momentum")
                Codec.belowOne
                (is SdmGrad.standard.Momentum)
                (fun (c: SdmGradConfig) -> c.Momentum)
            |> about "momentum of these steps. Ours"

        return
            ({ Lambda = lambda; Iterations = iterations; Rate = rate; Momentum = momentum }
            : SdmGradConfig)
    }
