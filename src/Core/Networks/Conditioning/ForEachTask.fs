/// A network once for each task, with nothing shared: each parameter has a leading dimension [tasks; …].
///
/// The tasks are computed one after the other. For dense layers `PerTask` computes all in one product.
module internal MtrlFunctional.Networks.ForEachTask

open System.Collections.Generic
open MtrlFunctional.Tensors

/// The weights of each of `count` tasks, for the network of one.
let weightsOfTasks (one: Module) (weights: Weights) count : Weights[] =
    let each = Array.init count (fun _ -> Dictionary<string, Tensor>())

    for parameter in one.Parameters @ one.Fixed do
        Tensor.unbind 0 weights[parameter.Path]
        |> Array.iteri (fun task own -> each[task].Add(parameter.Path, own))

    each |> Array.map (fun own -> own :> Weights)

/// The network of `tasks` tasks, from the network of one task.
let ofOne (tasks: int) (one: Module) : Module =
    let each (parameter: Parameter) = {
        parameter with
            Shape = int64 tasks :: parameter.Shape
            PerTask = true
    }

    let run weights (input: NetworkInput) =
        let ofTask (x: Tensor) task = Tensor.narrow 0 (int64 task) 1L x

        let weights = weightsOfTasks one weights (int (Tensor.size 0 input.Rows))

        let outputs = [|
            for task in 0 .. weights.Length - 1 ->
                one.Run weights[task] {
                    input with
                        Rows = ofTask input.Rows task
                        Context = input.Context |> Option.map (fun x -> ofTask x task)
                        Task = None
                        Sequences =
                            input.Sequences
                            |> Option.map (fun s -> {
                                s with
                                    Start = s.Start |> Option.map (fun x -> ofTask x task)
                            })
                }
        |]

        Tensor.cat 0 outputs

    {
        Parameters = List.map each one.Parameters
        Fixed = List.map each one.Fixed
        Width = one.Width
        Run = run
    }
