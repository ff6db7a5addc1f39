namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors
open System.Collections.Generic

/// A network once for each task, with nothing shared: each parameter has a leading dimension [tasks; …].
///
/// The tasks are computed one after the other. For dense layers `PerTask` computes all in one product.
module ForEachTask =
    /// The weights of each of `count` tasks, for the network of one.
    let internal weightsOfTasks (one: Module) (weights: Weights) count : Weights[] =
        let each = Array.init count (fun _ -> Dictionary<string, Tensor>())

        for parameter in one.Parameters @ one.Fixed do
            Tensor.unbind 0 weights[parameter.Path]
            |> Array.iteri (fun task own -> each[task].Add(parameter.Path, own))

        each |> Array.map (fun own -> own :> Weights)

    /// The network of `tasks` tasks, from the network of one task.
    let internal ofOne (tasks: int) (one: Module) : Module =
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

    /// The network of each task, as the numbers of one.
    let private rowsOf (body: Spec) (source: RowSource) path (row: Row) =
        let one =
            body.Build Precision.Full path { Tasks = 1; Features = row.Width; Context = 0 }

        let input = Row.input row.Width

        let ofTask (task, weights) =
            let context =
                source.Context |> Option.map (fun z -> Tensor.narrow 0 (int64 task) 1L z)

            let own = RowSource.ofTasks 1 context weights

            body.OnRow own path input |> Result.map (Row.steps input)

        weightsOfTasks one source.Weights source.Tasks
        |> Array.indexed
        |> Array.map ofTask
        |> Array.toList
        |> RowSteps.ofEachTask
        |> Result.map (fun steps -> Row.follow steps row)

    /// `body` once for each task, with nothing shared. Its parts have no parameters of single tasks.
    let rec layer (body: Spec) : Spec = {
        Spec.Of(
            "ForEachTask",
            [ body ],
            fun precision path sizes ->
                body.Build precision path { sizes with Tasks = 1 } |> ofOne sizes.Tasks
        ) with
            Errors = fun sizes -> body.Errors { sizes with Tasks = 1 }
            Describe =
                fun owners sizes ->
                    let one = body.Describe owners { sizes with Tasks = 1 }
                    $"for each {owners}: {one}"
            ActivationsPerRow = body.ActivationsPerRow
            OnRow = rowsOf body
            Separate = fun () -> Some(layer body)
            MapInner = Some(fun change -> layer (change body))
    }
