/// Masks for tasks whose actions differ in size.
module internal MtrlFunctional.Networks.ActionMask

open MtrlFunctional.Tensors

/// 1 for each number of an action and 0 for its padding.
let private numbers actions size =
    Array.init actions (fun number -> if number < size then 1.0 else 0.0)

/// [tasks; 1; actions] for the numbers of each task's actions, or [1; 1; actions] of one task; none if `sizes` is
/// empty: every action has all numbers.
let create (options: TensorOptions) (actions: int) (task: int option) (sizes: int list) =
    let rows =
        match task, sizes with
        | Some task, _ :: _ -> [ sizes[task] ]
        | _ -> sizes

    match rows with
    | [] -> None
    | rows ->
        let shape = [| int64 rows.Length; 1L; int64 actions |]
        let all = rows |> List.toArray |> Array.collect (numbers actions)
        Some(TensorOptions.fromDoubles options all shape)

/// Without the numbers of padding.
let apply mask (x: Tensor) =
    match mask with
    | Some mask -> mask .* x
    | None -> x

/// `apply` on the row of one task.
let rowSteps actions (sizes: int list) : RowStep list =
    let scale: RowNumbers = {
        Shape = [ actions ]
        Sets = sizes.Length
        SetOf = []
        Values = sizes |> List.toArray |> Array.collect (numbers actions) |> Array.map float32
    }

    let shift = RowDense.single 0f

    if sizes.IsEmpty then
        []
    else
        [ RowStep.Next(RowLayer.ScaleTask(scale, shift)) ]
