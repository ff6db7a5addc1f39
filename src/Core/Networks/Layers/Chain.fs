namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// Layers, first to last. The name of a layer leads the paths of its parameters ("trunk/0/weight").
module Chain =
    /// The second on the output of the first.
    let private followedBy (second: Module) (first: Module) : Module = {
        Parameters = first.Parameters @ second.Parameters
        Fixed = first.Fixed @ second.Fixed
        Width = second.Width
        Run = fun weights input -> second.Run weights { input with Rows = first.Run weights input }
    }

    let private build parts precision path (sizes: InputSizes) =
        let extend (whole: Module) (name, part: Spec) =
            let sizes = { sizes with Features = whole.Width }
            followedBy (part.Build precision (Parameter.join path name) sizes) whole

        List.fold extend (Module.plain sizes.Features _.Rows) parts

    /// A function of each layer and of the sizes of its input.
    let private mapSizes f (parts: (string * Spec) list) (sizes: InputSizes) =
        let next (sizes: InputSizes) (_, part) =
            f sizes part, { sizes with Features = Network.width sizes part }

        parts |> List.mapFold next sizes |> fst

    let private partsOf parts owners path sizes =
        let step (sizes: InputSizes, before) (name, part) =
            let added = Network.partsOf owners (Parameter.join path name) sizes part
            let width = added |> List.tryLast |> Option.map _.Width
            { sizes with Features = defaultArg width sizes.Features }, before @ added

        List.fold step (sizes, []) parts |> snd

    let private rowsOf (parts: (string * Spec) list) source path row =
        let extend row (name, part: Spec) =
            row |> Result.bind (part.OnRow source (Parameter.join path name))

        List.fold extend (Ok row) parts

    /// Whether a layer is a function of each feature.
    let private isActivation (part: Spec) =
        match part.Dense with
        | Some [ DenseStep.Activate _ ] -> true
        | _ -> false

    let private normalised (parts: (string * Spec) list) = [
        for i, (name, part) in List.indexed parts do
            let isFollowed =
                parts |> List.tryItem (i + 1) |> Option.exists (snd >> isActivation)

            name, Network.normalised isFollowed part
    ]

    /// What all layers have, if all have it.
    let private ofAll (found: 'a option list) =
        if List.forall Option.isSome found then
            Some(List.choose id found)
        else
            None

    let private separated (parts: (string * Spec) list) =
        parts
        |> List.map (fun (name, part) -> part.Separate() |> Option.map (fun part -> name, part))
        |> ofAll

    /// The layers, with their names.
    [<CompiledName("Layer")>]
    let rec layer (parts: (string * Spec) list) : Spec = {
        Spec.Of("Chain", [ parts ], fun precision path sizes -> build parts precision path sizes) with
            Errors = mapSizes Network.errors parts >> List.concat
            Describe = fun _ _ -> ""
            Parts = Some(partsOf parts)
            ActivationsPerRow =
                fun isByRow ->
                    mapSizes (fun sizes part -> part.ActivationsPerRow isByRow sizes) parts
                    >> List.sum
            OnRow = rowsOf parts
            Separate = fun () -> separated parts |> Option.map layer
            MapInner = Some(fun change -> layer [ for name, part in parts -> name, change part ])
            Normalised = Some(fun _ -> layer (normalised parts))
            Dense =
                parts
                |> List.map (fun (_, part) -> part.Dense)
                |> ofAll
                |> Option.map List.concat
    }
