namespace MtrlFunctional.Tensors

open System.Collections.Generic

/// Values of a parameter before the first update.
type Initialiser =
    | Zeros
    | Ones
    /// Uniform within ±√(6 / (inputs + units)), the last two of the shape
    /// (Glorot and Bengio 2010, eq. 16).
    | XavierUniform
    /// Independent, mean 0, variance 1.
    | StandardNormal
    /// [rows; columns]: 1 where row and column are equal, else 0.
    | Diagonal
    /// These numbers, in row-major order.
    | Given of float[]

/// A named array of numbers that a network needs.
type Parameter = {
    /// "trunk/0/weight".
    Path: string
    Shape: int64 list
    Initialiser: Initialiser
    /// Its first size is the number of tasks, and each task has numbers of its own.
    PerTask: bool
}

/// Parameters by path, as a network reads them.
type Weights = IReadOnlyDictionary<string, Tensor>

/// Names and sizes of parameters.
module Parameter =
    /// All tasks share it.
    let shared path shape initialiser = {
        Path = path
        Shape = shape
        Initialiser = initialiser
        PerTask = false
    }

    /// [tasks; …]: each task has its own.
    let perTask path tasks shape initialiser = {
        Path = path
        Shape = int64 (tasks: int) :: shape
        Initialiser = initialiser
        PerTask = true
    }

    let count parameter = List.fold (*) 1L parameter.Shape

    /// "trunk" and "0" are "trunk/0"; an empty part leaves no slash.
    let join (path: string) (name: string) =
        match path, name with
        | "", only
        | only, "" -> only
        | _ -> $"{path}/{name}"

/// Parameters of several vectors, read as one.
module Weights =
    /// `weights`, covered by those of `others` under `place` ("actor" and "actor/0/bias": "0/bias").
    let overlay (others: Weights) place (weights: Weights) : Weights =
        let merged = Dictionary<string, Tensor> weights
        let place = place + "/"

        for KeyValue(path, tensor) in others do
            if path.StartsWith(place, System.StringComparison.Ordinal) then
                merged[path.Substring place.Length] <- tensor

        merged
