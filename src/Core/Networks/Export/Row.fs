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

    /// Steps on a row.
    let internal follow (steps: RowStep list) (row: Row) =
        let extend (rows: Row list) step =
            applyAll step.Layer [ for back in step.Back -> rows[back - 1] ] :: rows

        List.fold extend [ row ] steps |> List.head
