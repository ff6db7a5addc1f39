/// `agent.surgery.*` of uncertainty weighting, DWA and FAMO, which weight losses.
module internal MtrlFunctional.Experiments.WeightKeys

open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Surgery

let private at method' name = $"agent.surgery.{method'}.{name}"

let uncertainty =
    schema {
        let! start =
            key
                (at "uncertainty" "start")
                (Codec.real "from -20 to 20" (fun s -> -20.0 <= s && s <= 20.0))
                (is UncertaintyWeighting.standard.Start)
                (fun (c: UncertaintyWeightingConfig) -> c.Start)
            |> about "s = log σ² at the start. Ours"

        and! rate =
            key
                (at "uncertainty" "rate")
                Codec.positive
                (is UncertaintyWeighting.standard.Rate)
                (fun (c: UncertaintyWeightingConfig) -> c.Rate)
            |> about "learning rate (Adam) of s. Ours"

        return ({ Start = start; Rate = rate }: UncertaintyWeightingConfig)
    }

let dwa =
    schema {
        let! temperature =
            key
                (at "dwa" "temperature")
                Codec.positive
                (is Dwa.paper.Temperature)
                (fun (c: DwaConfig) -> c.Temperature)
            |> about "T: higher makes the weights more alike. Ours"

        and! epoch =
            key (at "dwa" "epoch") Codec.count (is Dwa.paper.Epoch) (fun (c: DwaConfig) -> c.Epoch)
            |> about "updates whose losses are averaged. Ours"

        return ({ Temperature = temperature; Epoch = epoch }: DwaConfig)
    }

let famo =
    schema {
        let! rate =
            key (at "famo" "rate") Codec.positive (is Famo.standard.Rate) (fun (c: FamoConfig) ->
                c.Rate)
            |> about "learning rate (Adam) of the logits. Ours"

        and! decay =
            key
                (at "famo" "decay")
                Codec.notNegative
                (is Famo.standard.Decay)
                (fun (c: FamoConfig) -> c.Decay)
            |> about "weight decay of the logits. Ours"

        and! least =
            key
                (at "famo" "least_loss")
                (Codec.real "finite" System.Double.IsFinite)
                (is Famo.standard.LeastLoss)
                (fun (c: FamoConfig) -> c.LeastLoss)
            |> about "the least value that a loss can take. Ours"

        return { Rate = rate; Decay = decay; LeastLoss = least }
    }
