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

    // Not entry by entry: the gradient of each would be of the size of all.
    let split (weights: Weights) = [ for path in paths -> path, Ops.Unbind(weights[path], 0) ]

    let weightsOf entries task : Weights =
        let own = Dictionary<string, Tensor>()

        for path, ofTasks: Tensor[] in entries do
            own.Add(path, ofTasks[task])

        own

    let run weights (input: NetworkInput) =
        let ofTask (x: Tensor) task = Ops.Narrow(x, 0L, int64 task, 1L)

        let entries = split weights

        let outputs = [|
            for task in 0 .. int (Ops.Size(input.Rows, 0)) - 1 ->
                one.Run (weightsOf entries task) {
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
