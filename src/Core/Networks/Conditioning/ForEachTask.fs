/// A network once for each task, with nothing shared: parameters [tasks; …] of those of one.
///
/// The tasks are computed one after the other. For dense layers `PerTask` computes all in one product.
module internal MtrlFunctional.Networks.ForEachTask

open System.Collections.Generic
open MtrlFunctional.Tensors

/// From the network of one task to that of `tasks` tasks.
let ofOne (tasks: int) (one: Module) : Module =
    let each (parameter: Parameter) = {
        parameter with
            Shape = int64 tasks :: parameter.Shape
            PerTask = true
    }

    let paths = one.Parameters @ one.Fixed |> List.map _.Path

    /// The weights of each task.
    let weightsOfTasks (weights: Weights) count : Weights[] =
        let each = Array.init count (fun _ -> Dictionary<string, Tensor>())

        for path in paths do
            Ops.Unbind(weights[path], 0)
            |> Array.iteri (fun task own -> each[task].Add(path, own))

        each |> Array.map (fun own -> own :> Weights)

    let run weights (input: NetworkInput) =
        let ofTask (x: Tensor) task = Ops.Narrow(x, 0L, int64 task, 1L)

        let weights = weightsOfTasks weights (int (Ops.Size(input.Rows, 0)))

        let outputs = [|
            for task in 0 .. weights.Length - 1 ->
                one.Run weights[task] {
                    Rows = ofTask input.Rows task
                    Context = input.Context |> Option.map (fun x -> ofTask x task)
                    Task = None
                }
        |]

        Ops.Cat(outputs, 0L)

    {
        Parameters = List.map each one.Parameters
        Fixed = List.map each one.Fixed
        Width = one.Width
        Run = run
    }
