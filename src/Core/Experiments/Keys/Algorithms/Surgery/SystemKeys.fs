/// `agent.surgery.*` of Nash-MTL, IMTL and Aligned-MTL, which solve systems of equations.
module internal MtrlFunctional.Experiments.SystemKeys

open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Surgery

let private at method' name = $"agent.surgery.{method'}.{name}"

let nashMtl =
    schema {
        let! normalise =
            key
                (at "nash_mtl" "normalise")
                Codec.flag
                (is NashMtl.standard.Normalise)
                (fun (c: NashMtlConfig) -> c.Normalise)
            |> about "first divide the products of gradients by their norm. Ours"

        and! maxLength =
            key
                (at "nash_mtl" "max_length")
                (Codec.optional Codec.positive)
                (is NashMtl.standard.MaxLength)
                (fun (c: NashMtlConfig) -> c.MaxLength)
            |> about "length of the direction at most; null: as it comes. Ours"

        return { Normalise = normalise; MaxLength = maxLength }
    }

let private parts = [
    "gradients", ImtlPart.Gradients
    "losses", ImtlPart.Losses
    "both", ImtlPart.Both
]

let imtl =
    schema {
        let! part =
            key
                (at "imtl" "part")
                (Codec.oneOf parts)
                (is Imtl.standard.Part)
                (fun (c: ImtlConfig) -> c.Part)
            |> about "IMTL-G (gradients), IMTL-L (losses) or both. Ours"

        and! rate =
            key (at "imtl" "rate") Codec.positive (is Imtl.standard.Rate) (fun (c: ImtlConfig) ->
                c.Rate)
            |> about "learning rate (Adam) of IMTL-L's scales. Ours"

        and! safe =
            key (at "imtl" "safe") Codec.flag (is Imtl.standard.Safe) (fun (c: ImtlConfig) ->
                c.Safe)
            |> about
                "turn a direction round that would make every task worse, and limit its length. Ours"

        return { Part = part; Rate = rate; Safe = safe }
    }

let private singularValues = [
    "smallest", AlignedScale.Smallest
    "median", AlignedScale.Median
    "root_mean_square", AlignedScale.RootMeanSquare
]

let alignedMtl =
    schema {
        let! scale =
            key
                (at "aligned_mtl" "scale")
                (Codec.oneOf singularValues)
                (is AlignedMtl.standard.Scale)
                (fun (c: AlignedMtlConfig) -> c.Scale)
            |> about "to which of them the singular values are made equal. Ours"

        return { AlignedMtl.standard with Scale = scale }
    }
