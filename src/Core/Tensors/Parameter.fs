namespace MtrlFunctional.Tensors

open System.Collections.Generic
open MtrlFunctional.Randomness

/// Initial values that a part from outside the library draws.
type IInitialValues =
    /// In row-major order: of a parameter without its leading dimension of tasks. A pure function of the key, which all
    /// parameters of a network have in common.
    abstract Draw: key: Key -> float[]

/// Values of a parameter before the first update.
type Initialiser =
    | Zeros
    | Ones
    /// Uniform within ±√(6 / (inputs + units)), the last two of the shape
    /// (Glorot and Bengio 2010, eq. 16).
    | XavierUniform
    /// Uniform within ±bound.
    | Uniform of Bound: float
    /// Independent, mean 0, variance 1.
    | StandardNormal
    /// [rows; columns], the last two of the shape: 1 where row and column are equal, else 0.
    | Diagonal
    /// [a; b; k; k], k odd: the matrix [a; b] of the centre tap is √2 times a matrix with orthonormal rows or
    /// columns, the shorter ones; all other taps are 0 (Xiao et al. 2018, arXiv:1806.05393, algorithm 1).
    | DeltaOrthogonal
    /// These numbers, in row-major order; of a parameter with an entry for each task also those of one entry.
    | Given of float[]
    /// These, for each task where each has its own.
    | Drawn of IInitialValues

/// A named array of numbers that a network stores.
type Parameter = {
    /// "trunk/0/weight".
    Path: string
    Shape: int64 list
    Initialiser: Initialiser
    /// The first dimension is the tasks: each task has an entry of its own.
    PerTask: bool
}

/// Parameters by path, as a network reads them.
type Weights = IReadOnlyDictionary<string, Tensor>

/// Making, counting and naming parameters.
module Parameter =
    /// Shared by all tasks.
    let shared path shape initialiser = {
        Path = path
        Shape = shape
        Initialiser = initialiser
        PerTask = false
    }

    /// [tasks; …]: an entry for each task.
    let perTask path tasks shape initialiser = {
        Path = path
        Shape = int64 (tasks: int) :: shape
        Initialiser = initialiser
        PerTask = true
    }

    let count parameter = List.fold (*) 1L parameter.Shape

    /// "trunk" and "0" to "trunk/0"; without a slash where one of them is empty.
    let join (path: string) (name: string) =
        match path, name with
        | "", only
        | only, "" -> only
        | _ -> $"{path}/{name}"

/// Parameters of several vectors, read as one.
module internal Weights =
    /// `weights` with the entries of `others` below `path`, which replace entries of the same name. Below "actor"
    /// the name of "actor/0/bias" is "0/bias".
    let overlay (others: Weights) path (weights: Weights) : Weights =
        let merged = Dictionary<string, Tensor> weights
        let folder = path + "/"

        for KeyValue(name, tensor) in others do
            if name.StartsWith(folder, System.StringComparison.Ordinal) then
                merged[name.Substring folder.Length] <- tensor

        merged

    /// `weights`, where tensors of `others` replace tensors of the same name.
    let replace (others: Weights) (weights: Weights) : Weights =
        let replaced = Dictionary<string, Tensor> weights

        for KeyValue(name, tensor) in others do
            if weights.ContainsKey name then
                replaced[name] <- tensor

        replaced
