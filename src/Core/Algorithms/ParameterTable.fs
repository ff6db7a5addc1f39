/// Parameters as a table: name as in a checkpoint, shape, size; then totals.
module MtrlFunctional.Algorithms.ParameterTable

open System
open MtrlFunctional
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Parameters with the vector that contains them, and totals with their names.
let text (parameters: (string * Parameter) list) (totals: (string * int64) list) =
    let rows =
        parameters
        |> List.map (fun (part, p) ->
            let shape = p.Shape |> List.map string |> String.concat " × "
            Parameter.join part p.Path, shape, Parameter.count p)

    let width f =
        rows |> List.map (f >> String.length) |> List.max

    let names, shapes = width (fun (n, _, _) -> n), width (fun (_, s, _) -> s)

    let line (name: string, shape: string, count) =
        $"{name.PadRight names}  {shape.PadRight shapes}  {(Digits.grouped count).PadLeft 10}"

    String.Join(
        "\n",
        [
            yield! List.map line rows
            for name, count in totals do
                line (name, "", count)
            ""
        ]
    )
