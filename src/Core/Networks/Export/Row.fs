namespace MtrlFunctional.Networks

open System.Collections.Generic

/// A row as an expression: the input, or a layer on other rows. Two layers that read the same object share it.
[<ReferenceEquality>]
type Row = {
    Width: int
    /// None: the input.
    Of: (RowLayer * Row list) option
}

/// From expressions to steps and back.
module Row =
    /// The input, of so many features.
    let internal input width = { Width = width; Of = None }

    /// A layer on several rows.
    let internal applyAll layer rows = {
        Width = RowLayer.width (rows |> List.map _.Width) layer
        Of = Some(layer, rows)
    }

    /// A layer on one row.
    let apply layer row = applyAll layer [ row ]

    /// A row with log σ of its numbers as another output of a graph.
    let internal withLogStd logStd row =
        applyAll (RowLayer.Beside "log_std") [ row; logStd ]

    /// A row with the value of its input as another output of a graph.
    let internal withValue value row =
        applyAll (RowLayer.Beside "value") [ row; value ]

    /// The steps from an input to an output computed from it.
    let internal steps (input: Row) (output: Row) : RowStep list =
        let positions, steps = Dictionary HashIdentity.Reference, ResizeArray()
        positions.Add(input, 0)

        let rec add (row: Row) =
            match row.Of with
            | Some(layer, rows) when not (positions.ContainsKey row) ->
                List.iter add rows

                steps.Add {
                    Layer = layer
                    Back = [ for read in rows -> steps.Count + 1 - positions[read] ]
                }

                positions.Add(row, steps.Count)
            | _ -> ()

        add output
        List.ofSeq steps

    let private followBy apply (steps: RowStep list) (row: Row) =
        let extend (rows: Row list) step =
            apply step.Layer [ for back in step.Back -> rows[back - 1] ] :: rows

        List.fold extend [ row ] steps |> List.head

    /// Steps on a row.
    let internal follow steps row = followBy applyAll steps row

    /// The steps from an input of so many features to the result alone: without other outputs and what only they read.
    let internal alone width given =
        let input = input width

        let apply layer rows =
            match layer with
            | RowLayer.Beside _ -> List.head rows
            | layer -> applyAll layer rows

        followBy apply given input |> steps input
