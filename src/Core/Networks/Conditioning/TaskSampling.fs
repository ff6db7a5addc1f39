namespace MtrlFunctional.Networks

open System.Collections.Generic
open MtrlFunctional.Tensors

/// The encoding that replaces a task's own encoding: θ of HiP-BMDP.
[<RequireQualifiedAccess>]
type TaskSampling =
    internal
    /// The task's own.
    | Own
    /// The encoding of an embedding of zeros.
    | OfZeros
    /// The mean of the encodings of tasks.
    | MeanOf of tasks: int list

/// Encodings of tasks by other ways than their own.
module internal TaskSampling =
    /// The encoding of each task by its `TaskSampling`, [tasks; 1; width].
    let run (encoder: Module) (ways: TaskSampling list) (weights: Weights) : Tensor =
        let tasks = ways.Length
        let own = lazy (TaskEncoding.run encoder tasks None weights)

        let ofZeros =
            lazy
                (let zeros = Dictionary<string, Tensor> weights

                 for parameter in encoder.Parameters do
                     if parameter.PerTask then
                         zeros[parameter.Path] <- Tensor.zerosLike weights[parameter.Path]

                 TaskEncoding.run encoder tasks None zeros)

        let ofTask (encodings: Tensor) task =
            Tensor.narrow 0 (int64 task) 1L encodings

        Tensor.cat 0 [|
            for task, way in List.indexed ways ->
                match way with
                | TaskSampling.Own -> ofTask own.Value task
                | TaskSampling.OfZeros -> ofTask ofZeros.Value task
                | TaskSampling.MeanOf tasks ->
                    let encodings = [| for task in tasks -> ofTask own.Value task |]
                    Tensor.meanDimKept 0 (Tensor.cat 0 encodings)
        |]
