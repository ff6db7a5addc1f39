/// `agent.surgery.*` of PCGrad and GradVac, which project gradients.
module internal MtrlFunctional.Experiments.ProjectionKeys

open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Surgery

let private at method' name = $"agent.surgery.{method'}.{name}"

let private reduction = Codec.oneOf [ "sum", Reduction.Sum; "mean", Reduction.Mean ]

let pcGrad =
    schema {
        let! epsilon =
            key
                (at "pcgrad" "epsilon")
                Codec.notNegative
                (byFidelity 1e-8 0.0)
                (fun (c: PcGradConfig) ->
                    match c.Projection with
                    | Projection.Exact -> 0.0
                    | Projection.UnitRows epsilon -> epsilon)
            |> about "added to a gradient's length before it is divided by it; 0: exact. Ours"

        and! reduction =
            key
                (at "pcgrad" "reduction")
                reduction
                (byFidelity Reduction.Mean Reduction.Sum)
                (fun (c: PcGradConfig) -> c.Reduction)
            |> about "how the projected gradients are joined: sum in the paper, mean in mtrl. Ours"

        return {
            Projection =
                if epsilon = 0.0 then
                    Projection.Exact
                else
                    Projection.UnitRows epsilon
            Reduction = reduction
            Order = ProjectionOrder.Drawn
        }
    }

let gradVac =
    schema {
        let! rate =
            key
                (at "gradvac" "rate")
                Codec.fraction
                (is GradVac.paper.Rate)
                (fun (c: GradVacConfig) -> c.Rate)
            |> about "β: how quickly the wanted cosines follow the measured ones. Ours"

        and! reduction =
            key
                (at "gradvac" "reduction")
                reduction
                (is GradVac.paper.Reduction)
                (fun (c: GradVacConfig) -> c.Reduction)
            |> about "how the gradients are joined. Ours"

        return ({ Rate = rate; Reduction = reduction }: GradVacConfig)
    }
